"""The form of a first request: what R13 asks, read strictly and told field by field where it will not do. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

import orjson

from directory.identifiers import parse_brin, parse_email_address, parse_location_code
from idp.core.crypto import Keyring

Kind = Literal["nl", "abroad"]
KINDS: Final[tuple[Kind, ...]] = ("nl", "abroad")

LONGEST: Final[Mapping[str, int]] = {
    "board_name": 200,
    "board_number": 5,
    "school_name": 200,
    "brin": 4,
    "location": 2,
    "place": 100,
    "country": 60,
    "director_first_name": 64,
    "director_prefix": 16,
    "director_surname": 200,
    "director_function": 100,
    "first_name": 64,
    "prefix": 16,
    "surname": 200,
    "email": 254,
    "reply": 254,
}
"""Every field with its length. `director_...` is who signs, the bare names are the intended coordinator's, `reply` is where news goes."""

_BOTH: Final = ("director_first_name", "director_prefix", "director_surname", "director_function")
_AND: Final = ("first_name", "prefix", "surname", "email", "reply")
FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "nl": ("board_name", "board_number", "school_name", "brin", "location", *_BOTH, *_AND),
    "abroad": ("board_name", "school_name", "place", "country", *_BOTH, *_AND),
}
"""What each form asks, in its order (R13, R14)."""
OPTIONAL: Final = frozenset({"location", "director_prefix", "prefix"})
_BOARD_NUMBER: Final = re.compile(r"[0-9]{5}")
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Answers:
    """A form that can be looked at: what its kind does not ask is empty. `brin` and `location` are in their one canonical form."""

    kind: Kind
    board_name: str
    school_name: str
    director_first_name: str = field(repr=False)
    director_surname: str = field(repr=False)
    director_function: str = field(repr=False)
    first_name: str = field(repr=False)
    surname: str = field(repr=False)
    email: str = field(repr=False)
    reply: str = field(repr=False)
    director_prefix: str = field(default="", repr=False)
    prefix: str = field(default="", repr=False)
    board_number: str = ""
    brin: str = ""
    location: str = ""
    place: str = ""
    country: str = ""

    @property
    def code(self) -> str | None:
        """BRIN with two digits, as the register calls the location; None abroad."""
        return f"{self.brin}{self.location or '00'}" if self.brin else None


class Unclear(ValueError):
    """A form that cannot be taken as it is; `fields` are all that must be mended, in the form's order."""

    def __init__(self, wrong: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(wrong)}: missing or in another form")
        self.fields = wrong


def read(form: Mapping[str, str], kind: Kind) -> Answers:
    """The answers in a form of this kind; fields that it does not ask are left alone. Raises `Unclear`."""
    told = {name: plain(form.get(name, "")) for name in FIELDS[kind]}
    wrong = tuple(name for name, text in told.items() if not _fits(name, text))
    if wrong:
        raise Unclear(wrong)
    return Answers(kind=kind, **{name: _canonical(name, text) for name, text in told.items()})


def plain(text: str) -> str:
    """A line as it is kept: white space made single, nothing that is not printable."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _fits(name: str, text: str) -> bool:
    if not text:
        return name in OPTIONAL
    if len(_canonical_length(name, text)) > LONGEST[name]:
        return False
    try:
        said = _canonical(name, text)
    except ValueError:
        return False
    if name == "board_number":
        return _BOARD_NUMBER.fullmatch(said) is not None
    # A name without a letter is a slip of the hand, or no name.
    return name in {"brin", "location", "email", "reply"} or _LETTER.search(said) is not None


def _canonical_length(name: str, text: str) -> str:
    return text.replace(" ", "") if name in {"brin", "location", "board_number"} else text


def _canonical(name: str, text: str) -> str:
    """The one form. Raises `ValueError`."""
    match name:
        case "brin":
            return parse_brin(text.replace(" ", ""))
        case "location":
            return parse_location_code(text.replace(" ", ""))
        case "board_number":
            return text.replace(" ", "")
        case "email" | "reply":
            return parse_email_address(text)
        case _:
            return text


def seal(keyring: Keyring, application_id: int, answers: Answers) -> bytes:
    """The value of `applications.answers` for this row; it opens in no other one."""
    told = {one.name: getattr(answers, one.name) for one in fields(answers)}
    return keyring.seal(orjson.dumps(told), bound_to=f"applications.answers.{application_id}")


def unseal(keyring: Keyring, application_id: int, sealed: bytes) -> Answers:
    """What `seal` was given. Raises `CannotOpen`."""
    told: dict[str, Any] = orjson.loads(keyring.open(sealed, bound_to=f"applications.answers.{application_id}"))
    return Answers(**told)
