"""What a person answers at each step, and what that does to the attempt.

Choices stand here, secrets in `proofs`. An answer never decides which step comes next; a choice that the pages did not offer changes nothing.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from directory import people
from idp.core.frozen import replace
from idp.credentials import terms
from idp.signin import card_proofs, home, passkey_proofs, proofs, reference
from idp.signin.attempts import Attempt, Home, Network
from idp.signin.desk import Desk, Form, number
from idp.signin.steps import Known, Step, known_way, next_step

Answer = Callable[[Desk, Attempt, Form], Awaitable[Attempt]]


class Tile(NamedTuple):
    """What the door of a tile names: a school of a parent's children, or one at this address; a group; a child."""

    home: int | None
    school: int | None
    group: int | None
    child: int | None


def choose_way(attempt: Attempt, way: str, *, upstream_id: int | None) -> Attempt:
    """Pupil, staff or home; or the network provider that this browser knows. Anything else opens the question again."""
    anew = replace(attempt, school_id=None, group_id=None, child_id=None, was_id=None, home=None)
    if way == "network" and upstream_id is not None:
        return replace(anew, way="network", ask_way=False, network=Network(upstream_id))
    known = known_way(way)
    return replace(anew, way=known, ask_way=known is None, network=None)


def go_in(attempt: Attempt, door: str, *, upstream_id: int | None) -> Attempt | None:
    """The attempt behind a door that an address names: a way in, an earlier choice again, the card, a tile, or the child that was here. None for
    what is no door.

    Which door proves nothing: it is kept when an answer is given behind it, and until then the back button leads to the doors again.
    """
    tile = tile_of(door)
    if tile is None and door not in {"network", "parent", "same", *EARLIER} and known_way(door) is None:
        return None
    if attempt.proof is not None or (door == attempt.way and door != "home"):
        return attempt
    if tile is not None:
        return _go_to(attempt, tile)
    if door in EARLIER:
        goes = attempt if door == "ways" else _as_child(attempt)
        return goes if door == "card" and goes.card and goes.way == attempt.way else step_back(goes, EARLIER[door])
    if door == "parent":
        return _as_parent(attempt)
    if door == "same":
        return _same_child(attempt)
    return choose_way(attempt, door, upstream_id=upstream_id)


def _as_parent(attempt: Attempt) -> Attempt:
    """At the question for a parent's address and password; who gave them may give others."""
    asked = Home(as_parent=True)
    if attempt.way == "home" and attempt.home == asked:
        return attempt
    return replace(choose_way(attempt, "home", upstream_id=None), home=asked, wrong=None, wait=0)


def _as_child(attempt: Attempt) -> Attempt:
    """Whoever was here before and went another way, as far as a wrong password: behind the doors of children is a child."""
    goes = attempt if attempt.way in {None, "pupil"} else choose_way(attempt, "pupil", upstream_id=None)
    return replace(goes, way="pupil", ask_way=False)


def _same_child(attempt: Attempt) -> Attempt:
    """ "Ben jij Noor?" Yes: only her secret is asked."""
    if attempt.was_id is None:
        return attempt
    return replace(attempt, was_id=None, child_id=attempt.was_id, card=False, wrong=None, wait=0)


def _go_to(attempt: Attempt, tile: Tile) -> Attempt:
    """At a tile: of a school or a group, of which nothing is shown to who stands elsewhere; of a school, to a parent who is proven; or of a child,
    which is shown only if it is among the tiles of that group, or of that parent."""
    if tile.home is not None:
        if attempt.home is None or attempt.home.parent_id is None:
            return attempt
        chosen = replace(attempt, school_id=tile.home, child_id=tile.child)
    else:
        goes = replace(_as_child(attempt), group_id=tile.group, child_id=tile.child, was_id=None, card=False)
        chosen = goes if tile.school is None else replace(goes, school_id=tile.school)
    same = tile.child is not None and tile.child == attempt.tried
    return chosen if same else replace(chosen, tried=None, wrong=None, wait=0)


def come_out(attempt: Attempt, door: str) -> Attempt:
    """The attempt as it is kept when a child mistook itself behind its door: the address alone still says which child it is, and where."""
    tile = tile_of(door)
    at_school = attempt.way != "home" and (tile is None or tile.school is None)
    out = replace(attempt, child_id=None, tried=attempt.child_id, school_id=attempt.school_id if at_school else None)
    return out if attempt.way == "home" else replace(out, group_id=attempt.recalled)


def tile_door(group_id: int | None, child_id: int | None = None, *, school_id: int | None = None) -> str:
    """The door of a group, or of a child that is one of its tiles; with the school where that was chosen just before."""
    group = f"group-{group_id}" if child_id is None else f"group-{group_id}-child-{child_id}"
    return group if school_id is None else f"{school_door(school_id)}-{group}"


def school_door(school_id: int) -> str:
    """The door of the groups of a school, which is one of several at its address."""
    return f"at-{school_id}"


def home_door(school_id: int, child_id: int | None = None) -> str:
    """The door of a parent's children at a school, or of one of them."""
    return f"school-{school_id}" if child_id is None else f"school-{school_id}-child-{child_id}"


def tile_of(door: str) -> Tile | None:
    """The tile whose door this is, or None."""
    found = _TILE_DOOR.fullmatch(door)
    if found is None:
        return None
    home, own, at, group, child, school = (int(number) if number else None for number in found.groups())
    return Tile(home, at if school is None else school, group, own if child is None else child)


_ID: Final = "([0-9]{1,18})"
_TILE_DOOR: Final = re.compile(f"school-{_ID}(?:-child-{_ID})?|(?:at-{_ID}-)?group-{_ID}(?:-child-{_ID})?|at-{_ID}")
EARLIER: Final = {
    "ways": Step.WAY,
    "schools": Step.SCHOOL,
    "groups": Step.GROUP,
    "tiles": Step.CHILD,
    "other": Step.SAME_CHILD,
    "card": Step.CARD,
}
"""Doors to an earlier choice, or to the card in the place of all; what was chosen stays until something else is answered there."""


async def prove(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """An address and a password, or a passkey that counts for both steps."""
    with_passkey = "passkey" in form
    return await (passkey_proofs.sign_in if with_passkey else proofs.give_password)(desk, attempt, form)


async def confirm(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The second step: a passkey, a code of the app, or a recovery code."""
    return await (passkey_proofs.confirm if "passkey" in form else proofs.give_code)(desk, attempt, form)


async def enrol(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The first second factor: a passkey or an app."""
    return await (passkey_proofs.enrol if "passkey" in form else proofs.enrol)(desk, attempt, form)


async def choose_workplace(_: Desk, attempt: Attempt, form: Form) -> Attempt:
    """One of the schools where this person works; whether it is one of them is checked at the next step."""
    return replace(attempt, school_id=number(form, "workplace"))


async def read_terms(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The person read the *gebruikersovereenkomst*, if it is the present version that the form showed."""
    proof, floor = attempt.proof, desk.floor
    if proof is None or form.get("terms") != terms.VERSION:
        return attempt
    async with floor.database.begin() as db:
        _, by = await people.identity(db, proof.person_id)
        await terms.record(db, proof.person_id, by=by, now=floor.now)
    return replace(attempt, terms_read=proof.person_id)


async def ask_network_again(_: Desk, attempt: Attempt, _form: Form) -> Attempt:
    """Back to the network provider, which may bring somebody else this time."""
    network = attempt.network
    return replace(attempt, network=replace(network, refused=None)) if network is not None else attempt


async def play(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The reference person whom a contact of the party plays from here on."""
    return await reference.play(desk.floor, attempt, desk.visitor, number(form, "person"), trial=form.get("trial"))


async def give_up(_: Desk, attempt: Attempt, _form: Form) -> Attempt:
    """Back to the party, which is told no."""
    return replace(attempt, given_up=attempt.question is not None)


ANSWERS: dict[str, Answer] = {
    Step.CARD: card_proofs.give_card,
    Step.HOME: home.begin,
    Step.PARENT: home.give_password,
    Step.HOME_SECRET: home.give_secret,
    Step.SECRET: proofs.give_secret,
    Step.PASSWORD: prove,
    Step.ENROL: enrol,
    Step.SECOND_FACTOR: confirm,
    Step.KEEP_CODES: proofs.keep_codes,
    Step.TERMS: read_terms,
    Step.WORKPLACE: choose_workplace,
    Step.NETWORK_REFUSED: ask_network_again,
    Step.REFERENCE: play,
    Step.REFUSED: give_up,
}
"""The answers that pages may give, by the step whose form they come from."""


BEFORE_PROOF = frozenset(
    {
        Step.HOME,
        Step.HOME_STOPPED,
        Step.PARENT,
        Step.HOME_SECRET,
        Step.NETWORK_REFUSED,
        Step.NOT_HERE,
        Step.CARD,
        Step.GROUP,
        Step.CHILD,
        Step.SECRET,
        Step.PASSWORD,
    }
)


NEED_NOTHING = frozenset({Step.GROUP})
"""Answers before a proof that only choose: what is true about it is looked at where the next page is shown."""


def counts(attempt: Attempt, known: Known, step: str) -> bool:
    """Whether an answer to this step still means something (C-317).

    Until somebody is proven, the back button may open an earlier page again. Afterwards only the present step is answered: the form of another
    one, however rightly it was come by, neither skips what is due nor puts somebody else in the middle of it.
    """
    return step == next_step(attempt, known) or (attempt.proof is None and step in BEFORE_PROOF)


TO_THE_PARTY = "party"


def step_back(attempt: Attempt, to: str) -> Attempt:
    """An earlier choice made open again, or the card in the place of all choices. Proofs stay: going back undoes no secret and skips none."""
    if attempt.proof is not None:
        return attempt
    if to == TO_THE_PARTY:
        # C-101: who did not mean to come here goes back, and the party hears that nobody signed in.
        return replace(attempt, given_up=attempt.question is not None and attempt.question.asked)
    calm = replace(attempt, child_id=None, wrong=None, wait=0, card=to == Step.CARD)
    if to in {Step.CARD, Step.CHILD}:
        return calm
    if to in {Step.SCHOOL, Step.GROUP}:
        school_id = None if to == Step.SCHOOL else attempt.school_id
        return replace(calm, school_id=school_id, group_id=None, was_id=None)
    if to == Step.SAME_CHILD:
        # Somebody else than who was here: at the tiles that this device knows, or the groups.
        return replace(calm, group_id=attempt.recalled, was_id=None)
    if to == Step.HOME:
        return replace(calm, home=None, school_id=None)
    if to == Step.WAY:
        anew = replace(calm, group_id=None, home=None, network=None, school_id=None, was_id=None)
        return replace(anew, way=None, ask_way=True)
    return attempt
