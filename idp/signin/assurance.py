"""How sure we are: four levels, named the same over both protocols."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Level(IntEnum):
    """What was proven. Higher includes lower."""

    NONE = 0
    PUPIL_SECRET = 1
    PASSWORD = 2
    PASSPHRASE = 3
    TWO_FACTORS = 4


ACR = {
    Level.PUPIL_SECRET: "urn:poortwachter:acr:leerlinggeheim",
    Level.PASSWORD: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    Level.PASSPHRASE: "urn:poortwachter:acr:wachtzin",
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


PASSKEYS: Final = frozenset({"hwk", "swk"})
"""Among the ways of a sign-in: a passkey, which counts for both steps."""


def methods(ways: Iterable[str], *, level: Level) -> tuple[str, ...]:
    """`amr` in ID tokens: how the person was proven, and `mfa` when by two factors (RFC 8176, 2)."""
    told = dict.fromkeys(METHODS[way] for way in ways if way in METHODS)
    return (*told, "mfa") if level is Level.TWO_FACTORS else tuple(told)


LONG: Final = "long"
"""Among the ways of a sign-in: the password was as long as one must be that stands alone. It leaves us as a level, never as a way."""
LONG_ENOUGH: Final = 15
"""Characters (NIST SP 800-63B, 3.1.1.2; D1)."""


def by_password(password: str) -> tuple[str, ...]:
    """The ways of who gave this password."""
    return ("pwd", LONG) if len(password) >= LONG_ENOUGH else ("pwd",)


def level_of(kind: str, ways: Iterable[str], *, second_factor: bool) -> Level:
    """The level of a finished sign-in. A child's PIN, pictures or card are no password, and a short password is less than a long one (C-310, D1)."""
    if kind == "pupil":
        return Level.PUPIL_SECRET
    if second_factor:
        return Level.TWO_FACTORS
    return Level.PASSPHRASE if LONG in ways else Level.PASSWORD
