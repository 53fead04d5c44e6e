"""What a reading changes, as values: our copy of the register against the files, and school accounts against the register. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from directory.register.reader import Listed, ListedLocation

SMALLEST_PART: Final = 0.9
"""A list that has fewer than this part of the locations we know is taken for an incomplete one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A location that DUO lists differently now."""

    before: ListedLocation
    after: ListedLocation

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of name, place, board_number and board_name differ."""
        names = ("name", "place", "board_number", "board_name")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Differences:
    """Our copy of the register against a reading, each in the order of codes."""

    new: tuple[ListedLocation, ...]
    changed: tuple[Changed, ...]
    gone: tuple[ListedLocation, ...]
    unchanged: int

    def counts(self) -> dict[str, int]:
        """Numbers by kind."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "gone": len(self.gone),
            "unchanged": self.unchanged,
        }


def whole(listed: Listed, known: Mapping[str, ListedLocation]) -> dict[str, ListedLocation]:
    """The locations with the names of their boards: of these files, or else as we knew them."""
    names = {
        location.board_number: location.board_name
        for location in known.values()
        if location.board_number and location.board_name
    }
    names |= listed.boards
    return {
        code: ListedLocation(code, at.name, at.place, at.board_number, names.get(at.board_number or "", at.board_name))
        for code, at in listed.locations.items()
    }


def compare(known: Mapping[str, ListedLocation], read: Mapping[str, ListedLocation]) -> Differences:
    """`known` are the locations that were current until now."""
    both = sorted(known.keys() & read.keys())
    changed = tuple(Changed(known[code], read[code]) for code in both if known[code] != read[code])
    return Differences(
        new=tuple(read[code] for code in sorted(read.keys() - known.keys())),
        changed=changed,
        gone=tuple(known[code] for code in sorted(known.keys() - read.keys())),
        unchanged=len(both) - len(changed),
    )


def too_small(differences: Differences) -> bool:
    """Whether so much is gone that the files are probably not the whole list."""
    kept = len(differences.changed) + differences.unchanged
    return kept < SMALLEST_PART * (kept + len(differences.gone))


@dataclass(frozen=True, slots=True)
class Account:
    """A school account that has a BRIN; `code` is BRIN with two digits."""

    id: int
    code: str
    name: str
    board_number: str | None
    board_name: str | None


@dataclass(frozen=True, slots=True)
class AccountDifference:
    """A school account that is not as the register has it.

    `absent`: the register has no such location (any more); `candidates` are then codes of the same board and name that no account has, which
    is what a change of code looks like. Else `fields` says what would change, of `name`, `board_number` and `board_name`.
    """

    account: Account
    listed: ListedLocation | None
    fields: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def absent(self) -> bool:
        """Whether the register lacks it."""
        return self.listed is None


def against(accounts: Iterable[Account], register: Mapping[str, ListedLocation]) -> tuple[AccountDifference, ...]:
    """Where school accounts differ from the current register, in the order given. Schools without a BRIN are never asked about (R49)."""
    accounts = tuple(accounts)
    taken = {account.code for account in accounts}
    free: dict[tuple[str | None, str], list[str]] = {}
    for code in sorted(register.keys() - taken):
        free.setdefault((register[code].board_number, register[code].name.casefold()), []).append(code)
    found = (_difference(account, register.get(account.code), free) for account in accounts)
    return tuple(difference for difference in found if difference.absent or difference.fields)


def _difference(
    account: Account, listed: ListedLocation | None, free: Mapping[tuple[str | None, str], list[str]]
) -> AccountDifference:
    if listed is None:
        alike = free.get((account.board_number, account.name.casefold()), [])
        return AccountDifference(account, None, candidates=tuple(alike))
    pairs = (
        ("name", account.name, listed.name),
        ("board_number", account.board_number, listed.board_number or account.board_number),
        ("board_name", account.board_name, _board_name(account, listed)),
    )
    return AccountDifference(account, listed, tuple(field for field, ours, theirs in pairs if ours != theirs))


def _board_name(account: Account, listed: ListedLocation) -> str | None:
    """What the board will be called; a list without names of boards says nothing about them."""
    if listed.board_name is not None:
        return listed.board_name
    return account.board_name if listed.board_number in (None, account.board_number) else listed.board_number
