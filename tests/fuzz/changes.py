"""Random changes that know what they change: octets of everything, elements of XML, members of JSON, parameters of a query."""

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

LARGEST = 256 * 1024

PIECES = (
    *(
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\r\n",
        b"\t",
        b" ",
        b"%",
        b"%00",
        b"%0a",
        b"+",
        b"&",
        b"=",
    ),
    *(b"<!---->", b"<![CDATA[x]]>", b"<?x?>", b"<!DOCTYPE a>", b"&amp;", b"&#0;", b"&#10;", b"&x;", b"]]>", b'"', b"'"),
    *(
        b"9999-12-31T23:59:59Z",
        b"0001-01-01T00:00:00+14:00",
        b"2026-02-30T00:00:00Z",
        b"P99999999Y",
        b"-1",
        b"0",
        b"65536",
    ),
    *(
        b"99999999999999999999999999",
        b"1e308",
        b"1e400",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'"\\ud800"',
        b"1099511627775.9",
    ),
    *(
        b"[" * 995 + b"]" * 995,
        b"A" * 1025,
        b"<a>" * 250 + b"</a>" * 250,
        b"https://ketenid.nl/pilot/x",
        b"\xd9\xa0",
        b"ES256",
        b"none",
    ),
)


def changed(data: bytes, dice: Random, *, others: tuple[bytes, ...] = ()) -> bytes:
    """The input after one to four changes; the first line seldom changes. `others` are what pieces may be taken from."""
    how, _, body = data.partition(b"\n")
    if dice.random() < 0.1:
        how = _octets(how, dice)
    elif how.rpartition(b" ")[2].isdigit():
        how = how.rpartition(b" ")[0] + b" %d" % (0 if dice.random() < 0.3 else dice.randrange(1, 10**6))
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        body = body_changed(body, dice, others)
    return (how + b"\n" + body)[:LARGEST]


def body_changed(body: bytes, dice: Random, others: tuple[bytes, ...] = ()) -> bytes:
    """One change of what travels."""
    ways: list[Callable[[bytes, Random], bytes]] = [_octets]
    if body.lstrip()[:1] == b"<":
        ways += [xml_changed] * 4
    if body[:1] in {b"{", b"["} or b"\n{" in body:
        ways += [_json] * 3
    if b"=" in body and b"<" not in body:
        ways += [_parameters] * 3
    if others and dice.random() < 0.1:
        other = dice.choice(others)
        begin, at = dice.randrange(len(other) + 1), dice.randrange(len(body) + 1)
        return body[:at] + other[begin : begin + dice.randrange(1, 400)] + body[at:]
    return dice.choice(ways)(body, dice)


def _octets(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    size = dice.choice((1, 1, 2, 8, 64))
    match dice.randrange(5):
        case 0 if at < len(body):
            return body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]
        case 1:
            return body[:at] + body[at + size :]
        case 2:
            return body[:at] + body[at : at + size] * 2 + body[at + size :]
        case 3:
            return body[:at] + dice.choice(PIECES) + body[at + dice.choice((0, size)) :]
        case _:
            return body[:at] if dice.random() < 0.2 else body[:at] + dice.choice(PIECES) + body[at:]


def xml_changed(body: bytes, dice: Random) -> bytes:
    """One change of an element, as a forger would make it: doubled, moved, wrapped, renamed, its attributes and text exchanged."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, recover=False))
    except (etree.XMLSyntaxError, ValueError):
        return _octets(body, dice)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    one, other = dice.choice(elements), dice.choice(elements)
    try:
        dice.choice(_ELEMENTS)(one, other, dice)
        return etree.tostring(root)
    except ValueError:
        return _octets(body, dice)


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
    values = [*other.attrib.values(), other.text or "", dice.choice(PIECES).decode("utf-8", "ignore")]
    named = [str(name) for name in (*one.attrib, *other.attrib)] or ["ID"]
    name = dice.choice(named)
    if dice.random() < 0.3:
        one.attrib.pop(name, "")
    else:
        one.set(name, str(dice.choice(values)))


def _text(one: Element, other: Element, dice: Random) -> None:
    one.text = dice.choice((other.text, None, dice.choice(PIECES).decode("utf-8", "ignore")))


def _beside(one: Element, _: Element, dice: Random) -> None:
    one.insert(0, etree.Comment("x") if dice.random() < 0.5 else etree.ProcessingInstruction("x"))


_ELEMENTS = (_doubled, _moved, _gone, _wrapped, _renamed, _attribute, _attribute, _text, _beside)


def _json(body: bytes, dice: Random) -> bytes:
    lines = body.split(b"\n")
    at = dice.randrange(len(lines))
    try:
        read = json.loads(lines[at])
        lines[at] = json.dumps(_value(read, dice)).encode()
    except (ValueError, RecursionError):
        return _octets(body, dice)
    return b"\n".join(lines)


def _value(value: Any, dice: Random) -> Any:
    if isinstance(value, dict) and value:
        name = dice.choice(list(value))
        match dice.randrange(4):
            case 0:
                return {member: inside for member, inside in value.items() if member != name}
            case 1:
                return {**value, dice.choice(("crit", "jwk", "kid", "typ", "b64", "x", name)): _any(dice)}
            case _:
                return {**value, name: _value(value[name], dice)}
    if isinstance(value, list) and value:
        at = dice.randrange(len(value))
        return [*value[:at], _value(value[at], dice), *value[at + dice.randrange(2) :]]
    if isinstance(value, str) and value and dice.random() < 0.5:
        at = dice.randrange(len(value))
        return value[:at] + dice.choice(("", "é", "\0", "x", " ")) + value[at + 1 :]
    return _any(dice)


def _any(dice: Random) -> Any:
    return dice.choice(
        (
            None,
            True,
            0,
            -1,
            1 << 40,
            1 << 70,
            1.5,
            1e308,
            "",
            "x",
            "\ud800",
            [],
            {},
            ["x"],
            {"x": [1]},
            [[[]]],
            ["mfa", {}],
        )
    )


def _parameters(body: bytes, dice: Random) -> bytes:
    pairs = body.split(b"&")
    at = dice.randrange(len(pairs))
    name, _, value = pairs[at].partition(b"=")
    match dice.randrange(5):
        case 0:
            del pairs[at]
        case 1:
            pairs.insert(dice.randrange(len(pairs) + 1), pairs[at])
        case 2:
            pairs[at] = name + b"=" + dice.choice(PIECES)
        case 3:
            pairs[at] = name + b"=" + _octets(value, dice)
        case _:
            dice.shuffle(pairs)
    return b"&".join(pairs)
