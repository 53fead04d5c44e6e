"""What somebody asks for, as values: stored sealed, read back, nothing in it that is not an id, a code or a choice (R146-R156, D14)."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

import orjson

from idp.core.crypto import Keyring

Choice = Literal["same", "different"]
Keys = Literal["renewed", "kept"]


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Variant 1: the school goes on under another BRIN or location code. `brin` is None while DUO has not given it yet (R148, R164)."""

    school_id: int
    brin: str | None
    location: str = ""

    @property
    def schools(self) -> tuple[tuple[int, str], ...]:
        """The schools it concerns, each `from` or `to`."""
        return ((self.school_id, "from"),)


@dataclass(frozen=True, slots=True)
class Merger:
    """Variant 2: everybody of the sources goes to the target, which may be new and empty (R149, R150).

    `choices` are answers to doubts, by "person of a source-person already there". `keys`: whether the target's administration goes on to call
    the pupils who come by the keys that they have; if it does not, they are matched by ECK-iD only.
    """

    source_ids: tuple[int, ...]
    target_id: int
    keys: Keys = "renewed"
    choices: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def schools(self) -> tuple[tuple[int, str], ...]:
        """The schools it concerns, each `from` or `to`."""
        return (*((school_id, "from") for school_id in self.source_ids), (self.target_id, "to"))


@dataclass(frozen=True, slots=True)
class Split:
    """Groups go, with everybody in them, to other accounts; `pupils` go elsewhere than their group (R153, R154). Keys are ids as text."""

    source_id: int
    groups: Mapping[str, int]
    pupils: Mapping[str, int] = field(default_factory=dict)

    @property
    def schools(self) -> tuple[tuple[int, str], ...]:
        """The schools it concerns, each `from` or `to`."""
        targets = sorted({*self.groups.values(), *self.pupils.values()} - {self.source_id})
        return ((self.source_id, "from"), *((school_id, "to") for school_id in targets))


@dataclass(frozen=True, slots=True)
class Closure:
    """The school ends; its people's data go (R20, R156)."""

    school_id: int

    @property
    def schools(self) -> tuple[tuple[int, str], ...]:
        """The schools it concerns, each `from` or `to`."""
        return ((self.school_id, "from"),)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One child with an account at two schools (D14): the new school names its pupil, the old school names the one that it was."""

    from_id: int
    to_id: int
    arrived_id: int
    left_id: int | None = None

    @property
    def schools(self) -> tuple[tuple[int, str], ...]:
        """The schools it concerns, each `from` or `to`."""
        return ((self.from_id, "from"), (self.to_id, "to"))


Wanted = CodeChange | Merger | Split | Closure | Transfer

KINDS: Final[dict[str, type[Wanted]]] = {
    "codes": CodeChange,
    "merger": Merger,
    "split": Split,
    "closure": Closure,
    "transfer": Transfer,
}


def kind_of(wanted: Wanted) -> str:
    """What the table calls it."""
    return next(kind for kind, shape in KINDS.items() if isinstance(wanted, shape))


def seal(keyring: Keyring, reorganisation_id: int, wanted: Wanted) -> bytes:
    """The value of `reorganisations.plan`."""
    return keyring.seal(orjson.dumps(asdict(wanted)), bound_to=f"reorganisations.plan.{reorganisation_id}")


def unseal(keyring: Keyring, reorganisation_id: int, kind: str, sealed: bytes) -> Wanted:
    """What `seal` was given."""
    stored: dict[str, Any] = orjson.loads(keyring.open(sealed, bound_to=f"reorganisations.plan.{reorganisation_id}"))
    if kind == "merger":
        stored["source_ids"] = tuple(stored["source_ids"])
    return KINDS[kind](**stored)


def digest(wanted: Wanted) -> str:
    """The same for equal requests and another one for every other: with it one tells that it is still what somebody said yes to."""
    return hashlib.sha256(orjson.dumps(asdict(wanted), option=orjson.OPT_SORT_KEYS)).hexdigest()


def is_choice(text: str) -> bool:
    """Whether this is an answer to a doubt."""
    return text in get_args(Choice)
