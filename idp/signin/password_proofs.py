"""An address and a password, of a member of staff or of a parent (D1, D2, D15).

Each try is counted before the password is looked at. An address that nobody has looks and costs the same as a wrong password (C-313). On a device
that the account knows tries have a counter of their own: whoever guesses from elsewhere slows nobody down there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from directory import people
from idp.core import puzzles, throttle
from idp.core.db import Db
from idp.core.frozen import replace
from idp.core.hot import Hot
from idp.core.puzzles import Puzzle
from idp.core.throttle import Policy, Suspect
from idp.signin.attempts import Attempt
from idp.signin.desk import Desk, Form, must_wait, note


class Account(Protocol):
    """What an account of either kind shows here; `hash` is None where it has no password yet."""

    @property
    def ledger_id(self) -> str:
        """Its name in the ledger."""

    @property
    def hash(self) -> str | None:
        """The PHC string."""


Found = TypeVar("Found", bound=Account)


@dataclass(frozen=True, slots=True)
class Accounts(Generic[Found]):
    """Accounts of one kind. `way` is what the ledger says; wrong tries count for `crowd`, everybody behind one network, by `of_a_network`.

    `rehash(db, account, old, new)` keeps the same password under newer parameters, unless it was changed meanwhile.
    """

    way: str
    crowd: str
    of_a_network: Policy
    known: Callable[[Hot, str], Awaitable[Found | None]]
    rehash: Callable[[Db, Found, str, str], Awaitable[object]]


def address(form: Form) -> str:
    """The address of a form, as accounts are stored under it."""
    return people.normal_email(form.get("email", ""))[:254]


async def give(desk: Desk, attempt: Attempt, form: Form, accounts: Accounts[Found]) -> tuple[Attempt, Found | None]:
    """One try. The account if the address and the password are its own; else the attempt says what was wrong.

    Raises `Problem("busy")`, which costs no try.
    """
    email, password, store = address(form), form.get("password", ""), desk.floor.store
    crowd, suspect = _elsewhere(desk, accounts, email)
    with desk.hasher.place(first=desk.device is not None):
        counter = desk.counter(accounts.way, email, desk.device or f"net {desk.visitor.network}")
        worked = suspect is None or await puzzles.earned(desk.floor, _form(attempt, accounts), form, whom=suspect.key)
        waits = await throttle.enter(store, counter, throttle.PASSWORD, crowd=crowd, suspect=suspect, worked=worked)
        if waits:
            return must_wait(desk, attempt, waits), None
        account = await _owner(desk, email, password, accounts)
    if account is None:
        if crowd is not None:
            await throttle.failed(store, crowd, accounts.of_a_network)
        return replace(attempt, wrong="password", wait=0), None
    throttle.passed(store, counter, suspect=suspect)
    await note(desk, "signin.passed", by=account.ledger_id, way=accounts.way)
    return replace(attempt, wrong=None, wait=0), account


async def puzzle(desk: Desk, attempt: Attempt, accounts: Accounts[Found]) -> Puzzle | None:
    """The puzzle for the form of a password, where one is asked before a try at the attempt's address from here; whether anybody has it or not."""
    crowd, suspect = _elsewhere(desk, accounts, attempt.email)
    if crowd is None or suspect is None:
        return None
    return await puzzles.asked(desk.floor, _form(attempt, accounts), crowd, suspect.key)


def _elsewhere(desk: Desk, accounts: Accounts[Found], email: str) -> tuple[bytes | None, Suspect | None]:
    """What counts beside the try itself: everybody behind this network, and all that is tried on this account from everywhere.

    Neither for who is on a device of the account: he waits for nobody, and is never asked for work.
    """
    if desk.device is not None:
        return None, None
    return desk.network(accounts.crowd), Suspect(desk.counter(accounts.way, "from anywhere", email))


def _form(attempt: Attempt, accounts: Accounts[Found]) -> str:
    return f"{accounts.way} {attempt.id}"


async def _owner(desk: Desk, email: str, password: str, accounts: Accounts[Found]) -> Found | None:
    """The account, if the password is its own. What is asked and computed is the same for an address that nobody has."""
    floor = desk.floor
    account = await accounts.known(floor.database.hot, email)
    known = account.hash if account else None
    longest = floor.settings.password_max_length
    right = await desk.hasher.verify(password[:longest], known) and len(password) <= longest
    if account is None or known is None or not right:
        await note(desk, "signin.failed", by=account.ledger_id if account else "unknown", way=accounts.way)
        return None
    if desk.hasher.outdated(known):
        renewed = await desk.hasher.hash(password)
        async with floor.database.begin() as db:
            await accounts.rehash(db, account, known, renewed)
    return account
