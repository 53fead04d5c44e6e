"""Random changes that know what they change: octets of everything, elements of XML, members of JSON, parts of a token, parameters of a query."""

import base64
import binascii
import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz import elements
from tests.fuzz.words import MEMBERS, PARAMETERS, PIECES

LARGEST = 256 * 1024


def changed(data: bytes, dice: Random, *, others: tuple[bytes, ...] = ()) -> bytes:
    """The input after one to four changes; the first line seldom changes. `others` are what pieces may be taken from."""
    how, _, body = data.partition(b"\n")
    if dice.random() < 0.05:
        how = _octets(how, dice)
    elif others and dice.random() < 0.1:
        how = dice.choice(others).partition(b"\n")[0]
    elif how.rpartition(b" ")[2].isdigit():
        how = how.rpartition(b" ")[0] + b" %d" % (0 if dice.random() < 0.3 else dice.randrange(1, 10**6))
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        body = body_changed(body, dice, others)
    return (how + b"\n" + body)[:LARGEST]


def body_changed(body: bytes, dice: Random, others: tuple[bytes, ...] = ()) -> bytes:
    """One change of what travels."""
    ways: list[Callable[[bytes, Random], bytes]] = [_octets]
    if body.lstrip()[:1] == b"<":
        ways += [_xml] * 4
    if body[:1] in {b"{", b"["} or b"\n{" in body:
        ways += [_json] * 3
    if body.count(b".") == 2 and not {*b"\n=&<"} & {*body}:
        ways += [_token] * 4
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


def _xml(body: bytes, dice: Random) -> bytes:
    try:
        return elements.changed(body, dice)
    except ValueError:
        return _octets(body, dice)


def _token(body: bytes, dice: Random) -> bytes:
    parts = body.split(b".")
    at = dice.randrange(len(parts))
    try:
        inside = base64.urlsafe_b64decode(parts[at] + b"=" * (-len(parts[at]) % 4))
    except binascii.Error:
        return _octets(body, dice)
    inside = (_octets if at == 2 else _json)(inside, dice)
    parts[at] = base64.urlsafe_b64encode(inside).rstrip(b"=")
    return b".".join(parts)


def _json(body: bytes, dice: Random) -> bytes:
    lines = body.split(b"\n")
    at = dice.randrange(len(lines))
    try:
        read = json.loads(lines[at])
        lines[at] = _written(_value(read, dice), dice)
    except (ValueError, RecursionError):
        return _octets(body, dice)
    return b"\n".join(lines)


def _written(value: Any, dice: Random) -> bytes:
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
    if isinstance(value, dict) and value and dice.random() < 0.1:
        # A member twice: two readers may each take the other.
        name = dice.choice(list(value))
        text = f"{{{json.dumps(name)}: {json.dumps(_any(dice))}, {text[1:]}"
    return text.encode("utf-8", "surrogatepass")


def _value(value: Any, dice: Random) -> Any:
    if isinstance(value, dict) and value:
        name = dice.choice(list(value))
        match dice.randrange(4):
            case 0:
                return {member: inside for member, inside in value.items() if member != name}
            case 1:
                return {**value, dice.choice((*MEMBERS, name)): _any(dice)}
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
    match dice.randrange(7):
        case 0:
            del pairs[at]
        case 1:
            pairs.insert(dice.randrange(len(pairs) + 1), pairs[at])
        case 2:
            pairs[at] = name + b"=" + dice.choice(PIECES)
        case 3:
            pairs[at] = name + b"=" + _octets(value, dice)
        case 4:
            pairs[at] = dice.choice(PARAMETERS).encode() + b"=" + value
        case 5:
            written = dice.choice(
                (name.upper(), b"".join(b"%%%02x" % octet for octet in name), name + b"[]", b" " + name)
            )
            pairs.insert(dice.randrange(len(pairs) + 1), written + b"=" + value)
        case _:
            dice.shuffle(pairs)
    return b"&".join(pairs)
