"""What a reorganisation would do, as a value that pages and commands show before anything happens."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import orjson


class Fate(StrEnum):
    """What happens to a pupil."""

    MOVES = "moves"
    JOINS = "joins"
    BOTH = "both"
    STAYS = "stays"
    ENDS = "ends"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A pupil of one school who is, or may be, a pupil of the other. `name` and `other_name` are None for whoever may not see them.

    `knew_both` are the parties that knew two subjects and keep the older one (D19).
    """

    person_id: int
    school_id: int
    other_id: int
    other_school_id: int
    fate: Fate
    reason: str
    name: str | None = field(default=None, repr=False)
    other_name: str | None = field(default=None, repr=False)
    knew_both: tuple[int, ...] = ()

    @property
    def choice(self) -> str:
        """By what a merger's `choices` call this question."""
        return f"{self.person_id}-{self.other_id}"


@dataclass(frozen=True, slots=True)
class Notable:
    """Something to know beforehand: a code of `NOTABLE`, about which party or school if about one, and how many people."""

    code: str
    number: int = 0
    party_id: int | None = None
    school_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Numbers, meetings, what to know, and what stands in the way. `fingerprint` changes with every match and every doubt,
    not with whoever just goes along: a school lives on meanwhile."""

    kind: str
    counts: Mapping[str, int]
    meetings: tuple[Meeting, ...] = ()
    notable: tuple[Notable, ...] = ()
    obstacles: tuple[str, ...] = ()
    school_ids: tuple[int, ...] = ()
    fingerprint: str = ""

    def __post_init__(self) -> None:
        # Taken of the whole, and kept by whatever is made fit for somebody's eyes.
        if not self.fingerprint:
            told = sorted([m.person_id, m.other_id, m.fate, m.reason] for m in self.meetings)
            whole = orjson.dumps([self.kind, self.school_ids, told])
            object.__setattr__(self, "fingerprint", hashlib.sha256(whole).hexdigest())

    @property
    def doubts(self) -> tuple[Meeting, ...]:
        """The meetings about which somebody must say: the same child, or two."""
        return tuple(meeting for meeting in self.meetings if meeting.fate is Fate.DOUBTFUL)


def asked_as(rehearsal: Rehearsal, digest: str) -> Rehearsal:
    """The same with a fingerprint that also changes with what is asked for, of which this is the digest."""
    both = hashlib.sha256(f"{rehearsal.fingerprint} {digest}".encode()).hexdigest()
    return replace(rehearsal, fingerprint=both)


def blind(rehearsal: Rehearsal) -> Rehearsal:
    """The same without saying which party knows whom: what concerns several parties is one line with the largest number."""
    merged: dict[tuple[str, int | None], int] = {}
    for note in rehearsal.notable:
        place = note.code, note.school_id
        merged[place] = max(merged.get(place, 0), note.number)
    notable = tuple(Notable(code, number, school_id=school_id) for (code, school_id), number in merged.items())
    meetings = tuple(replace(meeting, knew_both=()) for meeting in rehearsal.meetings)
    return replace(rehearsal, notable=notable, meetings=meetings)


NOTABLE: Final[dict[str, tuple[str, str]]] = {
    "couplings_by_hand": (
        "De koppelingen van alle betrokken scholen staan op handmatig, tot het LAS klaar is.",
        "The couplings of all schools involved are on manual until the administration system is done.",
    ),
    "not_ticked": (
        "Deze partij kent leerlingen die meegaan, maar de nieuwe school heeft haar niet aangevinkt: inloggen daar stopt.",
        "This party knows pupils who go along, but the new school has not ticked it: signing in there stops.",
    ),
    "results_may_be_lost": (
        "Bij deze partij kunnen resultaten van deze leerlingen achterblijven bij de oude school. Bewaar ze eerst.",
        "At this party results of these pupils may stay behind with the old school. Save them first.",
    ),
    "knew_both": (
        "Partijen kennen deze kinderen twee keer; het oudste account blijft.",
        "Parties know these children twice; the older account stays.",
    ),
    "older_stays": (
        "Het oudste account blijft, met zijn pincode of wachtwoordplaatjes.",
        "The older account stays, with its PIN or secret pictures.",
    ),
    "matched_by_eckid_only": (
        "Leerlingen zonder ECK-iD krijgen in de nieuwe administratie een nieuwe sleutel: controleer hen bij de eerste import.",
        "Pupils without an ECK-iD get a new key in the new administration: check them at the first import.",
    ),
    "no_network": (
        "De nieuwe school heeft nog geen netwerkadres: leerlingen kunnen daar nog niet inloggen.",
        "The new school has no network address yet: pupils cannot sign in there yet.",
    ),
    "no_agreement": (
        "De nieuwe school heeft nog geen verwerkersovereenkomst: er gaat niets naar uitgeverijen.",
        "The new school has no processing agreement yet: nothing goes to publishers.",
    ),
    "new_shortcut": (
        "De snelkoppeling van de oude school vervalt; haar leerlingen krijgen de nieuwe.",
        "The old school's shortcut ends; its pupils get the new one.",
    ),
    "party_is_told": (
        "Deze partij krijgt bericht dat de school sluit.",
        "This party is told that the school closes.",
    ),
    "deleted_after": (
        "Na 30 dagen worden de persoonsgegevens voorgoed verwijderd.",
        "After 30 days the personal data are deleted for good.",
    ),
    "both_sides": (
        "De koppeling werkt pas weer als het LAS dezelfde nieuwe code stuurt.",
        "The coupling works again once the administration system sends the same new code.",
    ),
    "own_numbers": (
        "Dit zijn aantallen van uw eigen school.",
        "These are numbers of your own school.",
    ),
    "seen_together": (
        "Welke leerlingen op beide scholen staan, ziet u als alle scholen ja hebben gezegd. Daarna vragen wij uw ja nog een keer.",
        "Which pupils are at both schools you see once all schools said yes. After that we ask for your yes once more.",
    ),
    "imports_final": (
        "Eerdere imports van deze scholen kunnen daarna niet meer ongedaan gemaakt worden.",
        "Earlier imports of these schools cannot be undone any more after this.",
    ),
}

OBSTACLES: Final[dict[str, tuple[str, str]]] = {
    "doubts": (
        "Er zijn nog twijfels waarover iemand moet beslissen.",
        "There are doubts that somebody must decide about.",
    ),
    "code_unknown": ("De nieuwe BRIN is nog niet bekend.", "The new BRIN is not known yet."),
    "code_taken": ("Een andere school heeft deze code.", "Another school has this code."),
    "closed": ("Een van de scholen is al gesloten.", "One of the schools is closed already."),
    "nothing_moves": ("Niemand gaat naar een andere school.", "Nobody goes to another school."),
    "not_a_group": ("Een groep is niet van deze school.", "A group is not of this school."),
    "pupil_not_named": (
        "De oude school heeft de leerling nog niet aangewezen.",
        "The old school has not named the pupil yet.",
    ),
    "not_enrolled": (
        "De leerling staat niet (meer) bij deze school.",
        "The pupil is not enrolled at this school (any more).",
    ),
    "eckids_differ": (
        "De ECK-iD's verschillen: dit zijn twee kinderen.",
        "The ECK-iDs differ: these are two children.",
    ),
    "keys_clash": (
        "Sleutels van beide administraties zijn gelijk; kies dat leerlingen een nieuwe sleutel krijgen.",
        "Keys of both administrations are equal; choose that pupils get a new key.",
    ),
}
