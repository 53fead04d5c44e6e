"""Whom a network provider brings: the identifier that it has from us first, then the ECK-iD; never a name, an address or a role (D35, C-278, C-279).

One statement reads what is true now: a link, a name of ours or an ECK-iD, the person, its schools, and whether each ticked this provider, and chose
another one for the pupil's group. A person of a school that did not tick it is as unknown as nobody: neither the provider nor the browser learns
that we know it. By a board's own provider of its staff nobody comes but staff who are linked to it.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from consent import pupil_lists
from consent.release import CONNECTIONS, EXCLUDED, PRESENT
from directory import eckid
from directory.environments import CHOSEN
from idp.core.crypto import Keyring
from idp.core.hot import Hot, Row, Statement
from idp.signin import facts
from idp.signin.question import Question
from metadata import upstreams
from metadata.upstreams import KnownUpstream

Reason = Literal["network.unknown", "network.inactive", "network.other"]
Trace = Literal["unknown", "foreign", "inactive", "other"]

_FOUND: Final = {
    # Each of both is one person at most. As two values, and no union of rows, both databases look the persons up by their key.
    "link": """(SELECT l.person_id FROM upstream_links l WHERE l.upstream_id = $1 AND l.subject = $2),
        (SELECT n.person_id FROM listed_names n WHERE n.party_id = $3 AND n.name = $5)""",
    "eckid": """SELECT k.person_id FROM eck_ids k WHERE k.lookup = $2 AND $1::bigint IS NOT NULL
        UNION SELECT k.person_id FROM eck_id_aliases k WHERE k.lookup = $2
            AND (k.valid_from IS NULL OR k.valid_from <= $4) AND (k.valid_until IS NULL OR k.valid_until >= $4)""",
}


def _candidates(found: str, about: str = "", whence: str = "") -> Statement:
    return Statement(
        f"""SELECT per.id, per.kind, per.epoch, per.ledger_id, per.email, s.id, way.id IS NOT NULL,
    NOT per.disabled AND (en.id IS NOT NULL OR em.id IS NOT NULL) AND NOT {EXCLUDED.format(party="$3")},
    COALESCE({CHOSEN.format(group="g")}, $3) = $3{about}
FROM persons per
JOIN schools s ON s.closed_at IS NULL AND s.id IN (SELECT e1.school_id FROM enrolments e1 WHERE e1.person_id = per.id
    UNION SELECT e2.school_id FROM employments e2 WHERE e2.person_id = per.id)
LEFT JOIN ticks way ON way.school_id = s.id AND way.party_id = $3 AND way.given
{PRESENT.format(today="$4")}
LEFT JOIN groups g ON g.id = en.group_id
{whence}
WHERE per.id IN ({found}) ORDER BY en.id DESC, em.id DESC, s.id"""  # noqa: S608 - constants of this module only
    )


def _asked(found: str, protocol: str, connection: str) -> Statement:
    about, whence = facts.of_who_asks(protocol, connection=connection, today="$4")
    return _candidates(found, f", {about}", whence)


_CANDIDATES: Final = {by: _candidates(found) for by, found in _FOUND.items()}
_ASKED: Final = {
    (by, protocol): _asked(found, protocol, "$6" if by == "link" else "$5")
    for by, found in _FOUND.items()
    for protocol in CONNECTIONS
}
"""The same, and what is true of the party that asks: of a child nothing is left to ask then."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a network provider says, verified, of the person whom it proved. Moments are epoch seconds.

    `subject` is the lasting identifier by which it calls the person, None when that changes each time; `listed` the name of ours that it sends beside
    one of its own; `eckid` as it came. `called` and `index` name person and session as its own logout messages will. `two_factors` is what it says;
    whether it counts is not its to say. `hint`, sealed, is what it wants to see at the sign-out, if it has a page for that.
    """

    subject: str | None = field(repr=False)
    eckid: str | None = field(repr=False)
    two_factors: bool
    proven_at: int
    until: int | None = None
    called: str = field(default="", repr=False)
    index: str | None = field(default=None, repr=False)
    hint: str | None = field(default=None, repr=False)
    listed: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person at one school. `attached`: the school ticked the provider; `able`: may sign in there; `goes`: by this provider. `asks` is what the
    statement read of the party that asks, if one does.
    """

    person_id: int
    kind: str
    epoch: int
    ledger_id: str
    email: str | None = field(repr=False)
    school_id: int
    attached: bool
    able: bool
    goes: bool = True
    asks: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Nobody who may come in by this way. `code` is what the page says, `trace` what the ledger keeps of why.

    Who is known for sure, and may not come in, is told what his own school can do about it: `kind` says in which words.
    """

    code: Reason
    trace: Trace
    ledger_id: str | None = None
    school_id: int | None = None
    kind: str | None = None


async def recognise(
    hot: Hot,
    keyring: Keyring,
    upstream: KnownUpstream,
    brought: Brought,
    *,
    question: Question | None,
    school_id: int | None,
    today: date,
    world: eckid.Environment,
) -> Candidate | Unrecognised:
    """The person, and the school where it stands; and what is true there of the party whose `question` it is. `school_id` is the school whose
    door was used, if one was; `world` that of our ECK-iDs.

    Raises `Unavailable`.
    """
    found: Sequence[Candidate] = ()
    for by, *indexes in _indexes(keyring, upstream, brought, world):
        whom = upstream.id, indexes[0], upstream.party_id, today, *indexes[1:]
        if question is None:
            rows = await hot.rows(_CANDIDATES[by], *whom)
        else:
            rows = await hot.rows(_ASKED[by, question.protocol], *whom, question.connection_id)
        found = [one for one in map(_candidate, rows) if not upstream.for_staff or one.kind == "staff"]
        if found:
            break
    return choose(found, school_id=school_id)


def _candidate(row: Row) -> Candidate:
    person_id, kind, epoch, ledger_id, email, school_id, attached, able, goes, *asks = row
    may = bool(attached), bool(able), bool(goes)
    return Candidate(person_id, kind, epoch, ledger_id, email, school_id, *may, asks)


def _indexes(
    keyring: Keyring, upstream: KnownUpstream, brought: Brought, world: eckid.Environment
) -> list[tuple[Any, ...]]:
    indexes: list[tuple[Any, ...]] = []
    ours = brought.listed or brought.subject
    if ours:
        link = upstreams.subject_index(keyring, upstream.id, brought.subject or ours)
        indexes.append(("link", link, pupil_lists.name_index(keyring, upstream.party_id, ours)))
    if upstream.for_staff:
        return indexes
    # What is no ECK-iD of our world is none at all.
    with contextlib.suppress(ValueError):
        indexes.append(("eckid", eckid.index(keyring, eckid.parse(brought.eckid or "", world).value)))
    return indexes


def choose(found: Sequence[Candidate], *, school_id: int | None) -> Candidate | Unrecognised:
    """One person at one school, or why nobody. With the door of a school nobody of another school comes in (C-278)."""
    if not found:
        return Unrecognised("network.unknown", "unknown")
    attached = [one for one in found if one.attached and school_id in {None, one.school_id}]
    if not attached:
        return Unrecognised("network.unknown", "foreign")
    able = [one for one in attached if one.able]
    if not able:
        return _known("network.inactive", "inactive", attached[0])
    if len({one.person_id for one in able}) > 1:
        # One ECK-iD at two schools, not joined yet (D14), or two names of two people: which of them it is, nobody may guess.
        return Unrecognised("network.unknown", "foreign")
    return next((one for one in able if one.goes), None) or _known("network.other", "other", able[0])


def _known(code: Reason, trace: Trace, one: Candidate) -> Unrecognised:
    return Unrecognised(code, trace, one.ledger_id, one.school_id, one.kind)
