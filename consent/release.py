"""The one statement that decides and records (D9, D11).

Person, enrolment or employment, exclusion, agreement and tick are read, and the release record is written, in one statement with a share lock on
the tick. A withdrawal's commit waits for running releases, and none follows it. No row means: nothing leaves.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from consent.fields import Fields, FieldSets
from directory.standing import AT_SCHOOL, Standing, as_parameters
from idp.core.crypto import Keyring
from idp.core.hot import Hot, Row, Statement
from idp.core.together import Together

GROUND = "public-task"
"""The school's instruction under its public task (GDPR art. 28), never the child's consent (D11)."""

AGREEMENT = """EXISTS (SELECT 1 FROM agreements a WHERE (a.school_id = s.id OR a.board_id = s.board_id)
    AND a.signed_on <= {today} AND (a.ends_on IS NULL OR a.ends_on >= {today}))"""

EXCLUDED = """EXISTS (SELECT 1 FROM exclusions x
    WHERE x.school_id = s.id AND x.party_id = {party} AND x.person_id = per.id)"""

LOOKED_AT = "(SELECT looked.noes FROM ticks looked WHERE looked.id = t.id)"
"""As it was when the statement looked; the lock may find the tick as it is since somebody was excluded or an agreement taken back, and that itself
was not seen."""

PRESENT = """LEFT JOIN enrolments en ON en.school_id = s.id AND en.person_id = per.id AND en.active
    AND (en.ends_on IS NULL OR en.ends_on >= {today})
LEFT JOIN employments em ON em.school_id = s.id AND em.person_id = per.id AND em.active AND NOT em.unanswered
    AND (em.ends_on IS NULL OR em.ends_on >= {today})"""

_SELECT = f"""
SELECT per.kind, per.first_name, per.prefix, per.surname, per.email, coalesce(seat.seed, alias.seed, seed.seed),
    CASE WHEN seat.id IS NULL THEN eck.sealed END,
    s.brin, s.location, s.name, s.instelling_ref, en.year_group, t.field_set_id,
    (SELECT string_agg(r.role, ' ') FROM employment_roles r WHERE r.employment_id = em.id),
    CASE WHEN $8::text IS NOT NULL THEN (SELECT string_agg(g.name, $8::text) FROM groups g
        WHERE g.school_id = s.id AND g.active AND g.id IN (SELECT en.group_id
            UNION ALL SELECT sm.group_id FROM subgroup_members sm WHERE sm.enrolment_id = en.id
            UNION ALL SELECT gt.group_id FROM group_teachers gt WHERE gt.employment_id = em.id)) END,
    (SELECT v.number FROM versions v WHERE v.name = 'keys')
FROM ticks t
JOIN parties pa ON pa.id = t.party_id AND pa.enabled
JOIN {{connections}} c ON c.id = $9 AND c.party_id = pa.id AND c.enabled AND c.version = $10
JOIN schools s ON s.id = t.school_id AND s.closed_at IS NULL
JOIN persons per ON per.id = $1 AND per.epoch = $4 AND NOT per.disabled
JOIN subject_seeds seed ON seed.person_id = per.id
{PRESENT.format(today="$5")}
LEFT JOIN eck_ids eck ON eck.person_id = per.id
LEFT JOIN substitute_seats seat ON seat.id = em.seat_id
LEFT JOIN subject_aliases alias ON alias.person_id = per.id AND alias.party_id = $3
WHERE t.school_id = $2 AND t.party_id = $3 AND t.given
    AND (en.id IS NOT NULL OR em.id IS NOT NULL)
    AND {AGREEMENT.format(today="$5")}
    AND NOT {EXCLUDED.format(party="$3")}
    AND NOT EXISTS (SELECT 1 FROM void_grants v WHERE v.grant_id IN ({{void}}))
    AND ($12::bytea IS NULL OR {AT_SCHOOL.format(school="s.id", address="$12", device="$13")})
    AND $16::text IS NOT NULL
"""  # noqa: S608 - constants of this module only

_INSERT = f"""INSERT INTO releases
    (at, person_id, school_id, party_id, grant_id, asked_set_id, ticked_set_id, ground, session_mark, connection_id, wire)
SELECT $6, $1, $2, $3, $11, $7, p.field_set_id, '{GROUND}', $15::bytea, $9, $16::text FROM p WHERE true
ON CONFLICT (grant_id) DO NOTHING"""  # noqa: S608

CONNECTIONS = {"oidc": "oidc_clients", "saml": "saml_entities"}

_RELEASE = {
    protocol: Statement(
        _SELECT.format(connections=table, void="$11::bytea, $14::bytea, $15::bytea")
        + f" AND t.noes = {LOOKED_AT} FOR SHARE OF t NOWAIT",
        _INSERT,
        Together(whose=("grant_id", 11)),
    )
    for protocol, table in CONNECTIONS.items()
}
_PERMITTED = {
    protocol: Statement(
        _SELECT.format(connections=table, void="$11::bytea, $14::bytea")
        + " AND $6::timestamptz IS NOT NULL AND $7::bigint IS NOT NULL AND ($15::bytea IS NULL OR $16 IS NOT NULL)",
    )
    for protocol, table in CONNECTIONS.items()
}

_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Released:
    """What may leave about one person to one party at this moment. `fields` is asked AND ticked; nothing else may be used.

    `recorded` are the ids of those two field sets.
    """

    fields: Fields
    recorded: tuple[int, int]
    kind: str
    brin: str | None
    location: str
    instelling_ref: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    email: str | None = field(repr=False)
    seed: bytes = field(repr=False)
    eckid: str | None = field(repr=False)
    school_name: str = ""
    year_group: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys_version: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom we answer: a connection of a party as this process knows it, and the most that this request can return.

    `named` is how a SAML party is told who it is (`protocols.saml.idp.answers`), kept so that a logout can name the same person.
    """

    protocol: str
    connection_id: int
    version: int
    party_id: int
    asked: Fields
    named: str = ""


@dataclass(frozen=True)
class Subject:
    """About whom: person and school of a session, and the epoch under which that session began.

    `grant_id` is the grant under which is asked: good for one release, for none once it, or the `family` of grants it belongs to, is void.
    `standing` is where a child must be: at its school. `session_mark` is the session's own (`Session.mark`): once that is void, because the session
    ended, nothing is recorded any more of which nobody would tell the party.
    """

    person_id: int
    school_id: int
    epoch: int
    grant_id: bytes | None = None
    standing: Standing | None = None
    family: bytes | None = None
    session_mark: bytes | None = None


async def release(
    hot: Hot, sets: FieldSets, keyring: Keyring, subject: Subject, to: Recipient, *, now: datetime, today: date
) -> Released | None:
    """Decides, records, and returns what may leave. Raises `Unavailable`.

    None: nothing may leave and nothing was recorded, or the grant was used before, or the connection is not the one that this process knows
    (its version changed).
    """
    return await _ask(_RELEASE[to.protocol], hot, sets, keyring, subject, to, now=now, today=today)


async def permitted(
    hot: Hot, sets: FieldSets, keyring: Keyring, subject: Subject, to: Recipient, *, now: datetime, today: date
) -> Released | None:
    """The same decision without a record: for calls within what was recorded when the grant was made (D11)."""
    return await _ask(_PERMITTED[to.protocol], hot, sets, keyring, subject, to, now=now, today=today)


async def _ask(
    statement: Statement,
    hot: Hot,
    sets: FieldSets,
    keyring: Keyring,
    subject: Subject,
    to: Recipient,
    *,
    now: datetime,
    today: date,
) -> Released | None:
    separator = _SEPARATOR if "groups" in to.asked else None
    who = subject.person_id, subject.school_id, to.party_id, subject.epoch
    connection, bounds = (
        (to.connection_id, to.version),
        (subject.grant_id, *as_parameters(subject.standing), subject.family),
    )
    told = subject.session_mark, f"{to.protocol} {to.named}" if to.named else to.protocol
    asked = await sets.id(to.asked)
    row = await hot.row(statement, *who, today, now, asked, separator, *connection, *bounds, *told)
    if row is None:
        return None
    fields = to.asked & await sets.fields(row[12])
    return _released(row, keyring, subject.person_id, fields=fields, recorded=(asked, row[12]))


async def void(hot: Hot, grant_id: bytes, *, now: datetime) -> None:
    """The grant is good for nothing any more: no release, and what an earlier one brought counts no longer. So is a session, by its mark: no code
    that it left behind brings anything. Raises `Unavailable`.
    """
    await hot.row(_VOID, grant_id, now)


_VOID = Statement(
    "SELECT $1::bytea AS grant_id, $2::timestamptz AS at",
    "INSERT INTO void_grants (grant_id, voided_at) SELECT p.grant_id, p.at FROM p WHERE true ON CONFLICT DO NOTHING",
)


async def voided(hot: Hot, grant_id: bytes) -> bool:
    """Whether a grant is good for nothing any more. Raises `Unavailable`."""
    return await hot.row(_VOIDED, grant_id) is not None


_VOIDED = Statement("SELECT v.voided_at FROM void_grants v WHERE v.grant_id = $1::bytea")


@dataclass(frozen=True, slots=True)
class Spent:
    """That a grant was good for its one release: whether `lately`, and whether the grant that follows it was too. `recorded` are the ids of the field
    sets of that release.
    """

    lately: bool
    following: bool
    recorded: tuple[int, int]


async def spent(hot: Hot, grant_id: bytes, following: bytes, *, since: datetime) -> Spent | None:
    """What became of a grant, None when nothing was released under it. Raises `Unavailable`."""
    row = await hot.row(_SPENT, grant_id, following, since)
    return Spent(bool(row[0]), bool(row[1]), (row[2], row[3])) if row is not None else None


_SPENT = Statement(
    """SELECT this.at >= $3::timestamptz, next.id IS NOT NULL, this.asked_set_id, this.ticked_set_id
    FROM releases this LEFT JOIN releases next ON next.grant_id = $2::bytea WHERE this.grant_id = $1::bytea"""
)


def _released(row: Row, keyring: Keyring, person_id: int, *, fields: Fields, recorded: tuple[int, int]) -> Released:
    sealed = row[6]
    eckid = None
    if sealed is not None and "eckid" in fields:
        eckid = keyring.open(sealed, bound_to=f"eck_ids.sealed.{person_id}").decode()
    return Released(
        fields=fields,
        recorded=recorded,
        kind=row[0],
        first_name=row[1],
        prefix=row[2],
        surname=row[3],
        email=row[4],
        seed=row[5],
        eckid=eckid,
        brin=row[7],
        location=row[8],
        school_name=row[9],
        instelling_ref=row[10],
        year_group=row[11],
        roles=tuple((row[13] or "").split()),
        groups=tuple(sorted(row[14].split(_SEPARATOR))) if row[14] else (),
        keys_version=row[15] or 0,
    )
