"""Answers at home: a login code or a parent's password, then the child's own secret (D3, R123, R132).

A code that nobody has, one that is over and one whose child is inactive lead to the same pages at the same cost as a good one: what is wrong is told
only to who gives the right secret. Wrong tries are counted per code, per parent's child, per address and per network (D2).
"""

from collections.abc import Mapping
from dataclasses import replace

from directory import people
from idp.core import ledger, puzzles, throttle
from idp.core.crypto import Keyring
from idp.core.puzzles import Puzzle
from idp.core.throttle import Policy, Suspect
from idp.credentials import home_codes, parents, pupil_secrets
from idp.credentials.home_codes import Found
from idp.credentials.parents import Account, Child
from idp.credentials.pupil_secrets import KnownChild
from idp.signin import flow, sessions, tries
from idp.signin.attempts import Attempt, Home, Proof
from idp.signin.proofs import Desk
from idp.signin.steps import Known, home_child

Form = Mapping[str, str]

KINDS = ("pin", "pictures")

AT_HOME_OF_A_NETWORK = Policy(free=2000, first_pause=1, longest_pause=30, most=100_000, window=3600, easy=500)
"""A provider's address stands for thousands of families, each of whom passes it a few times in an evening."""


async def begin(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A code, typed with what the child signs in with at school; or the choice for a parent's address.

    What cannot be a code at all is told at once: its length and letters are no secret. Whether somebody has a code is not asked here.
    """
    attempt = replace(attempt, school_id=None, child_id=None, wrong=None, wait=0)
    if "parent" in form:
        return replace(attempt, home=Home(as_parent=True))
    code = home_codes.read(form.get("code", ""))
    if code is None:
        return replace(attempt, home=None, wrong="home_code")
    mark = home_codes.lookup(desk.floor.keyring, code).hex()
    return replace(attempt, home=Home(code=mark, kind=_kind(form.get("kind", ""))))


def _kind(text: str) -> str:
    return text if text in KINDS else KINDS[0]


async def give_password(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A parent's address and password. Raises `Problem("busy")`, which costs no try."""
    email, password = people.normal_email(form.get("email", ""))[:254], form.get("password", "")
    attempt = replace(attempt, email=email, child_id=None, school_id=None)
    floor = desk.floor
    with desk.hasher.place(first=False):
        # Per address and network, like staff: who guesses from elsewhere does not slow the family down.
        counter = floor.keyring.mac("token", "throttle", "parent", email, desk.visitor.network)
        suspect, crowd = _suspect(desk, email), _network(desk)
        worked = await puzzles.earned(floor, _form(attempt), form, whom=suspect.key)
        waits = await throttle.enter(
            floor.store, counter, throttle.PASSWORD, crowd=crowd, suspect=suspect, worked=worked
        )
        if waits:
            return _must_wait(desk, attempt, waits)
        account = await _account(desk, email, password)
    if account is None:
        await throttle.failed(floor.store, _network(desk), AT_HOME_OF_A_NETWORK)
        return replace(attempt, wrong="password", wait=0)
    await throttle.passed(floor.store, counter, suspect=suspect)
    async with floor.database.begin() as db:
        await parents.note_use(db, account.id, now=floor.now)
    await _note(desk, "signin.passed", by=account.ledger_id, way="parent")
    home = Home(as_parent=True, parent_id=account.id, epoch=account.epoch, at=_seconds(desk))
    return replace(attempt, home=home, wrong=None, wait=0)


async def puzzle(desk: Desk, attempt: Attempt) -> Puzzle | None:
    """The puzzle for the form of a parent's password, where one is asked before a try at this address from here; whether anybody has it or not."""
    return await puzzles.asked(desk.floor, _form(attempt), _network(desk), _suspect(desk, attempt.email).key)


def _form(attempt: Attempt) -> str:
    return f"parent {attempt.id}"


def _suspect(desk: Desk, email: str) -> Suspect:
    return Suspect(desk.floor.keyring.mac("token", "throttle", "parent from anywhere", email))


async def _account(desk: Desk, email: str, password: str) -> Account | None:
    """The parent's account, if the password is its own; the same work for an address that nobody entered (C-313)."""
    floor = desk.floor
    account = await parents.account(floor.database.hot, email)
    known = account.hash if account else None
    longest = floor.settings.password_max_length
    right = await desk.hasher.verify(password[:longest], known) and len(password) <= longest
    if account is None or known is None or not right:
        await _note(desk, "signin.failed", by=account.ledger_id if account else "unknown", way="parent")
        return None
    if desk.hasher.outdated(known):
        renewed = await desk.hasher.hash(password)
        async with floor.database.begin() as db:
            await parents.rehash(db, account.id, old=known, new=renewed)
    return account


async def choose_school(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """One of the schools of a parent's children; whether it is one of them is checked at the next step."""
    return replace(attempt, school_id=_number(form, "school"), child_id=None)


async def choose_child(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A tile: only of a child at whom this parent's address stands, and that can sign in here. Anybody else's number changes nothing."""
    children = await flow.children_of(desk.floor, attempt)
    wanted = replace(attempt, child_id=_number(form, "child"), wrong=None, wait=0)
    chosen = home_child(wanted, Known(here=(), children=children))
    return replace(wanted, school_id=chosen.school_id) if chosen else attempt


async def give_secret(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The child's PIN (`pin`) or pictures (`picked`); or, with a code, that it signs in with the other `kind`."""
    home = attempt.home or Home()
    given = form.get("picked") or form.get("pin", "").strip()
    if home.code is not None and not given and "kind" in form:
        return replace(attempt, home=replace(home, kind=_kind(form["kind"])), wrong=None)
    if home.code is not None:
        return await _by_code(desk, attempt, home.code, given)
    chosen = home_child(attempt, Known(here=(), children=await flow.children_of(desk.floor, attempt)))
    return attempt if chosen is None else await _of_parent(desk, attempt, chosen, given)


async def _by_code(desk: Desk, attempt: Attempt, code: str, given: str) -> Attempt:
    floor, mark = desk.floor, bytes.fromhex(code)
    counter = tries.by_code(floor.keyring, mark)
    if waits := await _waits(desk, counter, throttle.CHILD):
        return _must_wait(desk, attempt, waits)
    found = await home_codes.find(floor.database.hot, mark, today=flow.today(floor.now))
    child = found.child if found else None
    if not _fits(floor.keyring, child, given) or found is None:
        return await _wrong(desk, attempt, child, found.school_id if found else None)
    await throttle.passed(floor.store, counter)
    if reason := next((code for code, holds in _conditions(found) if not holds), None):
        await _note(desk, "signin.failed", by=found.child.ledger_id, school_id=found.school_id, way="home_code")
        home = replace(attempt.home or Home(), stopped=reason)
        return replace(attempt, home=home, school_id=found.school_id, wrong=None, wait=0)
    return await _proven(desk, attempt, found.child, found.school_id, way="home_code")


def _conditions(found: Found) -> tuple[tuple[str, bool], ...]:
    """What must hold beside a right code and secret, and the name of what the child reads where it does not (R127, D29)."""
    return ("expired", found.live), ("inactive", found.present), ("network", found.way == "here")


async def _of_parent(desk: Desk, attempt: Attempt, chosen: Child, given: str) -> Attempt:
    floor, parent_id = desk.floor, (attempt.home or Home()).parent_id or 0
    counter = tries.by_parent(floor.keyring, parent_id, chosen.person_id)
    if waits := await _waits(desk, counter, throttle.CHILD):
        return _must_wait(desk, attempt, waits)
    hot, today = floor.database.hot, flow.today(floor.now)
    child = await pupil_secrets.known(hot, chosen.school_id, chosen.person_id, today=today, standing=None)
    if child is None or not _fits(floor.keyring, child, given):
        return await _wrong(desk, attempt, child, chosen.school_id)
    await throttle.passed(floor.store, counter)
    return await _proven(desk, attempt, child, chosen.school_id, way="home_parent")


def _fits(keyring: Keyring, child: KnownChild | None, given: str) -> bool:
    """Whether this is the child's secret; for nobody something is opened and compared all the same."""
    if child is not None and child.sealed is not None:
        return pupil_secrets.fits(keyring, child, given)
    sealed = keyring.seal(b"nobody has this secret", bound_to="pupil_secrets.sealed.0", purpose="pin")
    pupil_secrets.fits(keyring, KnownChild(0, 0, "", "pin", sealed), given)
    return False


async def _wrong(desk: Desk, attempt: Attempt, child: KnownChild | None, school_id: int | None) -> Attempt:
    await throttle.failed(desk.floor.store, _network(desk), AT_HOME_OF_A_NETWORK)
    by = child.ledger_id if child else "unknown"
    await _note(desk, "signin.failed", by=by, school_id=school_id, way="home")
    return replace(attempt, wrong="secret", wait=0)


async def _proven(desk: Desk, attempt: Attempt, child: KnownChild, school_id: int, *, way: str) -> Attempt:
    if not child.used:
        await pupil_secrets.begin_use(desk.floor.database.hot, child.person_id, now=desk.floor.now)
    await _note(desk, "signin.passed", by=child.ledger_id, school_id=school_id, way=way)
    proof = Proof(child.person_id, "pupil", child.epoch, _seconds(desk), (sessions.HOME, "pin"))
    calm = replace(attempt, school_id=school_id, child_id=child.person_id, wrong=None, wait=0, session=None)
    return replace(calm, proof=proof, email="")


async def _waits(desk: Desk, counter: bytes, policy: Policy) -> int:
    """Asks for one try at a child's secret at home: the seconds to wait, or 0. A child is asked for no work."""
    return await throttle.enter(desk.floor.store, counter, policy, crowd=_network(desk), worked=True)


def _network(desk: Desk) -> bytes:
    return desk.floor.keyring.mac("token", "throttle", "network at home", desk.visitor.network)


def _must_wait(desk: Desk, attempt: Attempt, seconds: int) -> Attempt:
    if seconds == throttle.NEEDS_WORK:
        return replace(attempt, wrong="work", wait=0)
    return replace(attempt, wrong="wait", wait=_seconds(desk) + seconds)


def _seconds(desk: Desk) -> int:
    return int(desk.floor.now.timestamp())


def _number(form: Form, name: str) -> int | None:
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _note(desk: Desk, action: str, *, by: str, way: str, school_id: int | None = None) -> None:
    hot, now = desk.floor.database.hot, desk.floor.now
    await ledger.note(hot, action, now=now, by=by, school_id=school_id, subject=by, detail={"way": way})
