"""EDEXML files that are refused: each with its reason, its line, and nothing of what it says (D39)."""

import pytest

from directory.imports import edexml
from directory.imports.edexml_records import Counts
from tests.directory.files import ECKID, GROUPS, PUPILS, SCHOOL, STAFF, document, read, refusal

# Bad files: code, line, and an element of ours where one is meant

CHILD = '<leerling key="p1"><roepnaam>Fien</roepnaam>'
BAD: tuple[tuple[str, dict[str, str], str, int | None, str | None], ...] = (
    ("two pupils with one key", {"pupils": f"{PUPILS}\n{PUPILS}"}, "duplicate_key", 9, "leerling"),
    ("two colleagues with one key", {"staff": STAFF + STAFF}, "duplicate_key", 9, "leerkracht"),
    ("two groups with one key", {"groups": f"{GROUPS}\n{GROUPS}"}, "duplicate_key", 8, "groep"),
    (
        "two pupils with one ECK-iD",
        {
            "pupils": "\n".join(
                f'<leerling key="{key}" eckid="{ECKID}"><roepnaam>A</roepnaam></leerling>' for key in "ab"
            )
        },
        "duplicate_eckid",
        9,
        None,
    ),
    (
        "pupil to a group that is not there",
        {"pupils": f'{CHILD}\n\n<groep key="g9"/></leerling>'},
        "dangling_reference",
        10,
        None,
    ),
    (
        "pupil to a subgroup as stamgroep",
        {"pupils": f'{CHILD}<groep key="s1"/></leerling>'},
        "dangling_reference",
        8,
        None,
    ),
    (
        "colleague to a group that is not there",
        {"staff": '<leerkracht key="m"><achternaam>Vos</achternaam><groepen><groep key="g9"/></groepen></leerkracht>'},
        "dangling_reference",
        9,
        None,
    ),
    ("two stamgroepen", {"pupils": f'{CHILD}<groep key="g1"/><groep key="g3"/></leerling>'}, "repeated", 8, "groep"),
    (
        "two surnames",
        {"staff": f"{STAFF[:-13]}<achternaam>Wolf</achternaam></leerkracht>"},
        "repeated",
        9,
        "achternaam",
    ),
    ("no key", {"pupils": "<leerling><roepnaam>Fien</roepnaam></leerling>"}, "missing", 8, "leerling"),
    ("an empty key", {"pupils": f'{CHILD}<groep key=" "/></leerling>'}, "missing", 8, "groep"),
    ("no name at all", {"pupils": '<leerling key="p"><jaargroep>3</jaargroep></leerling>'}, "missing", 8, "achternaam"),
    (
        "an empty name",
        {"pupils": '<leerling key="p"><roepnaam> \u200b </roepnaam></leerling>'},
        "missing",
        8,
        "achternaam",
    ),
    ("a group without a name", {"groups": '<groep key="g"><jaargroep>3</jaargroep></groep>'}, "missing", 4, "naam"),
    ("no school year", {"school": "<brincode>99XX</brincode>"}, "missing", 3, "schooljaar"),
    ("a wrong school year", {"school": "<schooljaar>2026-2028</schooljaar>"}, "bad_value", 3, "school"),
    (
        "a wrong BRIN",
        {"school": "<schooljaar>2026-2027</schooljaar><brincode>XX99</brincode>"},
        "bad_value",
        3,
        "school",
    ),
    ("two schools", {"school": f"{SCHOOL}</school>\n<school>{SCHOOL}"}, "repeated", 4, "school"),
    (
        "a wrong date",
        {"pupils": f"{CHILD}<uitstroomdatum>2027-02-30</uitstroomdatum></leerling>"},
        "bad_value",
        8,
        "uitstroomdatum",
    ),
    (
        "a date in words",
        {"pupils": f"{CHILD}<instroomdatum>20260817</instroomdatum></leerling>"},
        "bad_value",
        8,
        "instroomdatum",
    ),
    (
        "a name of 201 letters",
        {"staff": f'<leerkracht key="m"><achternaam>{"x" * 201}</achternaam></leerkracht>'},
        "too_long",
        9,
        "achternaam",
    ),
    (
        "a key of 257 letters",
        {"pupils": f'<leerling key="{"x" * 257}"><roepnaam>A</roepnaam></leerling>'},
        "too_long",
        8,
        "leerling",
    ),
    (
        "elements in a name",
        {"pupils": '<leerling key="p"><roepnaam>Jan<b>Piet</b></roepnaam></leerling>'},
        "mixed_content",
        8,
        None,
    ),
    ("a section twice", {"pupils": f"{PUPILS}</leerlingen><leerlingen>"}, "repeated", 8, "leerlingen"),
    ("tags that do not fit", {"pupils": "<leerling></leerkracht>"}, "not_well_formed", 8, None),
    ("an entity", {"pupils": '<leerling key="p"><roepnaam>&naam;</roepnaam></leerling>'}, "not_well_formed", 8, None),
)


@pytest.mark.parametrize(
    ("parts", "code", "line", "element"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_a_bad_file_is_refused_with_reason_and_line(
    parts: dict[str, str], code: str, line: int | None, element: str | None
) -> None:
    refused = refusal(document(**parts))
    assert (refused.code, refused.line, refused.element) == (code, line, element)


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "empty", None),
        (b" \n ", "not_xml", 2),
        (b"key;naam\n1;Fien\n", "not_xml", 1),
        (b"PK\x03\x04 a zip file", "not_xml", 1),
        (b"<EDEX/>", "missing", None),
        (b"<?xml version='1.0'?>\n<leerlingen/>", "not_edexml", 2),
        (b"<html><body/></html>", "not_edexml", 1),
        (b'<EDEX xmlns="http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"/>', "not_edexml", 1),
        (b"<EDEX/>\n<EDEX/>", "not_well_formed", 2),
        (b"<EDEX></EDEX>\nrest", "not_well_formed", 2),
    ],
)
def test_what_is_no_edexml_is_said_to_be_none(content: bytes, code: str, line: int | None) -> None:
    refused = refusal(content)
    assert (refused.code, refused.line) == (code, line)


def test_a_file_that_ends_too_early_is_never_half_a_school() -> None:
    whole = document().encode().rstrip()
    begun = whole.index(b"<school>")
    assert {refusal(whole[:length]).code for length in range(1, begun)} == {"not_xml", "not_edexml", "truncated"}
    assert {refusal(whole[:length]).code for length in range(begun, len(whole))} == {"truncated"}
    assert len(read(whole).pupils) == 1


def test_counts_are_limited() -> None:
    limits = edexml.Limits(counts=Counts(locations=1, groups=4, pupils=2, staff=1, links=1))
    children = "".join(f'<leerling key="{key}"><roepnaam>A</roepnaam></leerling>' for key in "abc")
    assert (refusal(document(pupils=children), limits=limits).code) == "too_many"
    groups = '<groep key="g1"/><samengestelde_groepen><samengestelde_groep key="s1"/></samengestelde_groepen>'
    links = f'<leerling key="a"><roepnaam>A</roepnaam>{groups}</leerling>'
    assert (refusal(document(pupils=links), limits=limits).code) == "too_many"
