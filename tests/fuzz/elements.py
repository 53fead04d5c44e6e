"""Changes of XML, as a forger would make them: elements doubled, moved, wrapped, renamed, exchanged; what two readers may take for two."""

import copy
import re
from random import Random

from lxml import etree
from lxml.etree import _Element as Element

from tests.fuzz.words import PIECES, XML_WORDS

DECLARED = re.compile(rb'xmlns(?::[\w.-]+)?="([^"]*)"')


def changed(body: bytes, dice: Random) -> bytes:
    """One change of an element or of a namespace. Raises `ValueError` where there is no element to change, or it cannot be written down."""
    if dice.random() < 0.05:
        return _redeclared(body, dice)
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, recover=False))
    except etree.XMLSyntaxError:
        raise ValueError from None
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    dice.choice(_WAYS)(dice.choice(elements), dice.choice(elements), dice)
    return etree.tostring(root)


def _redeclared(body: bytes, dice: Random) -> bytes:
    declared = [found.span(1) for found in DECLARED.finditer(body)]
    if not declared:
        raise ValueError
    begin, end = dice.choice(declared)
    others = [body[slice(*dice.choice(declared))], dice.choice(XML_WORDS).encode(), b"", b"../x"]
    return body[:begin] + dice.choice(others) + body[end:]


def _doubled(one: Element, other: Element, dice: Random) -> None:
    twin = copy.deepcopy(one)
    twin.tail = None
    other.insert(dice.randrange(len(other) + 1), twin)


def _moved(one: Element, other: Element, dice: Random) -> None:
    if one.getparent() is not None and one not in (other, *other.iterancestors()):
        other.insert(dice.randrange(len(other) + 1), one)


def _gone(one: Element, _: Element, __: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _wrapped(one: Element, other: Element, _: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        around = etree.Element(other.tag, {str(name): str(value) for name, value in other.attrib.items()})
        parent.replace(one, around)
        around.append(one)


def _renamed(one: Element, other: Element, _: Random) -> None:
    one.tag = other.tag


def _attribute(one: Element, other: Element, dice: Random) -> None:
    values = [*other.attrib.values(), other.text or "", _word(dice)]
    named = [str(name) for name in (*one.attrib, *other.attrib)] or ["ID"]
    name = dice.choice(named)
    if dice.random() < 0.3:
        one.attrib.pop(name, "")
    else:
        one.set(name, str(dice.choice(values)))


def _text(one: Element, other: Element, dice: Random) -> None:
    one.text = dice.choice((other.text, None, _word(dice)))


def _beside(one: Element, _: Element, dice: Random) -> None:
    one.insert(0, etree.Comment("x") if dice.random() < 0.5 else etree.ProcessingInstruction("x"))


def _divided(one: Element, _: Element, dice: Random) -> None:
    """A text in two halves, with something in between that one reader skips and the next takes for the end (C-266, C-267)."""
    text = one.text or ""
    at = dice.randrange(len(text) + 1)
    between = dice.choice(
        (etree.Comment("x"), etree.ProcessingInstruction("x"), etree.Element("x"), etree.Entity("amp"))
    )
    one.text, between.tail = text[:at], text[at:]
    one.insert(0, between)


def _forged(one: Element, other: Element, dice: Random) -> None:
    """A copy in the place of an element, which goes elsewhere, into its own copy too: signature wrapping (C-250 to C-257)."""
    parent = one.getparent()
    if parent is None:
        return
    twin = copy.deepcopy(one)
    if dice.random() < 0.7:
        twin.set("ID", "_forged")
    dice.choice([inside for inside in twin.iter() if isinstance(inside.tag, str)]).text = _word(dice)
    for inside in [child for child in twin if isinstance(child.tag, str) and child.tag.endswith("Signature")]:
        if dice.random() < 0.5:
            twin.remove(inside)
    parent.replace(one, twin)
    places = [place for place in (other, twin, *twin.iter()) if isinstance(place.tag, str)]
    place = dice.choice([place for place in places if one not in (place, *place.iterancestors())])
    place.insert(dice.randrange(len(place) + 1), one)


def _word(dice: Random) -> str:
    return dice.choice(XML_WORDS) if dice.random() < 0.5 else dice.choice(PIECES).decode("utf-8", "ignore")


_WAYS = (
    *(_doubled, _moved, _gone, _wrapped, _renamed, _attribute, _attribute, _attribute, _text, _text, _beside),
    *(_divided, _forged, _forged),
)
