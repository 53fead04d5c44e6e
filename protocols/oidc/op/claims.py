"""The `claims` parameter (OIDC Core 5.5): single claims by name, for the ID token or for UserInfo, beside what the scopes ask for.

What a client may get is decided elsewhere, as for scopes: a name here asks, it never entitles. `sub` and `acr` are the two whose wished values
count (5.5.1, 5.5.1.1); of every other claim the value is what it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from idp.signin.assurance import LEVELS
from protocols.attributes import catalogue

LONGEST: Final = 4096
"""Characters of the parameter."""


class ClaimsRefused(ValueError):
    """A parameter that cannot be read; the text is one of our own sentences."""


@dataclass(frozen=True, slots=True)
class Wished:
    """What was asked claim by claim. `id_token` and `userinfo` are names of the catalogue's fields; `subjects` are the only persons meant, if any;
    `classes` are the wished values of `acr` that we know, and `must` says that one of them has to be reached."""

    id_token: tuple[str, ...] = ()
    userinfo: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    must: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal value."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Wished":
        """The value that `to_json` was called on."""
        several = ("id_token", "userinfo", "subjects", "classes")
        id_token, userinfo, subjects, classes = (tuple(stored[name]) for name in several)
        return cls(id_token, userinfo, subjects, classes, must=stored["must"])


def read(text: str) -> Wished:
    """What the parameter asks for. Unknown claims and members are ignored (OIDC Core 5.5). Raises `ClaimsRefused`."""
    if len(text) > LONGEST:
        raise ClaimsRefused("claims is too long")
    try:
        given = orjson.loads(text)
    except ValueError:
        raise ClaimsRefused("claims is not JSON") from None
    id_token, userinfo = _member(given, "id_token"), _member(given, "userinfo")
    acr = id_token.get("acr") or {}
    wished = _values(acr)
    subjects = [*_values(id_token.get("sub") or {}), *_values(userinfo.get("sub") or {})]
    return Wished(
        id_token=_fields(id_token),
        userinfo=_fields(userinfo),
        subjects=tuple(dict.fromkeys(subjects)),
        classes=tuple(name for name in dict.fromkeys(wished) if name in LEVELS),
        must=bool(wished) and acr.get("essential") is True,
    )


def _member(given: object, name: str) -> dict[str, dict[str, Any] | None]:
    if not isinstance(given, dict):
        raise ClaimsRefused("claims must be a JSON object")
    member = given.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict) or not all(isinstance(one, dict | None) for one in member.values()):
        raise ClaimsRefused(f"{name} in claims must hold null or an object for each claim")
    return member


def _values(asked: Mapping[str, Any]) -> list[str]:
    """What `value` and `values` name, in order of preference. Raises `ClaimsRefused`: a wish that nobody can read must not pass for none."""
    one, several = asked.get("value"), asked.get("values")
    found: list[Any] = [] if one is None else [one]
    found += several if isinstance(several, list) else [] if several is None else [several]
    if not all(isinstance(value, str) for value in found):
        raise ClaimsRefused("what is wished of sub and acr in claims must be a string, or a list of them")
    return found


def _fields(member: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(catalogue.asked_by_claims(member) - {"subject"}))
