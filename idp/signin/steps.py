"""Which step comes next. Pure, and the only place that decides it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from idp.credentials.parents import Child
from idp.signin.assurance import level_of
from idp.signin.attempts import Attempt, Home, Way
from idp.signin.facts import Facts
from idp.signin.question import Question
from idp.signin.sessions import NETWORK


def known_way(text: str) -> Way | None:
    """A way in by its name, None for any other text."""
    return next((way for way in WAYS if way == text), None)


WAYS: tuple[Way, ...] = ("pupil", "staff", "home")


class Step(StrEnum):
    """A page of the journey, or its end."""

    WAY = "way"
    HOME = "home"
    HOME_STOPPED = "home_stopped"
    PARENT = "parent"
    HOME_SCHOOL = "home_school"
    HOME_CHILD = "home_child"
    HOME_SECRET = "home_secret"  # noqa: S105 - the name of a step
    NETWORK = "network"
    NETWORK_REFUSED = "network_refused"
    NOT_HERE = "not_here"
    CARD = "card"
    SCHOOL = "school"
    SAME_CHILD = "same_child"
    GROUP = "group"
    CHILD = "child"
    SECRET = "secret"  # noqa: S105 - the name of a step
    PASSWORD = "password"  # noqa: S105 - the name of a step
    ENROL = "enrol"
    SECOND_FACTOR = "second_factor"
    KEEP_CODES = "keep_codes"
    TERMS = "terms"
    WORKPLACE = "workplace"
    REFERENCE = "reference"
    REFUSED = "refused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules may look at beside the attempt: schools at this address, the person's workplaces, the facts about the person.

    `children` are those at whom a parent's address was entered, once that parent is proven.

    `supposed`: nobody looked yet whether the school is at this address; whoever shows something of it, or compares a secret, does.
    """

    here: tuple[int, ...]
    workplaces: tuple[int, ...] = ()
    facts: Facts | None = None
    supposed: bool = False
    children: tuple[Child, ...] = ()


Rule = Callable[[Attempt, Known], bool]


def needs_way(a: Attempt, k: Known) -> bool:
    """Nobody knows who this is: ask. On a school's network it is a child until somebody says otherwise."""
    return a.proof is None and a.way is None and (a.ask_way or not k.here)


def stopped_at_home(a: Attempt, _: Known) -> bool:
    """The child is known by its secret, and cannot sign in at home: it reads why (R127)."""
    home = _home(a)
    return home is not None and home.stopped is not None


def asks_parent(a: Attempt, _: Known) -> bool:
    """A parent's address and password come before any child is shown (R132)."""
    home = _home(a)
    return home is not None and home.as_parent and home.parent_id is None


def asks_home(a: Attempt, _: Known) -> bool:
    """Home was chosen, and neither a code nor a parent is there."""
    home = _home(a)
    return home is not None and home.code is None and home.parent_id is None


def needs_home_school(a: Attempt, k: Known) -> bool:
    """A parent of children at two schools chooses one first (D29)."""
    schools = {child.school_id for child in k.children}
    return _home(a) is not None and len(schools) > 1 and a.school_id not in schools


def needs_home_child(a: Attempt, k: Known) -> bool:
    """A proven parent sees the tiles of the own children, and of nobody else's."""
    home = _home(a)
    return home is not None and home.parent_id is not None and home_child(a, k) is None


def needs_home_secret(a: Attempt, _: Known) -> bool:
    """At home as at school: nothing is opened without the child's own secret (R113)."""
    return _home(a) is not None


def refused_by_network(a: Attempt, _: Known) -> bool:
    """The network provider brought nobody, or nobody whom we may let in that way: the page says who can help."""
    return _goes_by_network(a) and a.network is not None and a.network.refused is not None


def needs_network(a: Attempt, _: Known) -> bool:
    """The network provider is to prove the person (D35)."""
    return _goes_by_network(a)


def is_elsewhere(a: Attempt, k: Known) -> bool:
    """A child on a network that is not the school's (R108)."""
    return _is_child(a) and (a.school_id not in k.here if a.school_id is not None else not k.here)


def shows_card(a: Attempt, _: Known) -> bool:
    """A child shows its card, which says who it is and of which school."""
    return _is_child(a) and (a.card_device if a.card is None else a.card)


def needs_school(a: Attempt, k: Known) -> bool:
    """One address may belong to several schools (D24)."""
    return _is_child(a) and a.school_id is None and len(k.here) > 1


def may_be_same_child(a: Attempt, _: Known) -> bool:
    """A child's session was found on this device: is it the same child (D23)?"""
    return _is_child(a) and a.was_id is not None


def needs_group(a: Attempt, _: Known) -> bool:
    """The group comes before the tile, unless the child is known."""
    return _is_child(a) and a.child_id is None and a.group_id is None


def needs_child(a: Attempt, _: Known) -> bool:
    """The tile comes before the secret."""
    return _is_child(a) and a.child_id is None


def needs_secret(a: Attempt, _: Known) -> bool:
    """The child is known but not proven."""
    return _is_child(a)


def needs_password(a: Attempt, _: Known) -> bool:
    """Staff prove themselves with a password first."""
    return a.proof is None


def needs_password_again(a: Attempt, k: Known) -> bool:
    """Who must enrol a second factor gives the password in the same breath: an old session is not enough, nor a network provider's word (C-315,
    C-317)."""
    return needs_enrolment(a, k) and a.proof is not None and (not a.proof.fresh or NETWORK in a.proof.ways)


def needs_enrolment(a: Attempt, k: Known) -> bool:
    """A second factor is due and there is none yet: this page and no other (D7, C-317)."""
    return _second_is_due(a, k) and k.facts is not None and not k.facts.enrolled


def needs_second_factor(a: Attempt, k: Known) -> bool:
    """A second factor is due."""
    return _second_is_due(a, k)


def owes_codes(a: Attempt, _: Known) -> bool:
    """Fresh recovery codes were not confirmed as kept."""
    return a.owed_codes is not None


def owes_terms(a: Attempt, _: Known) -> bool:
    """A member of staff who signs in has not read the present *gebruikersovereenkomst*. Who is signed in already is left in peace."""
    return a.proof is not None and a.proof.kind == "staff" and a.proof.fresh and a.terms_read != a.proof.person_id


def needs_workplace(a: Attempt, k: Known) -> bool:
    """A person known at several schools chooses one (R6)."""
    return a.proof is not None and a.proof.kind == "staff" and a.school_id not in k.workplaces and len(k.workplaces) > 1


def plays_reference(a: Attempt, k: Known) -> bool:
    """A contact of the very party that asks, while it is under test: as which reference person?"""
    return a.question is not None and k.facts is not None and plays(a.question, k.facts)


def plays(question: Question, facts: Facts) -> bool:
    """Whether this is a contact of the very party that asks, while it is under test."""
    return question.under_test and facts.school_id is None and facts.contact_of == question.party_id


def is_refused(a: Attempt, k: Known) -> bool:
    """The school, the agreement, the party or the person's place there says no."""
    return not a.given_up and verdict(a, k) is not None


RULES: tuple[tuple[Rule, Step], ...] = (
    (needs_way, Step.WAY),
    (refused_by_network, Step.NETWORK_REFUSED),
    (needs_network, Step.NETWORK),
    (stopped_at_home, Step.HOME_STOPPED),
    (asks_parent, Step.PARENT),
    (asks_home, Step.HOME),
    (needs_home_school, Step.HOME_SCHOOL),
    (needs_home_child, Step.HOME_CHILD),
    (needs_home_secret, Step.HOME_SECRET),
    (is_elsewhere, Step.NOT_HERE),
    (shows_card, Step.CARD),
    (needs_school, Step.SCHOOL),
    (may_be_same_child, Step.SAME_CHILD),
    (needs_group, Step.GROUP),
    (needs_child, Step.CHILD),
    (needs_secret, Step.SECRET),
    (needs_password, Step.PASSWORD),
    # Before anything that is worth stealing: no session, no school, no refusal text without the second factor.
    (needs_password_again, Step.PASSWORD),
    (needs_enrolment, Step.ENROL),
    (needs_second_factor, Step.SECOND_FACTOR),
    (owes_codes, Step.KEEP_CODES),
    (owes_terms, Step.TERMS),
    (needs_workplace, Step.WORKPLACE),
    (plays_reference, Step.REFERENCE),
    (is_refused, Step.REFUSED),
)


def next_step(attempt: Attempt, known: Known) -> Step:
    """The step that this attempt is at."""
    if attempt.given_up:
        return Step.DONE
    return next((step for applies, step in RULES if applies(attempt, known)), Step.DONE)


def proven(step: Step) -> bool:
    """Whether everything about the person is proven at this step, so that a session may exist."""
    return step in {Step.REFERENCE, Step.REFUSED, Step.DONE}


def verdict(a: Attempt, k: Known) -> str | None:
    """Why the party gets no answer about this person; None when it may."""
    if a.proof is None or k.facts is None:
        return None
    if not k.facts.active:
        return "person.inactive"
    reached = level_of(a.proof.kind, a.proof.ways, second_factor=a.proof.second_at is not None)
    if a.question is not None and reached < a.question.least:
        return "assurance.unreachable"
    return k.facts.verdict


def home_child(a: Attempt, k: Known) -> Child | None:
    """The chosen one of a parent's children, if it is (still) one of them and can sign in at home."""
    at = (one for one in k.children if a.school_id in {None, one.school_id})
    return next((one for one in at if one.person_id == a.child_id and one.can), None)


def _home(a: Attempt) -> Home | None:
    return (a.home or Home()) if a.proof is None and a.way == "home" else None


def _goes_by_network(a: Attempt) -> bool:
    return a.proof is None and a.way == "network" and a.network is not None


def _is_child(a: Attempt) -> bool:
    return a.proof is None and a.way != "staff"


def _second_is_due(a: Attempt, k: Known) -> bool:
    if a.proof is None or k.facts is None or a.proof.second_at is not None or a.proof.kind != "staff":
        return False
    wanted = a.question is not None and a.question.least > level_of("staff", a.proof.ways, second_factor=False)
    return k.facts.needs_second or wanted
