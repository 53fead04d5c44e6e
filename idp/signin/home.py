"""Answers at home: a login code or a parent's password, then the child's own secret (D3, R123, R132).

A code that nobody has, one that is over and one whose child is inactive lead to the same pages at the same cost as a good one: what is wrong is told
only to who gives the right secret. Wrong tries are counted per code, per parent's child, per address and per network (D2).
"""

from typing import Final

from idp.core import throttle
from idp.core.crypto import Keyring
from idp.core.frozen import replace
from idp.core.throttle import Policy
from idp.credentials import home_codes, parents, pupil_secrets
from idp.credentials.home_codes import Found
from idp.credentials.parents import Child
from idp.credentials.pupil_secrets import KnownChild
from idp.signin import flow, password_proofs, sessions, tries
from idp.signin.attempts import Attempt, Home, Proof
from idp.signin.desk import Desk, Form, must_wait, note
from idp.signin.password_proofs import Accounts
from idp.signin.steps import Known, home_child

KINDS = ("pin", "pictures")

AT_HOME_OF_A_NETWORK = Policy(free=2000, first_pause=1, longest_pause=30, most=100_000, window=3600, easy=500)
"""A provider's address stands for thousands of families, each of whom passes it a few times in an evening."""

AT_HOME: Final = "network at home"
PARENTS: Final = Accounts(
    way="parent",
    crowd=AT_HOME,
    of_a_network=AT_HOME_OF_A_NETWORK,
    known=parents.account,
    rehash=lambda db, account, old, new: parents.rehash(db, account.id, old=old, new=new),
)


async def begin(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A code, typed with what the child signs in with at school.

    What cannot be a code at all is told at once: its length and letters are no secret. Whether somebody has a code is not asked here.
    """
    attempt = replace(attempt, school_id=None, child_id=None, wrong=None, wait=0)
    code = home_codes.read(form.get("code", ""))
    if code is None:
        return replace(attempt, home=None, wrong="home_code")
    mark = home_codes.lookup(desk.floor.keyring, code).hex()
    return replace(attempt, home=Home(code=mark, kind=_kind(form.get("kind", ""))))


def _kind(text: str) -> str:
    return text if text in KINDS else KINDS[0]


async def give_password(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A parent's address and password. Raises `Problem("busy")`, which costs no try."""
    # Whoever was proven in this attempt before is not who tries now.
    asked = Home(as_parent=True)
    attempt = replace(attempt, email=password_proofs.address(form), home=asked, child_id=None, school_id=None)
    attempt, account = await password_proofs.give(desk, attempt, form, PARENTS)
    if account is None:
        return attempt
    async with desk.floor.database.begin() as db:
        await parents.note_use(db, account.id, now=desk.floor.now)
    home = Home(as_parent=True, parent_id=account.id, epoch=account.epoch, at=desk.seconds)
    return replace(attempt, home=home)


async def give_secret(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The child's PIN (`pin`) or pictures (`picked`); or, with a code, that it signs in with the other `kind`."""
    home = attempt.home or Home()
    given = form.get("picked") or form.get("pin", "").strip()
    if home.code is not None and not given and "kind" in form:
        return replace(attempt, home=replace(home, kind=_kind(form["kind"])), wrong=None)
    if home.code is not None:
        return await _by_code(desk, attempt, home.code, given)
    chosen = await _chosen(desk, attempt)
    return attempt if chosen is None else await _of_parent(desk, attempt, chosen, given)


async def _chosen(desk: Desk, attempt: Attempt) -> Child | None:
    """The chosen one of the parent's children, as long as it is (still) one of them."""
    return home_child(attempt, Known(here=(), children=await flow.children_of(desk.floor, attempt)))


async def _by_code(desk: Desk, attempt: Attempt, code: str, given: str) -> Attempt:
    floor, mark = desk.floor, bytes.fromhex(code)
    counter = tries.by_code(floor.keyring, mark)
    if waits := await _waits(desk, counter, throttle.CHILD):
        return must_wait(desk, attempt, waits)
    found = await home_codes.find(floor.database.hot, mark, today=flow.today(floor.now))
    child = found.child if found else None
    if not _fits(floor.keyring, child, given) or found is None:
        return await _wrong(desk, attempt, child, found.school_id if found else None)
    throttle.passed(floor.store, counter)
    if reason := next((code for code, holds in _conditions(found) if not holds), None):
        await note(desk, "signin.failed", by=found.child.ledger_id, school_id=found.school_id, way="home_code")
        home = replace(attempt.home or Home(), stopped=reason, group_id=found.group_id)
        return replace(attempt, home=home, school_id=found.school_id, wrong=None, wait=0)
    return await _proven(desk, attempt, found.child, found.school_id, way="home_code")


def _conditions(found: Found) -> tuple[tuple[str, bool], ...]:
    """What must hold beside a right code and secret, and the name of what the child reads where it does not (R127, D29)."""
    return ("expired", found.live), ("inactive", found.present), ("network", found.way == "here")


async def _of_parent(desk: Desk, attempt: Attempt, chosen: Child, given: str) -> Attempt:
    floor, parent_id = desk.floor, (attempt.home or Home()).parent_id or 0
    counter = tries.by_parent(floor.keyring, parent_id, chosen.person_id)
    if waits := await _waits(desk, counter, throttle.CHILD):
        return must_wait(desk, attempt, waits)
    hot, today = floor.database.hot, flow.today(floor.now)
    child = await pupil_secrets.known(hot, chosen.school_id, chosen.person_id, today=today, standing=None)
    # Once more, after the epoch was read: an address that is taken away before this ends the attempt here, and the session after it.
    if await _chosen(desk, attempt) is None:
        return attempt
    if child is None or not _fits(floor.keyring, child, given):
        return await _wrong(desk, attempt, child, chosen.school_id)
    throttle.passed(floor.store, counter)
    return await _proven(desk, attempt, child, chosen.school_id, way="home_parent")


def _fits(keyring: Keyring, child: KnownChild | None, given: str) -> bool:
    """Whether this is the child's secret; for nobody something is opened and compared all the same."""
    if child is not None and child.sealed is not None:
        return pupil_secrets.fits(keyring, child, given)
    sealed = keyring.seal(b"nobody has this secret", bound_to="pupil_secrets.sealed.0", purpose="pin")
    pupil_secrets.fits(keyring, KnownChild(0, 0, "", "pin", sealed), given)
    return False


async def _wrong(desk: Desk, attempt: Attempt, child: KnownChild | None, school_id: int | None) -> Attempt:
    await throttle.failed(desk.floor.store, desk.network(AT_HOME), AT_HOME_OF_A_NETWORK)
    by = child.ledger_id if child else "unknown"
    await note(desk, "signin.failed", by=by, school_id=school_id, way="home")
    return replace(attempt, wrong="secret", wait=0)


async def _proven(desk: Desk, attempt: Attempt, child: KnownChild, school_id: int, *, way: str) -> Attempt:
    if not child.used:
        await pupil_secrets.begin_use(desk.floor.database.hot, child.person_id, now=desk.floor.now)
    await note(desk, "signin.passed", by=child.ledger_id, school_id=school_id, way=way)
    proof = Proof(child.person_id, "pupil", child.epoch, desk.seconds, (sessions.HOME, "pin"))
    calm = replace(attempt, school_id=school_id, child_id=child.person_id, wrong=None, wait=0, session=None)
    return replace(calm, proof=proof, email="")


async def _waits(desk: Desk, counter: bytes, policy: Policy) -> int:
    """Asks for one try at a child's secret at home: the seconds to wait, or 0. A child is asked for no work."""
    return await throttle.enter(desk.floor.store, counter, policy, crowd=desk.network(AT_HOME), worked=True)
