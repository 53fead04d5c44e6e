"""What a checker has before him: form, DUO's register and our own account side by side, what would come of it, what stands in the way. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from directory.onboarding.answers import Answers
from directory.register.reader import ListedLocation

Outcome = Literal["school", "coordinator"]
"""What a second yes brings: a new school account with its coordinator, or a coordinator for an account that has none (R10)."""

HINDRANCES: Final = {
    "closed": "the account of this school was closed",
    "coordinators": "this school has coordinators: they add others themselves (R11)",
    "invited": "a coordinator of this school was invited and has not answered yet",
}
WORTH_A_LOOK: Final = {
    "unread": "the register was never read: idp register read FILE --keep",
    "unlisted": "the register has no such location (any more)",
    "board_unlisted": "the register has no board with this number",
    "other_board": "by the register or our account the school belongs to another board: may this director sign?",
    "other_application": "there is another open application for this school",
    "same_name": "there is an account with this name and without a BRIN",
    "same_person": "who signs and who is to coordinate have one name",
}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of ours that the form is about. `coordinators`, `invited`: how many there are of each."""

    school_id: int
    code: str
    name: str
    board_number: str | None
    board_name: str | None
    closed: bool = False
    coordinators: int = 0
    invited: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What we know beside the form. `board_address`: by the register, of the form's board; `namesakes` are codes of accounts."""

    register_read: bool
    listed: ListedLocation | None = None
    board_listed_as: str | None = None
    account: Account | None = None
    others: tuple[int, ...] = ()
    namesakes: tuple[str, ...] = ()
    board_address: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing as the form has it, as the register has it, and as our account has it; None where that says nothing of it."""

    field: str
    form: str
    register: str | None
    account: str | None

    @property
    def differs(self) -> bool:
        """Whether register or account say something else than the form; capitals and spaces make no difference."""
        return any(other is not None and _alike(other) != _alike(self.form) for other in (self.register, self.account))


@dataclass(frozen=True, slots=True)
class Compared:
    """`name` and `board` are what the account will be called and belong to: as DUO has it where it is listed (R49, R50), else as the form has it."""

    rows: tuple[Row, ...]
    outcome: Outcome
    name: str
    board: tuple[str, str] | None
    hindrances: tuple[str, ...]
    remarks: tuple[str, ...]
    board_address: str | None = None


def compare(asked: Answers, known: Known) -> Compared:
    """Lays everything side by side."""
    listed, account = known.listed, known.account
    return Compared(
        rows=tuple(_rows(asked, known)),
        outcome="coordinator" if account else "school",
        name=account.name if account else listed.name if listed else asked.school_name,
        board=_board(asked, known),
        hindrances=tuple(_hindrances(account)),
        remarks=tuple(_remarks(asked, known)),
        board_address=known.board_address,
    )


def _rows(asked: Answers, known: Known) -> Sequence[Row]:
    listed, account = known.listed, known.account
    ours = account.code if account else None
    name = Row("school_name", asked.school_name, listed.name if listed else None, account.name if account else None)
    board = Row(
        "board_name",
        asked.board_name,
        (listed.board_name if listed else None) or known.board_listed_as,
        account.board_name if account else None,
    )
    if asked.kind == "abroad":
        return (name, board, Row("place", asked.place, None, None), Row("country", asked.country, None, None))
    number = Row(
        "board_number",
        asked.board_number,
        listed.board_number if listed else None,
        account.board_number if account else None,
    )
    code = Row("code", asked.code or "", listed.code if listed else None, _two_digits(ours) if ours else None)
    return (code, name, number, board)


def _board(asked: Answers, known: Known) -> tuple[str, str] | None:
    """Number and name. A school abroad has no funding number: it gets an account without a board."""
    if known.account is not None:
        has = known.account
        return (has.board_number, has.board_name or has.board_number) if has.board_number else None
    if asked.kind == "abroad":
        return None
    if known.listed is not None and known.listed.board_number:
        number = known.listed.board_number
        fallback = asked.board_name if number == asked.board_number else number
        return number, known.listed.board_name or fallback
    return asked.board_number, known.board_listed_as or asked.board_name


def _hindrances(account: Account | None) -> Sequence[str]:
    if account is None:
        return ()
    found = (
        ("closed", account.closed),
        ("coordinators", account.coordinators > 0),
        ("invited", account.invited > 0),
    )
    return tuple(code for code, holds in found if holds)


def _remarks(asked: Answers, known: Known) -> Sequence[str]:
    here = asked.kind == "nl"
    signer = (asked.director_first_name, asked.director_prefix, asked.director_surname)
    found = (
        ("unread", here and not known.register_read),
        ("unlisted", here and known.register_read and known.listed is None),
        ("board_unlisted", here and known.register_read and known.listed is None and known.board_listed_as is None),
        ("other_board", here and asked.board_number not in _boards(asked, known)),
        ("other_application", bool(known.others)),
        ("same_name", bool(known.namesakes)),
        ("same_person", _alike(" ".join(signer)) == _alike(" ".join((asked.first_name, asked.prefix, asked.surname)))),
    )
    return tuple(code for code, holds in found if holds)


def _boards(asked: Answers, known: Known) -> set[str]:
    """The numbers of the boards to which the school belongs; the form's own where nobody knows better."""
    told = (known.listed.board_number if known.listed else None, known.account.board_number if known.account else None)
    return {number for number in told if number} or {asked.board_number}


def _two_digits(code: str) -> str:
    return code if len(code) != 4 else f"{code}00"


def _alike(text: str) -> str:
    return " ".join(text.casefold().split())
