"""Listening to answers: the envelope, the namespace, and nothing beside them."""

from typing import Final

import pytest

from directory.imports.edexml_records import Assembly, Counts
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.streaming import XmlStream
from directory.imports.uwlr import faults
from directory.imports.uwlr.answers import AnswerTarget
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.questions import Part

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DATA: Final = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"
SCHOOL: Final = "<d:school><d:schooljaar>2026-2027</d:schooljaar><d:brincode>99XX</d:brincode></d:school>"
GROUPS: Final = '<d:groepen><d:groep key="g"><d:naam>Groep 3</d:naam><d:jaargroep>3</d:jaargroep></d:groep></d:groepen>'


def pupil(inside: str = "") -> str:
    return (
        '<d:leerlingen><d:leerling key="p"><d:roepnaam>Fien</d:roepnaam><d:groep key="g"/>'
        f"{inside}</d:leerling></d:leerlingen>"
    )


def message(body: str, *, soap: str = SOAP, header: str = "") -> str:
    return f'<s:Envelope xmlns:s="{soap}" xmlns:d="{DATA}">{header}<s:Body>{body}</s:Body></s:Envelope>'


def answer(content: str, *, part: str = "leerlinggegevens", element: str = "leerlinggegevens") -> str:
    return message(f"<d:{part}_antwoord><d:{element}>{content}</d:{element}></d:{part}_antwoord>")


def heard(text: str, part: Part = "leerlinggegevens") -> tuple[AnswerTarget, Assembly]:
    assembly = Assembly(Counts())
    target = AnswerTarget(part, assembly.add)
    stream = XmlStream(target)
    for byte in text.encode():
        stream.feed(bytes((byte,)))
    stream.close()
    return target, assembly


def administration(content: str) -> Administration:
    target, assembly = heard(answer(content))
    assert target.outcome == "data"
    return assembly.whole()


def test_data_come_in_byte_by_byte() -> None:
    found = administration(SCHOOL + GROUPS + pupil())
    assert [(one.first_name, one.group_key) for one in found.pupils] == [("Fien", "g")]


@pytest.mark.parametrize(
    "smuggled",
    [
        "<d:bsn>999990019</d:bsn>",
        "<roepnaam>999990019</roepnaam>",
        '<x:uitstroomdatum xmlns:x="urn:x">999990019</x:uitstroomdatum>',
        '<uitstroomdatum xmlns="">999990019</uitstroomdatum>',
        "<d:toevoegingen><d:blok><d:roepnaam>999990019</d:roepnaam></d:blok></d:toevoegingen>",
        '<d:groep key="g" d:eckid="999990019">999990019</d:groep>',
    ],
)
def test_what_is_not_on_the_list_is_skipped_unread(smuggled: str) -> None:
    placed = pupil(smuggled) if "d:groep" not in smuggled else pupil().replace('<d:groep key="g"/>', smuggled)
    found = administration(SCHOOL + GROUPS + placed)
    assert found.pupils == administration(SCHOOL + GROUPS + pupil()).pupils
    assert "999990019" not in repr(found)


def test_the_same_elements_outside_the_namespace_are_no_answer() -> None:
    bare = "<leerlinggegevens_antwoord><leerlinggegevens/></leerlinggegevens_antwoord>"
    with pytest.raises(Refused, match="not_uwlr"):
        heard(message(bare))


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (message("<d:leerlinggegevens_antwoord><d:geenwijzigingen/></d:leerlinggegevens_antwoord>"), "no-changes"),
        (message("<d:leerlinggegevens_antwoord><d:geengegevens/></d:leerlinggegevens_antwoord>"), "no-data"),
        (
            message(
                "<d:leerlinggegevens_antwoord><d:geengegevens> </d:geengegevens></d:leerlinggegevens_antwoord>",
                header="<s:Header><d:leerlinggegevens_antwoord/></s:Header>",
            ),
            "no-data",
        ),
    ],
)
def test_what_is_not_there_is_an_outcome(text: str, outcome: str) -> None:
    target, _ = heard(text)
    assert target.outcome == outcome


@pytest.mark.parametrize("part", ["structuur", "Structuur"])
def test_the_narrow_profile_writes_staged_answers_with_a_capital(part: str) -> None:
    target, _ = heard(answer(SCHOOL + GROUPS, part=part, element="leerlinggegevens-structuur"), "structuur")
    assert target.outcome == "data"


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Inloggen</body></html>",
        "<!DOCTYPE html><html/>",
        f'<!DOCTYPE s:Envelope [<!ENTITY a "b">]>{message("")}',
        message("<d:leerlinggegevens_verzoek/>"),
        message("<d:structuur_antwoord><d:geengegevens/></d:structuur_antwoord>"),
        message("<d:leerlinggegevens_antwoord><d:school/></d:leerlinggegevens_antwoord>"),
        message("<d:leerlinggegevens_antwoord><d:geengegevens/><d:geenwijzigingen/></d:leerlinggegevens_antwoord>"),
        message("<d:leerlinggegevens_antwoord><d:geengegevens/></d:leerlinggegevens_antwoord><s:Fault/>"),
        message("", soap="http://www.w3.org/2003/05/soap-envelope"),
        message("", header="<d:leerlinggegevens_antwoord/>"),
        message("<d:leerlinggegevens_antwoord><d:geengegevens/></d:leerlinggegevens_antwoord>").replace(
            "</s:Envelope>", "<s:Body/></s:Envelope>"
        ),
    ],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not_uwlr"):
        heard(text)


@pytest.mark.parametrize("text", [message(""), message("<d:leerlinggegevens_antwoord/>")])
def test_an_empty_answer_says_nothing(text: str) -> None:
    target, _ = heard(text)
    assert (target.outcome, target.fault) == (None, None)


def test_a_header_cannot_be_nested_for_ever() -> None:
    with pytest.raises(ImportRefused, match="nested too deeply"):
        heard(message("", header="<s:Header>" + "<x>" * 40))


@pytest.mark.parametrize(
    ("code", "said", "ours"),
    [
        ("s:Client.AutorisatieOngeldig", "", "las_key_refused"),
        ("Client.AutorisatieOngeldig", "", "las_key_refused"),
        (" soap:Client.AutorisatieOngeldig\n", "", "las_key_refused"),
        ("soap:Client", "Client.AutorisatieOngeldig", "las_key_refused"),
        ("soap:Client", "Het veld Client.AutorisatieOngeldig is niet gevuld", "las_client_fault"),
        ("soap:Client.Onbekend", "", "las_client_fault"),
        ("soap:Server", "stack trace", "las_server_fault"),
        ("soap:Server.Onbekend", "", "las_server_fault"),
        ("", "", "las_client_fault"),
    ],
)
def test_a_fault_by_any_prefix(code: str, said: str, ours: str) -> None:
    fault = f"<s:Fault><faultcode>{code}</faultcode><faultstring>{said}</faultstring><detail><x>geheim</x></detail></s:Fault>"
    target, _ = heard(message(fault))
    assert target.fault is not None
    assert faults.of_soap(*target.fault).code == ours
    assert "geheim" not in repr(target.fault)


def test_every_code_of_the_standard_and_ours_has_its_sentence() -> None:
    assert set(faults.BY_UWLR.values()) <= set(faults.FAULTS)
    for code in faults.FAULTS:
        nl, en = (faults.sentence(code, language) for language in ("nl", "en"))
        assert nl != en
        assert nl.endswith((".", "!"))
        assert len(code) <= 64
    assert {code for code, fault in faults.FAULTS.items() if fault.follows == "key"} == {"las_key_refused"}


def test_content_that_cannot_be_used_has_a_sentence_of_the_exchange() -> None:
    refused = faults.of_content(ImportRefused("duplicate_key", line=3, element="leerling"))
    assert (refused.code, refused.follows) == ("duplicate_key", "look")
    assert refused.text("nl") == "Wat het LAS stuurde, is niet te gebruiken. Dezelfde sleutel komt twee keer voor."
    assert refused.text("en").startswith("What the system sent cannot be used.")
