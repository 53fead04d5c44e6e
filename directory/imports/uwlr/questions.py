"""The messages that we send: an envelope with the school's key in its header and one question in its body."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from lxml import etree

from directory.imports.records import GroupKind

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DATA: Final = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"
AUTHORISATION: Final = "http://www.edustandaard.nl/leerresultaten/2/autorisatie"
VERSION: Final = "2.2"
"""What we ask for. A system that is asked for 2.1 leaves every ECK-iD out."""

Part = Literal["leerlinggegevens", "structuur", "leerlingen", "leerkrachten"]
_TAGS: Final[dict[GroupKind, str]] = {"stamgroep": "groep", "subgroep": "samengestelde_groep"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """As whom we ask: the school's key, and who we are to this system. Each 1 to 64 characters."""

    key: str = field(repr=False)
    customer_code: str
    customer_name: str


@dataclass(frozen=True, slots=True)
class Question:
    """About which school: by BRIN and location (`""` is the main one), or by key where it has no BRIN.

    `received_until` allows the system to answer "no changes"; without it, it must send everything.
    """

    school_year: str
    brin: str | None
    location: str
    school_key: str | None
    received_until: datetime | None


def soap_action(part: Part) -> str:
    """The operation's SOAPAction, from the service's description."""
    return "HaalLeerlinggegevens" if part == "leerlinggegevens" else f"{DATA}/{part}_verzoek"


def envelope(
    part: Part,
    question: Question,
    credentials: Credentials,
    *,
    groups: Sequence[tuple[GroupKind, str]] | None = None,
) -> bytes:
    """One request as UTF-8. `groups` is for pupils and staff: of these, and of who is in no group at all."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "aut": AUTHORISATION, "lg": DATA})
    header = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Header"), f"{{{AUTHORISATION}}}autorisatie")
    for name, text in (
        ("autorisatiesleutel", credentials.key),
        ("klantcode", credentials.customer_code),
        ("klantnaam", credentials.customer_name),
    ):
        etree.SubElement(header, f"{{{AUTHORISATION}}}{name}").text = text
    asked = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{DATA}}}{part}_verzoek")
    for name, text in _fields(question):
        etree.SubElement(asked, f"{{{DATA}}}{name}").text = text
    if groups is not None:
        _name_groups(asked, groups)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _fields(question: Question) -> list[tuple[str, str]]:
    """In the order of the schema, which is a sequence."""
    fields = [("schooljaar", question.school_year)]
    if question.brin:
        fields.append(("brincode", question.brin))
        if question.location:
            fields.append(("dependancecode", question.location))
    else:
        fields.append(("schoolkey", question.school_key or ""))
    fields.append(("xsdversie", VERSION))
    if question.received_until is not None:
        fields.append(("laatstontvangengegevens", f"{question.received_until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    return fields


def _name_groups(asked: etree._Element, groups: Sequence[tuple[GroupKind, str]]) -> None:
    named = etree.SubElement(asked, f"{{{DATA}}}groepen")
    for kind, key in groups:
        etree.SubElement(named, f"{{{DATA}}}{_TAGS[kind]}", {"key": key})
    # Without a key the element asks for those who are in no group.
    etree.SubElement(named, f"{{{DATA}}}groep")
