"""What reached a publisher, as rows to read: every value with what it means, and also what did *not* come along."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from idp.core.clock import AMSTERDAM
from protocols.attributes import catalogue
from protocols.attributes.catalogue import Field


@dataclass(frozen=True, slots=True)
class Row:
    """One value: how the protocol calls it, what it was, what it means."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that came together."""

    title: str
    rows: list[Row]


OF_THE_PROTOCOL: Final = {
    "iss": "Wie dit zegt: de poort",
    "aud": "Voor wie het bedoeld is: alleen deze uitgeverij",
    "exp": "Tot wanneer dit bericht geldig is",
    "iat": "Wanneer dit bericht is gemaakt",
    "auth_time": "Wanneer de persoon bewees wie hij is",
    "nonce": "Herkenningsteken van deze ene vraag, tegen hergebruik",
    "amr": "Waarmee dat bewezen is",
    "acr": "Hoe zeker het is: PIN, wachtwoord, of twee stappen",
    "at_hash": "Bindt dit bericht aan de toegangssleutel die erbij hoort",
    "jti": "Nummer van dit bericht",
}
_MOMENTS: Final = frozenset({"exp", "iat", "auth_time"})

_BY_CLAIM: Final = {field.claim: field for field in catalogue.CATALOGUE}
_BY_URI: Final = {field.uri: field for field in catalogue.CATALOGUE if field.uri}


def claim_rows(claims: Mapping[str, Any]) -> list[Row]:
    """Claims of an ID token or of UserInfo."""
    return [Row(name, _claim_value(name, value), _meaning(name)) for name, value in claims.items()]


def attribute_rows(attributes: Mapping[str, Iterable[str]]) -> list[Row]:
    """Attributes of a SAML assertion, by name."""
    rows = []
    for name, values in attributes.items():
        field = _BY_URI.get(name)
        shown = ", ".join(_hidden(value) if field and field.name == "eckid" else value for value in values)
        rows.append(Row(name, shown, field.meaning_nl if field else ""))
    return rows


def fields_in(names: Iterable[str]) -> frozenset[str]:
    """The catalogue's names behind claims or SAML attribute names."""
    known = (_BY_CLAIM.get(name) or _BY_URI.get(name) for name in names)
    return frozenset(field.name for field in known if field)


def value_of(attributes: Mapping[str, Iterable[str]], field: str) -> str | None:
    """The first value of a field of the catalogue among SAML attributes."""
    return next(iter(attributes.get(catalogue.BY_NAME[field].uri or "", ())), None)


def meaning_of(field: str) -> str:
    """What a field of the catalogue means."""
    return catalogue.BY_NAME[field].meaning_nl


def kept_back(received: Collection[str]) -> list[str]:
    """What the catalogue knows and this publisher did not get, in words."""
    return [field.meaning_nl for field in catalogue.CATALOGUE if field.name not in received]


def _meaning(claim: str) -> str:
    field: Field | None = _BY_CLAIM.get(claim)
    return field.meaning_nl if field else OF_THE_PROTOCOL.get(claim, "")


def _claim_value(name: str, value: object) -> str:
    if name in _MOMENTS and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC).astimezone(AMSTERDAM):%d-%m-%Y %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _hidden(str(value)) if name == "eckid" else str(value)


def _hidden(eckid: str) -> str:
    # D40: an ECK-iD stands on no page, this one included.
    return f"ontvangen ({len(eckid)} tekens), wordt nooit getoond"
