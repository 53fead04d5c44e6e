"""How sure we are: three levels, named the same over both protocols."""

from collections.abc import Iterable
from enum import IntEnum


class Level(IntEnum):
    """What was proven. Higher includes lower."""

    NONE = 0
    PUPIL_SECRET = 1
    PASSWORD = 2
    TWO_FACTORS = 3


ACR = {
    Level.PUPIL_SECRET: "urn:poortwachter:acr:leerlinggeheim",
    Level.PASSWORD: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    Level.TWO_FACTORS: "https://refeds.org/profile/mfa",
}
"""`acr` in ID tokens, and AuthnContextClassRef in assertions."""

LEVELS = {uri: level for level, uri in ACR.items()} | {
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified": Level.PUPIL_SECRET,
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password": Level.PASSWORD,
    "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken": Level.TWO_FACTORS,
}
"""Every name that a party may ask for."""


def named(level: Level, wished: Iterable[str]) -> str:
    """What a reached level is called for a party: the first of the names it wished that are true of it, else our own (OIDC Core 2, `acr`)."""
    return next((name for name in wished if LEVELS[name] <= level), ACR[level])


METHODS = {
    "pwd": "pwd",
    "otp": "otp",
    "recovery": "otp",
    "pin": "pin",
    "card": "urn:poortwachter:amr:inlogkaartje",
    "hwk": "hwk",
    "swk": "swk",
    "user": "user",
}
"""Our ways as RFC 8176 calls them: a recovery code is a password of one time, a child's PIN or pictures a PIN or pattern.

It has no name for a card that is shown and is no smart card; a name of our own says so."""


def methods(ways: Iterable[str], *, level: Level) -> tuple[str, ...]:
    """`amr` in ID tokens: how the person was proven, and `mfa` when by two factors (RFC 8176, 2)."""
    told = dict.fromkeys(METHODS[way] for way in ways if way in METHODS)
    return (*told, "mfa") if level is Level.TWO_FACTORS else tuple(told)


def level_of(kind: str, *, second_factor: bool) -> Level:
    """The level of a finished sign-in. A child's PIN, pictures or card are no password (C-310)."""
    if kind == "pupil":
        return Level.PUPIL_SECRET
    return Level.TWO_FACTORS if second_factor else Level.PASSWORD
