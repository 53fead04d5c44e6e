"""The six steps by which a school is set up (R17): what is done is read from the school itself, and nobody ticks it off (R19)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import Response
from starlette.routing import Route

from consent import reach
from directory import schools
from idp.core.db import Db
from idp.core.frozen import replace
from idp.credentials import pupil_secrets
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view

State = Literal["done", "open", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How far a school is. `places` are its networks and enrolled devices; `signed_in`: a pupil did; `went`: somebody went on to a party."""

    pupils: int = 0
    places: int = 0
    networks: int = 0
    publishers: int = 0
    signed_in: bool = False
    went: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name, how it stands, where it is done, the subject of the manual beside it and a video about it.

    `later` is not in the way, or waits for others.
    """

    what: str
    state: State
    said: str
    path: str
    manual: str
    count: int = 0
    video: str | None = None


def _pupils(facts: Facts) -> Step:
    done = facts.pupils > 0
    return Step("pupils", "done" if done else "open", "done" if done else "open", "/imports", "las", facts.pupils)


def _addresses(facts: Facts) -> Step:
    if facts.places:
        return Step("addresses", "done", "done", "/networks", "ip-adres", facts.places)
    by_network = facts.networks > 0
    return Step(
        "addresses", "later" if by_network else "open", "by_network" if by_network else "open", "/networks", "ip-adres"
    )


def _networks(facts: Facts) -> Step:
    """R74: a school whose provider is not among them has nothing to tick, so this step is never in the way."""
    done = facts.networks > 0
    return Step(
        "networks", "done" if done else "later", "done" if done else "open", "/parties", "toestemming", facts.networks
    )


def _publishers(facts: Facts) -> Step:
    done = facts.publishers > 0
    return Step(
        "publishers",
        "done" if done else "open",
        "done" if done else "open",
        "/parties",
        "toestemming",
        facts.publishers,
    )


def _shortcuts(facts: Facts) -> Step:
    """R117: with a network provider they are not needed; whether they are on the devices shows when the first child signs in."""
    path, manual = "/networks/shortcuts", "inloggen"
    if facts.signed_in:
        return Step("shortcuts", "done", "done", path, manual)
    if facts.networks:
        return Step("shortcuts", "later", "not_needed", path, manual)
    return Step("shortcuts", "open" if facts.pupils and facts.places else "later", "open", path, manual)


def _lessons(facts: Facts) -> Step:
    """R2: linking is done at the publisher or in the network environment; that it worked shows when somebody goes there."""
    path, manual = "/networks/shortcuts/lessons", "software"
    if facts.went:
        return Step("lessons", "done", "done", path, manual)
    return Step("lessons", "open" if facts.publishers else "later", "open", path, manual)


STEPS: Final[tuple[Callable[[Facts], Step], ...]] = (
    _pupils,
    _addresses,
    _networks,
    _publishers,
    _shortcuts,
    _lessons,
)


def steps(facts: Facts) -> tuple[Step, ...]:
    """The six steps in order. Pure."""
    return tuple(step(facts) for step in STEPS)


async def read(db: Db, school_id: int, *, videos: Mapping[str, str]) -> tuple[Step, ...]:
    """The steps of a school as they stand; `videos` are addresses by the subject of a manual."""
    counts = await schools.counts(db, school_id)
    given = await reach.kinds(db, school_id)
    found = steps(
        Facts(
            pupils=counts["pupils"],
            places=counts["addresses"] + counts["devices"],
            networks=given.get("network", 0),
            publishers=given.get("publisher", 0),
            signed_in=await pupil_secrets.any_used(db, school_id),
            went=await reach.anybody_went(db, school_id),
        )
    )
    return tuple(replace(step, video=videos.get(step.manual)) for step in found)


async def checklist(coordinator: Coordinator) -> Response:
    """The checklist, also when everything is done."""
    async with coordinator.floor.database.read() as db:
        found = await read(db, coordinator.school.id, videos=coordinator.floor.settings.videos)
    return frame.respond(coordinator, "setting_up.html", at="today", steps=found)


ROUTES = [Route(f"{ADDRESS}/{{school}}/setting-up", view(checklist))]
