"""Network providers as ways in (D35): added, found, switched, and by which identifiers they call our people.

What an upstream may assert about whom is decided at the sign-in (`idp.signin.recognition`); here stands what it is and which keys are its own.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Date, bindparam, delete, insert, or_, select, text, update

from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.hot import Hot, Row, Statement
from metadata.models import Party, Upstream, UpstreamLink
from metadata.saml.provider import SamlProvider

Protocol = Literal["oidc", "saml"]
LONGEST_NAME = 1024
LONGEST_SUBJECT = 1024


@dataclass(frozen=True, slots=True)
class OidcIssuer:
    """Our client at an OIDC provider. Where its endpoints are, its own discovery document says, each time anew."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownUpstream:
    """A way in by a network provider. Exactly one of `saml` and `oidc` is there. `for_staff`: a board's own, of its staff."""

    id: int
    party_id: int
    party_name: str
    protocol: Protocol
    name: str
    enabled: bool
    trusted_for_mfa: bool
    saml: SamlProvider | None = None
    oidc: OidcIssuer | None = None
    signing_kid: str | None = None
    for_staff: bool = False


_COLUMNS = """SELECT u.id, u.party_id, pa.name, u.protocol, u.name, u.enabled AND pa.enabled, u.trusted_for_mfa, u.read, u.sealed,
u.signing_kid, u.for_staff"""
_TABLES = " FROM upstreams u JOIN parties pa ON pa.id = u.party_id"
_SELECT = f"{_COLUMNS}{_TABLES} WHERE "
_BY_ID = Statement(_SELECT + "u.id = $1")
_TICKED = " AND EXISTS (SELECT 1 FROM ticks t WHERE t.party_id = pa.id AND t.school_id = $2 AND t.given)"
_AT_SCHOOL = Statement(f"{_SELECT}u.id = $1{_TICKED}")
_BY_SHORTCUT = Statement(
    f"""{_COLUMNS}, s.id{_TABLES} JOIN ticks t ON t.party_id = pa.id AND t.given
JOIN schools s ON s.id = t.school_id AND s.closed_at IS NULL AND s.instelling_ref = $2 WHERE u.id = $1"""
)
_BY_NAME = Statement(_SELECT + "u.name = $1")


class KnownUpstreams:
    """The upstreams that this process has read. Each is asked for anew at every use; what was made of a row is kept while it is the same (D10)."""

    def __init__(self, hot: Hot, keyring: Keyring) -> None:
        self._hot, self._keyring = hot, keyring
        self._made: dict[int, tuple[Row, KnownUpstream]] = {}

    async def by_id(self, upstream_id: int) -> KnownUpstream | None:
        """The upstream with this number as it is now. Raises `Unavailable`."""
        return self._of(await self._hot.row(_BY_ID, upstream_id))

    async def at_school(self, upstream_id: int, school_id: int) -> KnownUpstream | None:
        """The upstream, if people of this school may come by it now: the school ticked it (D35). Raises `Unavailable`."""
        return self._of(await self._hot.row(_AT_SCHOOL, upstream_id, school_id))

    async def by_shortcut(self, upstream_id: int, instelling_ref: str) -> tuple[KnownUpstream, int] | None:
        """The upstream, if it is on and the open school with this INSTELLING_REF ticked it, and that school. Raises `Unavailable`."""
        row = await self._hot.row(_BY_SHORTCUT, upstream_id, instelling_ref.lower())
        known = self._of(row[:-1]) if row is not None else None
        return (known, row[-1]) if row is not None and known is not None and known.enabled else None

    async def by_name(self, name: str) -> KnownUpstream | None:
        """The upstream with this entityID or issuer as it is now. Raises `Unavailable`."""
        # Text of a token that nobody signed gets as far as this, and PostgreSQL cannot be asked for a NUL.
        return None if "\0" in name else self._of(await self._hot.row(_BY_NAME, name))

    def _of(self, row: Row | None) -> KnownUpstream | None:
        if row is None:
            return None
        had = self._made.get(row[0])
        if had is None or had[0] != row:
            had = self._made[row[0]] = (row, _made(self._keyring, row))
        return had[1]


def _made(keyring: Keyring, row: Row) -> KnownUpstream:
    upstream_id, party_id, party_name, protocol, name, enabled, trusted, read, sealed, signing_kid, for_staff = row
    plain = orjson.loads(read)
    saml = SamlProvider.from_json(plain) if protocol == "saml" else None
    oidc = None
    if protocol == "oidc":
        oidc = OidcIssuer(name, plain["client_id"], keyring.open(sealed, bound_to=_place(name)).decode())
    return KnownUpstream(
        upstream_id,
        party_id,
        party_name,
        protocol,
        name,
        bool(enabled),
        bool(trusted),
        saml=saml,
        oidc=oidc,
        signing_kid=signing_kid,
        for_staff=bool(for_staff),
    )


async def add_saml(
    db: Db,
    party_id: int,
    provider: SamlProvider,
    document: bytes,
    *,
    now: datetime,
    trusted_for_mfa: bool,
    for_staff: bool = False,
) -> int:
    """Hangs an identity provider under a party; the document's hash is kept as the operator's act of trust (D31). Raises `ValueError`."""
    values: dict[str, Any] = {
        "document": document,
        "document_sha256": hashlib.sha256(document).hexdigest(),
        "read": provider.to_json(),
    }
    values |= {"trusted_for_mfa": trusted_for_mfa, "for_staff": for_staff}
    return await _add(db, party_id, "saml", provider.entity_id, now=now, sealed=None, **values)


async def add_oidc(
    db: Db,
    keyring: Keyring,
    party_id: int,
    issuer: OidcIssuer,
    *,
    now: datetime,
    trusted_for_mfa: bool,
    for_staff: bool = False,
) -> int:
    """Hangs an OIDC provider under a party; our client secret there is sealed. Raises `ValueError`."""
    values = {
        "read": {"client_id": issuer.client_id},
        "sealed": keyring.seal(issuer.secret.encode(), bound_to=_place(issuer.issuer)),
        "trusted_for_mfa": trusted_for_mfa,
        "for_staff": for_staff,
    }
    return await _add(db, party_id, "oidc", issuer.issuer, now=now, **values)


def _place(name: str) -> str:
    return f"upstreams.sealed.{name}"


async def _add(db: Db, party_id: int, protocol: Protocol, name: str, *, now: datetime, **values: Any) -> int:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name of the provider is longer than {LONGEST_NAME} characters")
    if (await db.execute(select(Upstream.id).where(Upstream.name == name))).scalar() is not None:
        # C-280: one entity in two files would have two sets of keys.
        raise ValueError(f"the provider {name} exists already")
    row = {"party_id": party_id, "protocol": protocol, "name": name, **values}
    return (await db.execute(insert(Upstream).values(**row, created_at=now).returning(Upstream.id))).scalar_one()


@dataclass(frozen=True, slots=True)
class ListedUpstream:
    """An upstream as whoever runs the product sees it."""

    id: int
    party_id: int
    party_name: str
    protocol: Protocol
    name: str
    enabled: bool
    trusted_for_mfa: bool
    for_staff: bool


async def listed(db: Db) -> list[ListedUpstream]:
    """Every upstream, by its provider's name."""
    rows = await db.execute(_LISTED.order_by(Party.name, Upstream.id))
    return [ListedUpstream(**row) for row in rows.mappings()]


async def find(db: Db, named: str) -> ListedUpstream:
    """An upstream by its number, entityID or issuer. Raises `LookupError`."""
    numbered = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None
    row = (await db.execute(_LISTED.where(or_(Upstream.name == named, Upstream.id == numbered)))).mappings().first()
    if row is None:
        raise LookupError(f"no upstream with number, entityID or issuer {named}")
    return ListedUpstream(**row)


_LISTED = select(
    Upstream.id,
    Upstream.party_id,
    Party.name.label("party_name"),
    Upstream.protocol,
    Upstream.name,
    Upstream.enabled,
    Upstream.trusted_for_mfa,
    Upstream.for_staff,
).join(Party, Party.id == Upstream.party_id)


async def switch(db: Db, upstream_id: int, *, enabled: bool) -> bool:
    """Lets nobody in by this way any more, or again; whether that was a change. Holds from the commit on (C-279)."""
    here = update(Upstream).where(Upstream.id == upstream_id, Upstream.enabled != enabled)
    return (await db.execute(here.values(enabled=enabled))).rowcount > 0


async def remove(db: Db, upstream_id: int) -> None:
    """Takes an upstream away, and with it every link to a person."""
    await db.execute(delete(Upstream).where(Upstream.id == upstream_id))


def subject_index(keyring: Keyring, upstream_id: int, subject: str) -> bytes:
    """How a provider's identifier of a person is kept: equal for equal ones at one provider, worthless without the key."""
    return keyring.mac("token", "upstream subject", str(upstream_id), subject)


async def link(db: Db, keyring: Keyring, upstream_id: int, person_id: int, subject: str, *, now: datetime) -> bool:
    """Binds a provider's identifier to a person (D35); False if it was bound so already. Raises `ValueError` where it is another's."""
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise ValueError(f"a subject has 1 to {LONGEST_SUBJECT} characters")
    index = subject_index(keyring, upstream_id, subject)
    here = select(UpstreamLink.person_id).where(UpstreamLink.upstream_id == upstream_id, UpstreamLink.subject == index)
    had = (await db.execute(here)).scalar()
    if had is not None and had != person_id:
        raise ValueError("the provider calls somebody else by this subject")
    if had == person_id:
        return False
    row: Mapping[str, Any] = {"upstream_id": upstream_id, "person_id": person_id, "subject": index, "linked_at": now}
    await db.execute(insert(UpstreamLink).values(**row))
    return True


async def for_staff_of(db: Db, person_id: int, *, today: date) -> list[tuple[int, str]]:
    """(number, provider's name) of the ways in by a board's own provider that the schools ticked where this person works, by name."""
    rows = await db.execute(_FOR_STAFF, {"person": person_id, "today": today})
    return [(row.id, row.name) for row in rows]


_FOR_STAFF: Final = text(
    """SELECT DISTINCT u.id, pa.name FROM upstreams u JOIN parties pa ON pa.id = u.party_id AND pa.enabled
    JOIN ticks t ON t.party_id = pa.id AND t.given JOIN schools s ON s.id = t.school_id AND s.closed_at IS NULL
    JOIN employments em ON em.school_id = s.id AND em.person_id = :person AND em.active
        AND (em.ends_on IS NULL OR em.ends_on >= :today)
    WHERE u.enabled AND u.for_staff ORDER BY pa.name, u.id"""
).bindparams(bindparam("today", type_=Date))


async def bind(db: Db, keyring: Keyring, upstream_id: int, person_id: int, subject: str, *, now: datetime) -> bool:
    """The provider calls this person by that subject from now on, and by no other; False if it is somebody else's. Who asks proved both (C-279)."""
    here = UpstreamLink.upstream_id == upstream_id
    this = UpstreamLink.subject == subject_index(keyring, upstream_id, subject)
    had = (await db.execute(select(UpstreamLink.person_id).where(here, this))).scalar()
    if had is not None and had != person_id:
        return False
    await db.execute(delete(UpstreamLink).where(here, UpstreamLink.person_id == person_id))
    return await link(db, keyring, upstream_id, person_id, subject, now=now)


async def unlink(db: Db, upstream_id: int, person_id: int) -> int:
    """Takes away by what a provider calls a person; how many identifiers that were."""
    here = UpstreamLink.upstream_id == upstream_id, UpstreamLink.person_id == person_id
    return (await db.execute(delete(UpstreamLink).where(*here))).rowcount
