"""Asking a school's administration system for everything that may enter, in one call or in three."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from directory.imports.edexml_elements import Draft
from directory.imports.edexml_records import Assembly
from directory.imports.records import Administration, GroupKind, SchoolRecord
from directory.imports.refusals import ImportRefused
from directory.imports.streaming import LIMITS, Limits, XmlStream
from directory.imports.uwlr import faults, questions, tls, wire
from directory.imports.uwlr.answers import AnswerTarget, Outcome
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.questions import Credentials, Part, Question
from directory.imports.uwlr.wire import PATIENCE, Patience
from idp.core import clock


@dataclass(frozen=True, slots=True)
class Source:
    """Whom to ask, as whom, and about which school. `certificate` is what `tls.read_certificate` returned.

    A school without a BRIN is asked for by `school_key`, its INSTELLING_REF.
    """

    endpoint: str
    staged: bool
    brin: str | None
    location: str
    school_key: str | None
    credentials: Credentials
    certificate: bytes | None = field(default=None, repr=False)
    received_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoChanges:
    """Nothing changed since what we have. Never a reason to end anybody's access."""


@dataclass(frozen=True, slots=True)
class NoData:
    """The system has nothing about this school and year. Never a reason to end anybody's access."""


Fetched = Administration | NoChanges | NoData


async def fetch(
    source: Source,
    *,
    now: datetime,
    school_year: str | None = None,
    patience: Patience = PATIENCE,
    limits: Limits = LIMITS,
    secure: ssl.SSLContext | None = None,
) -> Fetched:
    """The school's administration of a school year, by default that of `now`, whole and consistent. Raises `Refused`.

    `secure` replaces the TLS that the source's certificate gives. "No changes" is only possible where the source says what we received.
    """
    year = school_year or clock.school_year(now)
    try:
        endpoint = wire.parse_endpoint(source.endpoint)
    except ValueError:
        raise Refused("not_set_up") from None
    # In three calls "no changes" in one says nothing about the other two.
    since = None if source.staged else source.received_until
    question = Question(year, source.brin, source.location, source.school_key, since)
    try:
        async with asyncio.timeout(patience.total):
            if secure is None:
                secure = await asyncio.to_thread(tls.context, source.certificate)
            call = _Call(source, question, endpoint, secure, patience, limits)
            found = await (_in_three(call) if source.staged else _in_one(call))
    except TimeoutError:
        raise Refused("too_slow") from None
    except ImportRefused as error:
        raise faults.of_content(error) from None
    if isinstance(found, Administration):
        _check_whose(source, year, found.school)
    return found


@dataclass(frozen=True, slots=True)
class _Call:
    source: Source
    question: Question
    endpoint: wire.Endpoint
    secure: ssl.SSLContext
    patience: Patience
    limits: Limits

    async def about(
        self, part: Part, deliver: Callable[[Draft], None], groups: tuple[tuple[GroupKind, str], ...] | None = None
    ) -> Outcome:
        """Asks for one part; every record goes to `deliver`. Raises `Refused`, `ImportRefused`."""
        target = AnswerTarget(part, deliver)
        stream = XmlStream(target, limits=self.limits)
        body = questions.envelope(part, self.question, self.source.credentials, groups=groups)
        action = questions.soap_action(part)
        await wire.post(self.endpoint, action, body, stream.feed, tls=self.secure, patience=self.patience)
        stream.close()
        if target.fault is not None:
            raise faults.of_soap(*target.fault)
        if target.outcome is None:
            raise Refused("not_uwlr")
        return target.outcome


async def _in_one(call: _Call) -> Fetched:
    assembly = Assembly(call.limits.counts)
    outcome = await call.about("leerlinggegevens", assembly.add)
    return assembly.whole() if outcome == "data" else _without(outcome)


async def _in_three(call: _Call) -> Fetched:
    """Structure, then the pupils and the staff of its groups. Every answer names the school: all three must be about the same."""
    assembly = Assembly(call.limits.counts)
    told: list[tuple[str | None, ...]] = []
    groups: dict[tuple[GroupKind, str], None] = {}

    def take(draft: Draft) -> None:
        if draft.name == "school":
            named = [draft.text(name) for name in ("schooljaar", "brincode", "schoolkey")]
            # UWLR: 00 means the same as empty.
            told.append((*named, draft.text("dependancecode") or "00"))
            if told[-1] != told[0]:
                raise Refused("other_school_answered")
            if len(told) > 1:
                return
        elif draft.name in ("groep", "samengestelde_groep"):
            groups["stamgroep" if draft.name == "groep" else "subgroep", draft.key()] = None
        assembly.add(draft)

    outcome = await call.about("structuur", take)
    if outcome == "data":
        stamgroepen = tuple(group for group in groups if group[0] == "stamgroep")
        outcome = await call.about("leerlingen", take, stamgroepen)
    if outcome != "data":
        return _without(outcome)
    # A school whose staff is not in the system still has pupils.
    await call.about("leerkrachten", take, tuple(groups))
    return assembly.whole()


def _without(outcome: Outcome) -> NoChanges | NoData:
    return NoChanges() if outcome == "no-changes" else NoData()


def _check_whose(source: Source, year: str, school: SchoolRecord) -> None:
    """R24: BRIN and key belong together there as here; a system that mixes schools up must not be believed."""
    same_key = source.brin is not None or school.school_key in (None, source.school_key)
    if (school.brin, school.location) != (source.brin, source.location) or not same_key:
        raise Refused("other_school_answered")
    if school.school_year != year:
        raise Refused("other_year_answered")
