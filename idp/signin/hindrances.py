"""Why somebody cannot sign in: facts about one person at one school, answered in the order in which a coordinator would look. Pure.

An answer is a key of words, never a name, an address, a secret or an ECK-iD; only `names` tells parties, and only the school's own coordinator
may be shown those (D37).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

State = Literal["done", "open", "aside"]
"""In order; in the way; or neither, but good to know."""
Mend = Literal[
    "imports",
    "import_new",
    "coupling",
    "return",
    "address",
    "held",
    "activation",
    "child",
    "second_step",
    "again",
    "parties",
    "networks",
    "test",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSchool:
    """What counts for everybody of the school. `networks` are the ways in by a network provider that it ticked."""

    networks: tuple[str, ...] = ()
    coupling: Literal["none", "refused", "unfinished", "manual", "automatic"] = "none"
    newest_import: str | None = None
    agreement: bool = True
    ticked: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one person at one school; moments are days in Amsterdam.

    `activated`: a password, or a pupil's secret. `used`: a pupil signed in with it. `called`: a network provider has a name for this person.
    `waits`: seconds until the next try.
    """

    school: AtSchool
    kind: Literal["pupil", "staff"]
    present: bool
    left_on: date | None = None
    group: bool = False
    hidden: bool = False
    in_administration: bool = True
    address: bool = False
    mail_held: bool = False
    activated: bool = False
    used: bool = False
    secret: Literal["pictures", "pin"] | None = None
    second_factor: bool = False
    second_factor_due: bool = False
    called: bool = False
    excluded: tuple[str, ...] = ()
    waits: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: what was looked at, what is so, whether it is in the way, and what mends it."""

    what: str
    said: str
    state: State
    mend: Mend | None = None
    count: int = 0
    names: tuple[str, ...] = ()
    on: date | None = None


def _listed(facts: Facts) -> Answer:
    """In the list of the school, today."""
    if facts.kind == "staff":
        if facts.present:
            return Answer("listed", "staff", "done")
        return Answer("listed", "staff_left", "open", "return", on=facts.left_on)
    if not facts.present:
        return Answer("listed", "pupil_left", "open", "imports", on=facts.left_on)
    if not facts.group:
        return Answer("listed", "no_group", "open", "imports")
    if facts.hidden:
        return Answer("listed", "hidden", "aside", "child")
    return Answer("listed", "pupil", "done")


def _address(facts: Facts) -> Answer | None:
    """Staff are mailed and recognised by their address (R80); a child has none."""
    if facts.kind == "pupil":
        return None
    if not facts.address:
        return Answer("address", "none", "open", "address")
    if facts.mail_held:
        return Answer("address", "held", "open", "held")
    return Answer("address", "known", "done", "address")


def _activated(facts: Facts) -> Answer:
    """R81, R82: a password of one's own; a child has a secret from its teacher. By a network provider neither is needed (R83)."""
    by_network = bool(facts.school.networks)
    if facts.kind == "pupil":
        if not facts.activated:
            return Answer("activated", "no_secret", "aside" if by_network else "open", "child")
        return Answer("activated", "pupil" if facts.used else "unused", "done" if facts.used else "aside", "child")
    if facts.activated:
        return Answer("activated", "staff", "done")
    if by_network:
        return Answer("activated", "not_needed", "aside", names=facts.school.networks)
    # Whether a link is on its way is not told: who has an account elsewhere was mailed something else (D14).
    return Answer("activated", "not_yet", "open", "activation" if facts.address and not facts.mail_held else None)


def _network(facts: Facts) -> Answer:
    """Whether the school's network provider can bring this person (D35)."""
    if not facts.school.networks:
        return Answer("network", "none", "aside")
    if facts.called:
        return Answer("network", "known", "done", names=facts.school.networks)
    if facts.kind == "staff":
        return Answer("network", "staff_unknown", "aside", names=facts.school.networks)
    return Answer("network", "unknown", "open", names=facts.school.networks)


def _coupling(facts: Facts) -> Answer:
    """Whether the list is as new as the administration (R22 to R25, R33)."""
    if facts.school.newest_import == "held":
        return Answer("coupling", "held", "open", "imports")
    if facts.school.newest_import == "failed":
        return Answer("coupling", "failed", "open", "imports")
    if not facts.in_administration:
        return Answer("coupling", "by_hand", "aside")
    said: dict[str, tuple[State, Mend]] = {
        "none": ("aside", "import_new"),
        "refused": ("open", "coupling"),
        "unfinished": ("open", "coupling"),
        "manual": ("aside", "import_new"),
        "automatic": ("done", "coupling"),
    }
    state, mend = said[facts.school.coupling]
    return Answer("coupling", facts.school.coupling, state, mend)


def _tick(facts: Facts) -> Answer:
    """Whether the school lets anything leave, and for this person (R60, R71)."""
    if not facts.school.agreement:
        return Answer("tick", "no_agreement", "open")
    if not facts.school.ticked:
        return Answer("tick", "none", "open", "parties")
    if facts.excluded:
        return Answer("tick", "excluded", "open", "parties", count=len(facts.excluded), names=facts.excluded)
    return Answer("tick", "ticked", "done", "parties", count=facts.school.ticked)


def _way(facts: Facts) -> Answer | None:
    """With what one signs in; a second step that was lost is given back by a coordinator (D38)."""
    if facts.kind == "pupil":
        return Answer("way", facts.secret, "done", "child") if facts.secret else None
    if facts.second_factor:
        return Answer("way", "two_steps", "done", "second_step")
    return Answer("way", "two_steps_due", "aside") if facts.second_factor_due else Answer("way", "password", "done")


def _tries(facts: Facts) -> Answer:
    """Wrong tries only slow down (D2). Of staff they count per device and network, so that nobody else can see a pause."""
    if facts.kind == "staff":
        return Answer("tries", "staff", "aside")
    if facts.waits:
        return Answer("tries", "waits", "open", "again", count=-(-facts.waits // 60))
    return Answer("tries", "none", "done")


def _place(facts: Facts) -> Answer:
    """R108: a pupil signs in on a network or a device of the school; staff anywhere."""
    if facts.kind == "staff":
        return Answer("place", "anywhere", "done")
    if not facts.school.places:
        return Answer("place", "none", "aside" if facts.school.networks else "open", "networks")
    return Answer("place", "some", "done", "test", count=facts.school.places)


CHECKS: Final[tuple[Callable[[Facts], Answer | None], ...]] = (
    _listed,
    _address,
    _activated,
    _network,
    _coupling,
    _tick,
    _way,
    _tries,
    _place,
)


OF_WHO_IS_HERE: Final = frozenset({_activated, _network, _way, _tries})
"""What belongs to the person: of who left it may be as another school made it since, and is nobody's business here (D14)."""


def answers(facts: Facts) -> tuple[Answer, ...]:
    """Every answer that there is about this person, in order."""
    checks = [check for check in CHECKS if facts.present or check not in OF_WHO_IS_HERE]
    return tuple(answer for check in checks if (answer := check(facts)) is not None)
