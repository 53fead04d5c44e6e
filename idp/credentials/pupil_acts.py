"""What a teacher does with the secrets of a group, each act with its line in the ledger (D28): ids and counts, never a name or a secret.

A changed secret ends the sessions of its child with the same commit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from directory import groups, people
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import pupil_secrets
from idp.credentials.pupil_secrets import SecretKind

Way = Literal["screen", "print", "pdf"]


@dataclass(frozen=True, slots=True)
class Act:
    """Where it is done, by whom (a ledger id) and when."""

    school_id: int
    group_id: int
    by: str
    now: datetime

    async def note(self, db: Db, action: str, about: Collection[str], **detail: object) -> None:
        """One entry; `about` are ledger ids of children: of one child it names the subject, of more it tells how many."""
        subject = next(iter(about)) if len(about) == 1 else None
        told = {"group": self.group_id, "pupils": len(about), **detail}
        await ledger.record(
            db, action, now=self.now, by=self.by, school_id=self.school_id, subject=subject, detail=told
        )


Children = Mapping[int, str]
"""Children of the group: person id to ledger id."""


async def show(
    db: Db, keyring: Keyring, children: Children, act: Act, *, way: Way
) -> dict[int, tuple[SecretKind, str]]:
    """The secrets of these children, as far as they have one. The view is recorded first."""
    await act.note(db, "pupil.secrets_shown", children.values(), way=way)
    return await pupil_secrets.opened(db, keyring, children)


async def renew(db: Db, keyring: Keyring, children: Children, wanted: Mapping[int, SecretKind], act: Act) -> None:
    """Gives each of these children (all in `children`) a new random secret of the wanted kind."""
    if not wanted:
        return
    await pupil_secrets.renew(db, keyring, wanted, now=act.now)
    await people.end_sessions(db, *wanted)
    kinds = sorted(set(wanted.values()))
    await act.note(db, "pupil.secrets_renewed", [children[child_id] for child_id in wanted], kinds=kinds)


async def choose(
    db: Db, keyring: Keyring, child_id: int, ledger_id: str, kind: SecretKind, secret: str, act: Act
) -> None:
    """Gives a child the secret that its teacher chose. Raises `ValueError` for one that is malformed or weak: look first."""
    if pupil_secrets.well_formed(kind, secret) and pupil_secrets.weak(kind, secret):
        raise ValueError("a weak pupil secret")
    await pupil_secrets.set_secrets(db, keyring, {child_id: (kind, secret)}, now=act.now)
    await people.end_sessions(db, child_id)
    await act.note(db, "pupil.secret_chosen", [ledger_id], kind=kind)


async def choose_kind(db: Db, keyring: Keyring, child_ids: Collection[int], kind: SecretKind, act: Act) -> list[int]:
    """What is new in a group signs in with from now on. Who of these children has the other kind, or none, gets a new secret at once: their ids."""
    await groups.choose_secret(db, act.group_id, kind)
    have = await pupil_secrets.kinds_of(db, child_ids)
    other: dict[int, SecretKind] = {child_id: kind for child_id in child_ids if have.get(child_id) != kind}
    await pupil_secrets.renew(db, keyring, other, now=act.now)
    await people.end_sessions(db, *other)
    detail = {"group": act.group_id, "kind": kind, "renewed": len(other)}
    told = "group.secret_kind_chosen"
    await ledger.record(db, told, now=act.now, by=act.by, school_id=act.school_id, detail=detail)
    return list(other)
