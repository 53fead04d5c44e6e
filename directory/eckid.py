"""The ECK-iD as a value and at rest: sealed for its row, with a keyed index for finding it inside a school (D27). Never shown, logged or exported.

A pilot's ECK-iDs and real ones are two worlds that must never meet: an installation lives in one of them, by its setting.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from directory import identifiers
from idp.core.crypto import Keyring

Environment = Literal["production", "pilot"]

VERSION: Final[dict[Environment, str]] = {"production": "201703", "pilot": "pilot"}
"""The version segment of each world (domain rule); another segment belongs to neither."""


@dataclass(frozen=True, slots=True)
class Eckid:
    """One ECK-iD, byte for byte as it came. It shows itself to nobody: not in a `repr`, not as text, not in a message."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "ECK-iD"


def parse(text: str, environment: Environment) -> Eckid:
    """An ECK-iD of this world. Raises `ValueError`, which never repeats the text."""
    value = identifiers.parse_eckid(text)
    if identifiers.eckid_version(value) != VERSION[environment]:
        raise ValueError(f"not an ECK-iD of the {environment} environment")
    return Eckid(value)


def index(keyring: Keyring, eckid: str) -> bytes:
    """The look-up value of `eck_ids.lookup`: equal for equal ECK-iDs, worthless without the key."""
    return keyring.mac("eckid", eckid)


def seal(keyring: Keyring, person_id: int, eckid: str) -> bytes:
    """The value of `eck_ids.sealed` for this person; it opens in no other row."""
    return keyring.seal(eckid.encode(), bound_to=f"eck_ids.sealed.{person_id}")


def seal_alias(keyring: Keyring, person_id: int, eckid: str) -> bytes:
    """The value of `eck_id_aliases.sealed` for this person."""
    return keyring.seal(eckid.encode(), bound_to=f"eck_id_aliases.sealed.{person_id}")


def unseal(keyring: Keyring, person_id: int, sealed: bytes) -> str:
    """What `seal` was given."""
    return keyring.open(sealed, bound_to=f"eck_ids.sealed.{person_id}").decode()


def unseal_alias(keyring: Keyring, person_id: int, sealed: bytes) -> str:
    """What `seal_alias` was given."""
    return keyring.open(sealed, bound_to=f"eck_id_aliases.sealed.{person_id}").decode()
