"""Both sides of the conversation, judged by the standard's own schemas. They know school years to 2024-2025 only."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from directory.imports.records import GroupKind
from directory.imports.uwlr.questions import Credentials, Part, Question, envelope
from idp.demo import las_answers
from idp.demo.las_answers import Profile
from tests.directory.files import standard
from tests.directory.uwlr.standing import edexml

SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
WHOLE: Final = "uwlr-2.2/Schemas/UWLR_Leerlinggegevens_v2p2.xsd"
NARROW: Final = "uwlr-2.2/Schemas/Profiel smalle set/Profiel_Smalle_set_UWLR_Leerlinggegevens_v2p2.xsd"
HEADER: Final = "uwlr-2.2/Schemas/UWLR_Autorisatie_v2p2.xsd"
PARTS: Final[tuple[Part, ...]] = ("leerlinggegevens", "structuur", "leerlingen", "leerkrachten")
OURS: Final = Path(las_answers.__file__).with_name("las_requests.rng")

CREDENTIALS: Final = Credentials("sleutel", "poortwachter", "Poortwachter & Zn")
QUESTIONS: Final = {
    "main location": Question("2024-2025", "99XX", "", None, None),
    "other location": Question("2024-2025", "99XX", "03", None, datetime(2024, 9, 1, 3, 0, tzinfo=UTC)),
    "by key": Question("2024-2025", None, "", "9f8e7d6c", None),
}


def valid(element: etree._Element, schema: str) -> None:
    etree.XMLSchema(file=str(standard(schema))).assertValid(element)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("about", QUESTIONS)
def test_what_we_ask_is_as_the_standard_wants_it(part: Part, about: str) -> None:
    both: tuple[tuple[GroupKind, str], ...] = (("stamgroep", "G1"), ("subgroep", "S1"))
    groups = both if part in ("leerlingen", "leerkrachten") else None
    message = etree.fromstring(envelope(part, QUESTIONS[about], CREDENTIALS, groups=groups))
    header, body = message.find(f"{SOAP}Header"), message.find(f"{SOAP}Body")
    assert header is not None
    assert body is not None
    valid(header[0], HEADER)
    valid(body[0], WHOLE)
    # And the grammar by which the stand-in judges agrees with the standard.
    assert etree.RelaxNG(file=str(OURS)).validate(message)


@pytest.mark.parametrize("part", PARTS)
def test_what_the_stand_in_answers_is_as_the_standard_wants_it(part: Part) -> None:
    groups = frozenset({("groep", "G1"), ("groep", None)})
    edex = etree.fromstring(edexml(year="2024-2025"))
    valid(said(las_answers.data(part, edex, profile="whole", with_eckid=True, groups=groups)), WHOLE)
    valid(said(las_answers.without(part, "geenwijzigingen")), WHOLE)
    valid(said(las_answers.without(part, "geengegevens")), WHOLE)


@pytest.mark.parametrize("profile", ["whole", "narrow"])
def test_what_the_stand_in_answers_in_one_piece_fits_both_profiles(profile: Profile) -> None:
    edex = etree.fromstring(edexml(year="2024-2025"))
    answer = las_answers.data("leerlinggegevens", edex, profile=profile, with_eckid=True, groups=frozenset())
    valid(said(answer), WHOLE)
    if profile == "narrow":
        valid(said(answer), NARROW)
    else:
        with pytest.raises(etree.DocumentInvalid):
            valid(said(answer), NARROW)


def said(answer: bytes) -> etree._Element:
    body = etree.fromstring(answer).find(f"{SOAP}Body")
    assert body is not None
    return body[0]
