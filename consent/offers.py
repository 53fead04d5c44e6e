"""What a party asks of a school, beside what the school said to it: exactly this a coordinator sees, and says yes or no to (R70, R71, R76).

A party that publishes lists (`metadata.field_lists`) is asked about by them; of one that never did, everything is needed that it may ask at all. A
field that came later is no part of an earlier yes: that one goes on without it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from consent import ticks
from consent.fields import Fields
from consent.ticks import Decided, KnownTick
from idp.core.db import Db
from metadata import field_lists, parties
from metadata.field_lists import KnownList
from metadata.parties import KnownParty

State = Literal["none", "given", "more", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Use:
    """For what a service of the party wants a field, and since when it says so."""

    service: str
    required: bool
    purpose_nl: str
    purpose_en: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that a party wants. Without `uses` it never said for what. `new`: asked for after the yes, and no part of it."""

    name: str
    uses: tuple[Use, ...]
    ticked: bool
    new: bool

    @property
    def required(self) -> bool:
        """Whether some service cannot do without it."""
        return not self.uses or any(use.required for use in self.uses)


@dataclass(frozen=True, slots=True)
class Offer:
    """A party as one school sees it. `surplus` is ticked and wanted no more."""

    party: KnownParty
    tick: KnownTick | None
    wanted: tuple[Wanted, ...]
    surplus: Fields
    lists: tuple[tuple[str, int], ...]

    @property
    def given(self) -> bool:
        """Whether the school says yes at this moment."""
        return self.tick is not None and self.tick.given

    @property
    def state(self) -> State:
        """How it stands: `more` asks for something that came after the yes."""
        if self.given:
            return "more" if self.asks_more else "given"
        return "none" if self.tick is None else "withdrawn"

    @property
    def asks_more(self) -> bool:
        """Whether something is asked for about which the school did not say anything yet."""
        return any(one.new for one in self.wanted)

    @property
    def fingerprint(self) -> str:
        """What was looked at: another one means that the party asks for something else by now."""
        asked = [(one.name, one.required) for one in self.wanted]
        return hashlib.sha256(repr((self.party.id, self.lists, asked)).encode()).hexdigest()[:32]


class NotAsked(ValueError):
    """Something was chosen that the party does not ask for."""


def offer(party: KnownParty, lists: Sequence[KnownList], tick: KnownTick | None) -> Offer:
    """The party beside the school's decision about it."""
    yes = tick if tick is not None and tick.given else None
    had = yes.fields if yes else frozenset[str]()
    uses: dict[str, list[Use]] = {} if lists else {name: [] for name in party.fields}
    for one in lists:
        for each in one.fields:
            if each.name in party.fields:
                use = Use(one.service, each.required, each.purpose_nl, each.purpose_en, one.published_at)
                uses.setdefault(each.name, []).append(use)
    wanted = [_wanted(name, tuple(found), yes) for name, found in uses.items()]
    wanted.sort(key=lambda one: (not one.required, one.name))
    return Offer(party, tick, tuple(wanted), had - uses.keys(), tuple((one.service, one.version) for one in lists))


def _wanted(name: str, uses: tuple[Use, ...], yes: KnownTick | None) -> Wanted:
    ticked = yes is not None and name in yes.fields
    missing = yes is not None and not ticked
    required = not uses or any(use.required for use in uses)
    # What is optional and was left out knowingly is not asked for again until the party says something new.
    new = missing and (required or any(yes is not None and use.since > yes.changed_at for use in uses))
    return Wanted(name, uses, ticked, new)


def covered(offered: Offer, chosen: Iterable[str]) -> Fields:
    """What a yes covers: all that is needed, and of the rest what was chosen. Raises `NotAsked` for a field that nobody asked for."""
    chosen = frozenset(chosen)
    if chosen - {one.name for one in offered.wanted}:
        raise NotAsked("a field that this party does not ask for")
    return frozenset(one.name for one in offered.wanted if one.required or one.name in chosen)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a school and a party stand: an `Offer` in numbers, for lists. `since` is when the school said what holds."""

    party_id: int
    name: str
    kind: str
    state: State
    asked: int
    shared: int
    since: datetime | None

    @property
    def given(self) -> bool:
        """Whether the school says yes at this moment."""
        return self.state in ("given", "more")


async def standings(db: Db, school_id: int) -> list[Standing]:
    """Every party that a school can say yes to, or said yes to, by name."""
    decided = {tick.party_id: tick for tick in await ticks.listed(db, school_id)}
    needs = await field_lists.needs(db)
    found = []
    for party_id, name, kind, enabled, fields in await parties.in_short(db):
        tick = decided.get(party_id)
        if enabled or (tick is not None and tick.given):
            found.append(_standing(party_id, name, kind, fields, needs.get(party_id), tick))
    return found


def _standing(
    party_id: int,
    name: str,
    kind: str,
    may_ask: Iterable[str],
    needs: Sequence[tuple[datetime, Mapping[str, bool]]] | None,
    tick: KnownTick | None,
) -> Standing:
    lists = needs if needs is not None else [(_ALWAYS, dict.fromkeys(may_ask, True))]
    wanted = {each for _, told in lists for each in told}.intersection(may_ask)
    if tick is None or not tick.given:
        state: State = "none" if tick is None else "withdrawn"
        return Standing(party_id, name, kind, state, len(wanted), 0, tick.changed_at if tick else None)
    missing = wanted - tick.fields
    new = any(
        required or since > tick.changed_at
        for since, told in lists
        for each, required in told.items()
        if each in missing
    )
    shared = len(wanted) - len(missing)
    return Standing(party_id, name, kind, "more" if new else "given", len(wanted), shared, tick.changed_at)


async def standings_of(db: Db, decided: Iterable[Decided]) -> list[tuple[int, Standing]]:
    """How the schools stand that took these decisions, as (school, standing), by name of the party."""
    needs = await field_lists.needs(db)
    about: dict[int, list[Decided]] = {}
    for one in decided:
        about.setdefault(one.tick.party_id, []).append(one)
    return [
        (one.school_id, _standing(party_id, name, kind, fields, needs.get(party_id), one.tick))
        for party_id, name, kind, _, fields in await parties.in_short(db)
        for one in about.get(party_id, ())
    ]


async def offered(db: Db) -> list[tuple[int, str, str, bool]]:
    """Every party as (number, name, kind, whether it is there at all), by name."""
    return [(party_id, name, kind, enabled) for party_id, name, kind, enabled, _ in await parties.in_short(db)]


async def at_schools(db: Db, party_id: int, decided: Iterable[Decided]) -> tuple[Offer, dict[int, Offer]]:
    """A party as a school sees it that said nothing yet, and as each of these schools sees it. Raises `LookupError`."""
    party, lists = await parties.by_id(db, party_id), await field_lists.of_party(db, party_id)
    return offer(party, lists, None), {one.school_id: offer(party, lists, one.tick) for one in decided}


_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


async def given_by(db: Db, school_id: int) -> list[Offer]:
    """Every party that a school says yes to, by name."""
    decided = {tick.party_id: tick for tick in await ticks.listed(db, school_id) if tick.given}
    lists = await field_lists.of_parties(db, decided.keys())
    return [
        offer(party, lists.get(party.id, ()), decided[party.id]) for party in await parties.known(db, decided.keys())
    ]


async def one(db: Db, school_id: int, party_id: int) -> Offer:
    """One of those. Raises `LookupError`."""
    party = await parties.by_id(db, party_id)
    tick = await ticks.find(db, school_id, party_id)
    found = offer(party, await field_lists.of_party(db, party_id), tick)
    if not (party.offered or found.given):
        raise LookupError("no such party for a school")
    return found
