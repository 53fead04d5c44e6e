"""A stand-in for a school's administration system: the UWLR 2.2 service of `Leerlinggegevens`, in one call and staged.

It stands on the other side of the table: written from the service's public description and the grammar in `las_requests.rng`, it shares
nothing with our own client. It checks in the standard's order (message, customer, key, school) and answers with the standard's faults.
"""

from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.demo import las_answers
from idp.demo.las_answers import DATA, SOAP, Profile

PATH: Final = "/uwlr"
CUSTOMER: Final = "poortwachter"
_AUTHORISATION: Final = "http://www.edustandaard.nl/leerresultaten/2/autorisatie"
_GRAMMAR: Final = Path(__file__).with_name("las_requests.rng")
_MOST: Final = 256 * 1024
_VERSIONS: Final = {"2.1": False, "2.2": True}
"""What may be asked for, and whether pupils then come with their ECK-iD."""


@dataclass
class SchoolThere:
    """A school in the system: its key, its people as EDEXML, and when they last changed."""

    brin: str
    location: str
    key: str = field(repr=False)
    edexml: bytes = field(repr=False)
    changed_at: datetime


@dataclass
class Las:
    """The system: its schools by BRIN and location, which profile it follows, and a fault that it answers with instead, while set."""

    schools: MutableMapping[tuple[str, str], SchoolThere] = field(default_factory=dict)
    profile: Profile = "narrow"
    trouble: str | None = None
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=50))

    def add(self, school: SchoolThere) -> None:
        """Takes a school in, or its newer data."""
        self.schools[school.brin, school.location] = school


class _Fault(Exception):
    """A refusal in the standard's words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


def create(las: Las) -> Starlette:
    """The service alone."""
    return Starlette(routes=[route(las)])


def route(las: Las) -> Route:
    """The service, at `PATH`."""

    async def answer(request: Request) -> Response:
        try:
            raw = await request.body()
            action = request.headers.get("soapaction", "").strip('"')
            return _xml(_answer(las, raw, action), status=200)
        except _Fault as refused:
            # SOAP 1.1, 6.2: a fault comes with 500.
            return _xml(las_answers.fault(refused.code, refused.text), status=500)

    return Route(PATH, answer, methods=["POST"])


def _xml(content: bytes, *, status: int) -> Response:
    return Response(content, status_code=status, media_type="text/xml")


def _answer(las: Las, raw: bytes, action: str) -> bytes:
    message = _read(raw)
    question = message.find(f"{{{SOAP}}}Body")[0]  # type: ignore[index] # the grammar demands it
    part = etree.QName(question).localname.removesuffix("_verzoek")
    if action != ("HaalLeerlinggegevens" if part == "leerlinggegevens" else f"{DATA}/{part}_verzoek"):
        raise _Fault("Client.OngeldigBericht", "De SOAPAction past niet bij het bericht.")
    las.asked.append(part)
    if las.trouble is not None:
        raise _Fault(las.trouble, "Deze fout is ingesteld.")
    header = {etree.QName(one).localname: one.text for one in message.iter(f"{{{_AUTHORISATION}}}*")}
    if header["klantcode"] != CUSTOMER:
        raise _Fault("Client.OngeldigeKlantIdentificatie", "De klantcode is niet bekend.")
    asked = {etree.QName(one).localname: (one.text or "") for one in question}
    school = _school(las, asked, key=header["autorisatiesleutel"] or "")
    if asked["xsdversie"] not in _VERSIONS:
        raise _Fault("Client.XsdVersieOngeldig", "Deze versie wordt niet ondersteund.")
    return _told(las, part, school, asked, question)


def _read(raw: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    if len(raw) > _MOST:
        raise _Fault("Client.OngeldigBericht", "Het bericht is te groot.")
    try:
        message = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        raise _Fault("Client.OngeldigBericht", "Het bericht is geen XML.") from None
    if not etree.RelaxNG(file=str(_GRAMMAR)).validate(message):
        raise _Fault("Client.OngeldigBericht", "Het bericht voldoet niet aan de beschrijving.")
    return message


def _school(las: Las, asked: dict[str, str], *, key: str) -> SchoolThere:
    """A key opens exactly the BRIN and location that it was made for; to every other question it is no key at all."""
    location = asked.get("dependancecode", "")
    school = las.schools.get((asked.get("brincode", asked.get("schoolkey", "")), "" if location == "00" else location))
    if school is None or school.key != key:
        raise _Fault("Client.AutorisatieOngeldig", "De sleutel hoort niet bij deze school.")
    return school


def _told(las: Las, part: str, school: SchoolThere, asked: dict[str, str], question: etree._Element) -> bytes:
    edex = etree.fromstring(school.edexml)
    if edex.findtext("school/schooljaar") != asked["schooljaar"]:
        return las_answers.without(part, "geengegevens")
    since = asked.get("laatstontvangengegevens")
    if since is not None and school.changed_at <= datetime.fromisoformat(since):
        return las_answers.without(part, "geenwijzigingen")
    groups = frozenset(
        (etree.QName(one).localname, one.get("key")) for one in question.iter(f"{{{DATA}}}*") if _names(one)
    )
    with_eckid = _VERSIONS[asked["xsdversie"]]
    return las_answers.data(part, edex, profile=las.profile, with_eckid=with_eckid, groups=groups)


def _names(element: etree._Element) -> bool:
    return etree.QName(element).localname in ("groep", "samengestelde_groep")
