"""What the stand-in administration system answers: a school's EDEXML as UWLR says it, whole or as the *smalle set*, in one piece or in three.

Written from the public description of UWLR 2.2: which elements an answer has, in which order, in which namespace.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from lxml import etree

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DATA: Final = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"

Profile = Literal["whole", "narrow"]

_SECTIONS: Final = {
    "leerlinggegevens": ("school", "vestigingen", "groepen", "leerlingen", "leerkrachten"),
    "structuur": ("school", "vestigingen", "groepen"),
    "leerlingen": ("school", "leerlingen"),
    "leerkrachten": ("school", "leerkrachten"),
}
"""Which parts of an EDEXML file each answer has."""

_NARROW: Final[Mapping[str, frozenset[str]]] = {
    "groep": frozenset({"naam", "jaargroep", "rol", "rolomschrijving"}),
    "samengestelde_groep": frozenset({"naam", "omschrijving", "rol", "rolomschrijving"}),
    "leerling": frozenset(
        ["achternaam", "voorvoegsel", "roepnaam", "geboortedatum", "jaargroep", "groep", "samengestelde_groepen"]
    ),
    "leerkracht": frozenset(["achternaam", "voorvoegsel", "roepnaam", "emailadres", "groepen"]),
}
"""What the profile "smalle set" leaves of each element; those that are not here stay whole."""


def data(
    part: str, edex: etree._Element, *, profile: Profile, with_eckid: bool, groups: frozenset[tuple[str, str | None]]
) -> bytes:
    """The answer with data. `groups` (tag and key, None for "in no group") are those asked for; it counts for pupils and staff only."""
    answer = _answer(part)
    content = etree.SubElement(answer, _tag("leerlinggegevens" + ("" if part == "leerlinggegevens" else f"-{part}")))
    for name in _SECTIONS[part]:
        section = edex.find(name)
        if section is None or (profile == "narrow" and name == "vestigingen"):
            continue
        copied = _copy(section, profile=profile, with_eckid=with_eckid)
        if part == name:
            for person in list(copied):
                if not groups & frozenset(_groups_of(person)):
                    copied.remove(person)
        if len(copied):
            content.append(copied)
        elif name == "leerlingen":
            # The schema knows no list without pupils.
            return without(part, "geengegevens")
    return _written(answer)


def without(part: str, element: Literal["geenwijzigingen", "geengegevens"]) -> bytes:
    """The answer that there are no changes, or no data."""
    answer = _answer(part)
    etree.SubElement(answer, _tag(element))
    return _written(answer)


def fault(code: str, text: str) -> bytes:
    """A SOAP fault with one of the standard's codes."""
    body = _body()
    told = etree.SubElement(body, f"{{{SOAP}}}Fault")
    # SOAP 1.1, 4.4: its parts have no namespace.
    etree.SubElement(told, "faultcode").text = f"soap:{code}"
    etree.SubElement(told, "faultstring").text = text
    return _written(told)


def _copy(element: etree._Element, *, profile: Profile, with_eckid: bool) -> etree._Element:
    name = str(element.tag)
    copied = etree.Element(_tag(name), nsmap={None: DATA})  # type: ignore[dict-item] # the stubs know no default namespace
    copied.text = element.text if element.text and element.text.strip() else None
    for attribute, value in element.attrib.items():
        if attribute != "eckid" or with_eckid:
            copied.set(attribute, value)
    kept = _NARROW.get(name) if profile == "narrow" else None
    for child in element.iterchildren("*"):
        if kept is None or child.tag in kept:
            copied.append(_copy(child, profile=profile, with_eckid=with_eckid))
    return copied


def _groups_of(person: etree._Element) -> Iterator[tuple[str, str | None]]:
    """Where a pupil or member of staff belongs; who has no stamgroep, or no subgroup, is asked for without a key."""
    found = {"groep": False, "samengestelde_groep": False}
    for link in person.iter(_tag("groep"), _tag("samengestelde_groep")):
        name = etree.QName(link).localname
        found[name] = True
        yield name, link.get("key")
    yield from ((name, None) for name, known in found.items() if not known)


def _answer(part: str) -> etree._Element:
    return etree.SubElement(_body(), _tag(f"{part}_antwoord"), nsmap={None: DATA})  # type: ignore[dict-item]


def _body() -> etree._Element:
    return etree.SubElement(etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP}), f"{{{SOAP}}}Body")


def _tag(name: str) -> str:
    return f"{{{DATA}}}{name}"


def _written(inside: etree._Element) -> bytes:
    return etree.tostring(inside.getroottree(), encoding="utf-8", xml_declaration=True)
