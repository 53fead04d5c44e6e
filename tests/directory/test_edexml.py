"""Reading EDEXML: what comes out of a good file, and the reason and line of a bad one."""

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from directory.imports import edexml, refusals
from directory.imports.records import (
    GroupLink,
    GroupRecord,
    LocationRecord,
    PupilRecord,
    Remark,
    SchoolRecord,
    StaffRecord,
)
from directory.imports.refusals import ImportRefused
from tests.directory.files import ECKID, PUPILS, document, read, refusal, standard


def pupil(inner: str = "<roepnaam>Fien</roepnaam>", *, attributes: str = 'key="p1"') -> PupilRecord:
    return read(document(pupils=f"<leerling {attributes}>{inner}</leerling>")).pupils[0]


def colleague(inner: str) -> StaffRecord:
    return read(document(staff=f'<leerkracht key="m1"><achternaam>Vos</achternaam>{inner}</leerkracht>')).staff[0]


# The official examples


@pytest.mark.parametrize(("version", "remarks"), [("2.0", 0), ("2.1", 1)])
def test_the_official_example_is_read_whole(version: str, remarks: int) -> None:
    with standard(f"edexml-{version}/EDEXML.Voorbeeld.{version}.xml").open("rb") as file:
        read_back = edexml.read(file)
    assert read_back.school == SchoolRecord("2014-2015", "99ZZ", "", "41323", date(2014, 10, 1))
    assert read_back.locations == (LocationRecord("VH", "Vestiging Huissen"), LocationRecord("VB", "Vestiging Bemmel"))
    assert [group.key for group in read_back.groups] == ["001", "sg3", "002", "003", "GRP4A", "GRP4B", "sg1", "sg2"]
    assert read_back.groups[0] == GroupRecord("001", "Kabouters", "0", "stamgroep")
    assert read_back.pupils == (
        PupilRecord("00001", None, "Wimpie", None, None, "4", "GRP4B", ("sg1", "sg2"), "VH", None, None),
        PupilRecord("00002", None, None, None, "Assati", "4", None, (), "VB", date(2013, 8, 25), None),
        PupilRecord(
            "12345", None, "Gradje", "van 't", "Hof", "H", None, (), None, date(2010, 8, 19), date(2014, 7, 18)
        ),
    )
    assert read_back.staff[1].groups[1] == GroupLink("sg1", "subgroep")
    assert read_back.staff[2].groups == (GroupLink("GRP4A", "stamgroep", ("STA", "OWA")),)
    # The example of 2.1 carries ECK-iDs of no real form: warned of and left out, never a reason to refuse.
    assert [warning.code for warning in read_back.warnings] == ["eckid_ignored"] * remarks


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_the_flemish_example_is_refused_by_its_own_name(version: str) -> None:
    with (
        standard(f"edexml-{version}/EDEXML.Voorbeeld.{version}-Vla.xml").open("rb") as file,
        pytest.raises(ImportRefused) as refused,
    ):
        edexml.read(file)
    assert (refused.value.code, refused.value.line) == ("flanders", 3)
    assert "instellingsnummer" in refused.value.text("nl")


def test_version_1_0_3_is_read_too() -> None:
    """A pupil there has a group or a year group, never both; sections for locations and subgroups do not exist."""
    read_back = read(
        document(
            groups='<groep key="g3"><naam>Groep 3</naam><jaargroep>3</jaargroep></groep>',
            pupils='<leerling key="a"><roepnaam>Ali</roepnaam><groep key="g3"/><sofinummer>123456789</sofinummer></leerling>'
            '<leerling key="b"><roepnaam>Bo</roepnaam><jaargroep>4</jaargroep></leerling>',
        )
    )
    assert [(child.year_group, child.group_key) for child in read_back.pupils] == [("3", "g3"), ("4", None)]


# The school


@pytest.mark.parametrize("year", ["2024-2025", "2025-2026", "2026-2027", "2031-2032"])
def test_school_years_go_on_after_the_schema_ends(year: str) -> None:
    school = f"<schooljaar>{year}</schooljaar><brincode>99XX</brincode>"
    assert read(document(school=school)).school.school_year == year


@pytest.mark.parametrize(
    ("codes", "brin", "location"),
    [
        ("<brincode>99XX</brincode>", "99XX", ""),
        ("<brincode>99XX</brincode><dependancecode>00</dependancecode>", "99XX", ""),
        ("<brincode>99XX</brincode><dependancecode></dependancecode>", "99XX", ""),
        ("<brincode>99XX</brincode><dependancecode>03</dependancecode>", "99XX", "03"),
        ("<schoolkey>ons eigen nummer</schoolkey>", None, ""),
        ("", None, ""),
    ],
)
def test_dependance_00_is_the_main_location(codes: str, brin: str | None, location: str) -> None:
    school = read(document(school=f"<schooljaar>2026-2027</schooljaar>{codes}")).school
    assert (school.brin, school.location) == (brin, location)


# Pupils


def test_white_space_around_keys_means_nothing() -> None:
    read_back = read(
        document(
            groups='<groep key=" g3 "><naam>Groep 3</naam><jaargroep>3</jaargroep></groep>',
            pupils='<leerling key="\n p1\t"><roepnaam>Fien</roepnaam><groep key="g3  "/></leerling>',
        )
    )
    assert (read_back.pupils[0].key, read_back.pupils[0].group_key, read_back.groups[0].key) == ("p1", "g3", "g3")


def test_a_roepnaam_alone_is_a_name() -> None:
    assert (pupil().first_name, pupil().surname) == ("Fien", None)


def test_a_surname_alone_is_a_name() -> None:
    child = pupil("<achternaam>Assati</achternaam>")
    assert (child.first_name, child.surname) == (None, "Assati")


def test_names_are_one_composed_line_without_invisible_characters() -> None:
    child = pupil("<achternaam> van\n  Z\u202e\u200bo\u0308st </achternaam><roepnaam>Zoe\u0308</roepnaam>")
    assert (child.first_name, child.surname) == ("Zo\u00eb", "van Z\u00f6st")


def test_a_comment_or_cdata_inside_a_name_never_cuts_it() -> None:
    assert (
        pupil("<roepnaam>Jan<!-- x -->Willem<![CDATA[ & Zn]]>&amp;&#233;</roepnaam>").first_name == "JanWillem & Zn&é"
    )


@pytest.mark.parametrize(
    ("inner", "year_group"),
    [
        ('<jaargroep>4</jaargroep><groep key="g3"/>', "4"),
        ('<groep key="g3"/>', "3"),
        ('<jaargroep>2</jaargroep><groep key="g1"/>', "2"),
        ('<groep key="g1"/>', None),
        ("<jaargroep>H</jaargroep>", "H"),
        ("<jaargroep>99</jaargroep>", None),
    ],
)
def test_the_pupils_own_year_group_wins_over_the_groups(inner: str, year_group: str | None) -> None:
    assert pupil(f"<roepnaam>Fien</roepnaam>{inner}").year_group == year_group


def test_dates_may_carry_a_time_zone() -> None:
    child = pupil(
        "<roepnaam>Fien</roepnaam><instroomdatum>2026-08-17+02:00</instroomdatum><uitstroomdatum>2027-07-09Z</uitstroomdatum>"
    )
    assert (child.starts_on, child.ends_on) == (date(2026, 8, 17), date(2027, 7, 9))


def test_a_wellformed_eckid_comes_in_and_shows_in_no_repr() -> None:
    child = pupil(attributes=f'key="p1" eckid="{ECKID}"')
    assert child.eckid == ECKID
    assert ECKID not in repr(child)
    assert "Fien" not in repr(child)


def test_what_is_odd_but_harmless_is_remarked_once_with_its_first_line_and_number() -> None:
    children = "\n".join(
        f'<leerling key="#{place}" eckid="oops{place}"><roepnaam>A</roepnaam></leerling>' for place in range(3)
    )
    strange = ECKID.replace("pilot", "202801")
    read_back = read(
        document(
            pupils=f'\n{children}\n<leerling key="x" eckid="{strange}"><roepnaam>B</roepnaam><jaargroep>9</jaargroep></leerling>',
            staff='<leerkracht key="m"><achternaam>C</achternaam><rol>XYZ</rol></leerkracht>',
        )
    )
    assert read_back.warnings == (
        Remark("unstable_key", 9, 3),
        Remark("eckid_ignored", 9, 3),
        Remark("eckid_version", 12, 1),
        Remark("year_group_unknown", 12, 1),
        Remark("role_unknown", 13, 1),
    )
    assert read_back.pupils[3].eckid == strange


def test_a_file_without_pupils_says_so() -> None:
    assert [warning.code for warning in read(document(pupils="")).warnings] == ["no_pupils"]


# Staff


def test_roles_are_codes_on_the_person_and_on_each_link() -> None:
    member = colleague(
        "<emailadres> A.Vos@School.example </emailadres><rol>IB</rol><rol>IB</rol><rolomschrijving>Manusje</rolomschrijving>"
        '<groepen><groep key="g3"><rol>LRK</rol></groep><samengestelde_groep key="s1"/><groep key="g3"><rol>STA</rol></groep></groepen>'
    )
    assert member.roles == ("IB",)
    assert member.groups == (GroupLink("g3", "stamgroep", ("LRK", "STA")), GroupLink("s1", "subgroep"))
    assert member.email == "A.Vos@School.example"
    assert "Vos" not in repr(member)


# Encodings and portions

ACCENTED = document(pupils=PUPILS.replace("Fien", "Zoë d’Éon")).replace('encoding="UTF-8"', 'encoding="@"')


@pytest.mark.parametrize(
    ("declared", "codec", "prefix"),
    [
        ("UTF-8", "utf-8", b""),
        ("utf-8", "utf-8", b"\xef\xbb\xbf"),
        ("windows-1252", "cp1252", b""),
        ("ISO-8859-1", "cp1252", b""),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("UTF-16", "utf-8", b""),
    ],
)
def test_encodings_that_schools_have_are_read(declared: str, codec: str, prefix: bytes) -> None:
    content = prefix + ACCENTED.replace("@", declared).encode(codec)
    assert read(content).pupils[0].first_name == "Zoë d’Éon"


@pytest.mark.parametrize(
    ("declared", "codec", "code"),
    [
        ("UTF-7", "utf-7", "encoding"),
        ("EBCDIC-CP-NL", "ascii", "encoding"),
        ("UTF-32", "utf-32", "encoding"),
        ("UTF-16", "utf-16-le", "encoding"),
        ("windows-1251", "ascii", "encoding"),
        ("UTF-8", "cp1252", "bad_bytes"),
        ("UTF-8", "cp500", "bad_bytes"),
    ],
)
def test_other_encodings_are_refused(declared: str, codec: str, code: str) -> None:
    text = ACCENTED.replace("@", declared)
    if codec in ("ascii", "cp500"):
        text = text.replace("Zoë d’Éon", "Zoe")
    assert refusal(text.encode(codec)).code == code


def test_bytes_that_do_not_belong_are_refused_with_their_line_and_never_shown() -> None:
    refused = refusal(document().encode().replace(b"Fien", b"Fi\xffen"))
    assert (refused.code, refused.line) == ("bad_bytes", 8)
    assert refused.__context__ is None
    assert refused.__cause__ is None


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_it_does_not_matter_in_which_portions_a_file_arrives(sizes: list[int]) -> None:
    content = ACCENTED.replace("@", "UTF-8").encode()
    portions = []
    for size in sizes:
        portions.append(content[:size])
        content = content[size:]
    assert edexml.read([*portions, content]) == read(ACCENTED.replace("@", "UTF-8"))


def test_a_stream_is_read_in_portions() -> None:
    class Stream(BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.largest = max(self.largest, size if size is not None and size > 0 else 1 << 40)
            return super().read(size)

    stream = Stream(document().encode())
    assert edexml.read(stream) == read(document())
    assert stream.largest <= 1 << 16


# Texts


@pytest.mark.parametrize("texts", [refusals.REFUSALS, refusals.REMARKS, refusals.DOUBTS, refusals.DOUBTS_OF_TABLE])
def test_every_reason_has_a_text_in_both_languages(texts: dict[str, tuple[str, str]]) -> None:
    for dutch, english in texts.values():
        assert dutch.endswith(".")
        assert english.endswith(".")
        assert dutch != english


def test_a_refusal_reads_in_both_languages_with_its_place() -> None:
    refused = ImportRefused("missing", line=12, element="naam")
    assert refused.text("nl") == "Een verplicht onderdeel ontbreekt. (<naam>, regel 12)"
    assert refused.text("en") == "A required item is missing. (<naam>, line 12)"
    assert refused.reason == f"{refused.text('nl')} / {refused.text('en')}"
    assert str(ImportRefused("empty")) == "The file is empty."


# Locations


def located(links: str) -> str:
    """A file with one location and a pupil with these links."""
    whole = document(pupils=f'<leerling key="p1"><roepnaam>Fien</roepnaam>{links}</leerling>')
    return whole.replace(
        "<groepen>", '<vestigingen><vestiging key="VH"><naam>Huissen</naam></vestiging></vestigingen><groepen>', 1
    )


def test_a_pupil_is_at_the_location_that_it_points_to() -> None:
    assert read(located('<vestiging key=" VH"/>')).pupils[0].location_key == "VH"


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ('<vestiging key="VX"/>', "dangling_reference"),
        ('<vestiging key="VH"/><vestiging key="VH"/>', "repeated"),
        ('<vestiging key=" "/>', "missing"),
    ],
)
def test_a_location_that_is_not_there_or_there_twice_is_refused(links: str, code: str) -> None:
    refused = refusal(located(links))
    assert (refused.code, refused.element) == (code, "vestiging")


# What schemas accept, and what a schema cannot say

VERSION_1_0_3 = """<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<school><schooljaar>2010-2011</schooljaar><brincode>99XX</brincode><dependancecode>00</dependancecode><schoolkey>7</schoolkey></school>
<groepen><groep key="g3"><naam>Groep 3</naam><jaargroep>3</jaargroep></groep></groepen>
<leerlingen>
<leerling key="a"><achternaam>Hof</achternaam><voorvoegsel>van 't</voorvoegsel><voorletters-1>A</voorletters-1><roepnaam>Ali</roepnaam>
<groep key="g3"/><uitstroomdatum>2011-07-01</uitstroomdatum>
<toevoegingen><blok xsi:type="OpmerkingGegevensType"><code>x</code><opmerking>let op</opmerking></blok></toevoegingen></leerling>
<leerling key="b"><roepnaam>Bo</roepnaam><jaargroep>4</jaargroep></leerling>
</leerlingen>
<leerkrachten><leerkracht key="m"><achternaam>Vos</achternaam><groepen><groep key="g3"/></groepen></leerkracht></leerkrachten>
</EDEX>"""


def test_a_file_that_the_oldest_schema_accepts_is_read() -> None:
    schema = etree.XMLSchema(etree.parse(standard("edexml-1.0.3/EDEXML.structuur.xsd")))
    schema.assertValid(etree.fromstring(VERSION_1_0_3))
    found = read(VERSION_1_0_3)
    assert [(child.key, child.year_group, child.ends_on) for child in found.pupils] == [
        ("a", "3", date(2011, 7, 1)),
        ("b", "4", None),
    ]
    assert found.staff[0].groups == (GroupLink("g3", "stamgroep"),)


@pytest.mark.parametrize(
    "blok",
    [
        '<blok xsi:type="OnbekendType"><code>x</code></blok>',
        '<blok xsi:type="v:OnbekendType" xmlns:v="urn:v"><v:deel key="p2"><roepnaam>Niet</roepnaam></v:deel></blok>',
        '<blok xsi:type="OnbekendType"><leerling key="p2"><roepnaam>Niet</roepnaam></leerling></blok>',
        '<blok onbekend:type="x"/>',
    ],
)
def test_a_vendors_own_additions_are_skipped_unread(blok: str) -> None:
    added = f'<leerling key="p1"><roepnaam>Fien</roepnaam><toevoegingen>{blok}</toevoegingen></leerling>'
    assert [(child.key, child.first_name) for child in read(document(pupils=added)).pupils] == [("p1", "Fien")]


def test_a_group_and_a_subgroup_may_share_a_key_because_their_references_say_which() -> None:
    """The schema of 2.1 forbids it, those of 1.0.3 and UWLR do not; it can be read in one way only."""
    found = read(
        document(
            groups='<groep key="1"><naam>Groep 3</naam><jaargroep>3</jaargroep></groep>'
            '<samengestelde_groep key="1"><naam>Plusgroep</naam></samengestelde_groep>',
            pupils='<leerling key="p"><roepnaam>Fien</roepnaam><groep key="1"/>'
            '<samengestelde_groepen><samengestelde_groep key="1"/></samengestelde_groepen></leerling>',
            staff='<leerkracht key="m"><achternaam>Vos</achternaam><groepen><samengestelde_groep key="1"/></groepen></leerkracht>',
        )
    )
    assert (found.pupils[0].group_key, found.pupils[0].subgroup_keys) == ("1", ("1",))
    assert found.staff[0].groups == (GroupLink("1", "subgroep"),)
