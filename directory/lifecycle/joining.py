"""Two persons who are one child become one (D14, D19): by a transfer that both schools confirm, or in an agreed merger.

The survivor is the older account; it keeps its secret, its ECK-iD and, at every party, the subject that the party knows. The other account keeps
its row, switched off and without a school, until nobody can undo it any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from directory import eckid
from directory.lifecycle import subjects
from directory.lifecycle.other_rooms import (
    EXCLUSIONS,
    HOME_CODES,
    LISTED_NAMES,
    PARENTS_OF_CHILDREN,
    PUPIL_SECRETS,
    UPSTREAM_LINKS,
)
from directory.lifecycle.refusals import Refused
from directory.lifecycle.trail import Trail
from directory.models import EckId, EckIdAlias, Enrolment, Person, SubgroupMember, SubjectAlias
from idp.core.crypto import Keyring


@dataclass(frozen=True, slots=True)
class Joined:
    """Who stays, who went up in whom, and the parties that knew both."""

    survivor_id: int
    folded_id: int
    knew_both: tuple[int, ...]


async def elder(trail: Trail, one_id: int, other_id: int) -> tuple[int, int]:
    """The older account first."""
    query = select(Person.id).where(Person.id.in_((one_id, other_id))).order_by(Person.created_at, Person.id)
    first, second = (await trail.db.execute(query)).scalars()
    return first, second


async def join(trail: Trail, one_id: int, other_id: int, *, keyring: Keyring) -> Joined:
    """Makes two pupils one, everywhere they are enrolled. Raises `Refused` where both have an ECK-iD and these differ: then they are two."""
    survivor_id, folded_id = await elder(trail, one_id, other_id)
    known = await subjects.load(trail.db, (survivor_id, folded_id))
    kept = subjects.keep(known[survivor_id], known[folded_id])
    # First, for it refuses: who goes on without these two being one has changed nothing yet.
    await _keep_eckid(trail, survivor_id, folded_id, keyring)
    await _keep_subjects(trail, survivor_id, kept.aliases)
    await _keep_secret(trail, survivor_id, folded_id, keyring)
    await _keep_away(trail, survivor_id, folded_id)
    # By whatever a network provider calls either of them, it is this one now.
    await trail.update(UPSTREAM_LINKS, UPSTREAM_LINKS.c.person_id == folded_id, person_id=survivor_id)
    await trail.update(LISTED_NAMES, LISTED_NAMES.c.person_id == folded_id, person_id=survivor_id)
    await _enrol(trail, survivor_id, folded_id, keyring)
    await trail.update(Person, Person.id == folded_id, disabled=True)
    return Joined(survivor_id, folded_id, kept.knew_both)


async def _keep_subjects(trail: Trail, survivor_id: int, aliases: Mapping[int, bytes]) -> None:
    for party_id, seed in aliases.items():
        await trail.delete(SubjectAlias, SubjectAlias.person_id == survivor_id, SubjectAlias.party_id == party_id)
        await trail.insert(SubjectAlias, [{"person_id": survivor_id, "party_id": party_id, "seed": seed}])


async def _keep_eckid(trail: Trail, survivor_id: int, folded_id: int, keyring: Keyring) -> None:
    rows = await trail.db.execute(select(EckId).where(EckId.person_id.in_((survivor_id, folded_id))))
    have = {row.person_id: row for row in rows}
    aliases = (await trail.db.execute(select(EckIdAlias).where(EckIdAlias.person_id == folded_id))).all()
    if len(have) == 2 and have[survivor_id].lookup != have[folded_id].lookup:
        one, other = (survivor_id, have[survivor_id].lookup), (folded_id, have[folded_id].lookup)
        if not await _aliased(trail, one, other):
            raise Refused("eckids_differ", "two different ECK-iDs are two children")
    elif survivor_id not in have and folded_id in have:
        value = eckid.unseal(keyring, folded_id, have[folded_id].sealed)
        row = {"sealed": eckid.seal(keyring, survivor_id, value), "lookup": have[folded_id].lookup}
        await trail.insert(EckId, [{"person_id": survivor_id, **row}])
    for alias in aliases:
        value = eckid.unseal_alias(keyring, folded_id, alias.sealed)
        sealed = eckid.seal_alias(keyring, survivor_id, value)
        days = {"valid_from": alias.valid_from, "valid_until": alias.valid_until}
        await trail.insert(EckIdAlias, [{"person_id": survivor_id, "sealed": sealed, "lookup": alias.lookup, **days}])


async def _aliased(trail: Trail, one: tuple[int, bytes], other: tuple[int, bytes]) -> bool:
    """Whether a substitution told that these two (person, look-up value) are the same child."""
    for (has, _), (_, wanted) in ((one, other), (other, one)):
        query = select(EckIdAlias.id).where(EckIdAlias.person_id == has, EckIdAlias.lookup == wanted)
        if (await trail.db.execute(query)).first() is not None:
            return True
    return False


async def _keep_secret(trail: Trail, survivor_id: int, folded_id: int, keyring: Keyring) -> None:
    """The survivor's own secret; the other's only where there is none."""
    of = PUPIL_SECRETS.c.person_id
    rows = await trail.db.execute(select(PUPIL_SECRETS).where(of.in_((survivor_id, folded_id))))
    have = {row.person_id: row for row in rows}
    if survivor_id in have or folded_id not in have:
        return
    row = have[folded_id]
    opened = keyring.open(row.sealed, bound_to=f"pupil_secrets.sealed.{folded_id}")
    sealed = keyring.seal(opened, bound_to=f"pupil_secrets.sealed.{survivor_id}", purpose="pin")
    taken = {
        "kind": row.kind,
        "sealed": sealed,
        "changed_at": row.changed_at,
        "first_used_at": row.first_used_at,
    }
    await trail.insert(PUPIL_SECRETS, [{"person_id": survivor_id, **taken}])


async def _keep_away(trail: Trail, survivor_id: int, folded_id: int) -> None:
    """Whom a school keeps away from a party stays away."""
    rows = await trail.db.execute(select(EXCLUSIONS).where(EXCLUSIONS.c.person_id.in_((survivor_id, folded_id))))
    found = [(row.person_id, (row.school_id, row.party_id)) for row in rows]
    have = {what for who, what in found if who == survivor_id}
    new = [what for who, what in found if who == folded_id and what not in have]
    await trail.insert(
        EXCLUSIONS, [{"school_id": school, "party_id": party, "person_id": survivor_id} for school, party in new]
    )


async def _enrol(trail: Trail, survivor_id: int, folded_id: int, keyring: Keyring) -> None:
    rows = await trail.db.execute(
        select(Enrolment.id, Enrolment.school_id, Enrolment.person_id).where(
            Enrolment.person_id.in_((survivor_id, folded_id))
        )
    )
    found = [(row.person_id, row.school_id, row.id) for row in rows]
    have = {school_id: enrolment_id for who, school_id, enrolment_id in found if who == survivor_id}
    for who, school_id, enrolment_id in found:
        if who != folded_id:
            continue
        if school_id in have:
            await make_one(trail, keep_id=have[school_id], drop_id=enrolment_id, keyring=keyring)
        else:
            await trail.update(Enrolment, Enrolment.id == enrolment_id, person_id=survivor_id)


_PLACE = ("las_key", "group_id", "year_group", "picture", "active", "inactive_since", "ends_on")


PARENTS: Final = 2
"""Addresses of parents at one child (R129)."""


async def make_one(trail: Trail, *, keep_id: int, drop_id: int, keyring: Keyring) -> None:
    """Of two enrolments of one child at one school one is left: with the place of the active one, hidden if either was, and with what lets the child
    in at home by either: its parents' addresses, and the code where it had none here.
    """
    rows = await trail.db.execute(select(Enrolment).where(Enrolment.id.in_((keep_id, drop_id))))
    found = {row.id: row for row in rows}
    keep, drop = found[keep_id], found[drop_id]
    values: dict[str, object] = {"hidden": keep.hidden or drop.hidden}
    places = select(SubgroupMember.group_id).where(SubgroupMember.enrolment_id == drop_id)
    subgroups = list((await trail.db.execute(places)).scalars())
    await _parents_along(trail, keep_id, drop_id)
    await _code_along(trail, keep_id, drop_id, keyring)
    await trail.delete(SubgroupMember, SubgroupMember.enrolment_id == drop_id)
    await trail.delete(Enrolment, Enrolment.id == drop_id)
    if drop.active and not keep.active:
        values |= {name: getattr(drop, name) for name in _PLACE}
        await trail.delete(SubgroupMember, SubgroupMember.enrolment_id == keep_id)
        await trail.insert(SubgroupMember, [{"enrolment_id": keep_id, "group_id": group} for group in subgroups])
    await trail.update(Enrolment, Enrolment.id == keep_id, **values)


async def _parents_along(trail: Trail, keep_id: int, drop_id: int) -> None:
    of = PARENTS_OF_CHILDREN.c.enrolment_id
    query = select(PARENTS_OF_CHILDREN).where(of.in_((keep_id, drop_id)))
    rows = (await trail.db.execute(query.order_by(PARENTS_OF_CHILDREN.c.entered_at, of))).all()
    have = {row.parent_id for row in rows if row.enrolment_id == keep_id}
    come = [row for row in rows if row.parent_id not in have][: PARENTS - len(have)]
    await trail.delete(PARENTS_OF_CHILDREN, of == drop_id)
    await trail.insert(PARENTS_OF_CHILDREN, [{**row._mapping, "enrolment_id": keep_id} for row in come])


async def _code_along(trail: Trail, keep_id: int, drop_id: int, keyring: Keyring) -> None:
    of = HOME_CODES.c.enrolment_id
    rows = await trail.db.execute(select(HOME_CODES).where(of.in_((keep_id, drop_id))))
    have = {row.enrolment_id: row for row in rows}
    await trail.delete(HOME_CODES, of == drop_id)
    if drop_id not in have or keep_id in have:
        return
    opened = keyring.open(have[drop_id].sealed, bound_to=f"home_codes.sealed.{drop_id}")
    sealed = keyring.seal(opened, bound_to=f"home_codes.sealed.{keep_id}", purpose="pin")
    await trail.insert(HOME_CODES, [{**have[drop_id]._mapping, "enrolment_id": keep_id, "sealed": sealed}])
