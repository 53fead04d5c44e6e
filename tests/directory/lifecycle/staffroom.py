"""Schools with staff on a real database, and what the tests ask of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from directory import people, schools
from directory.lifecycle import employments
from directory.lifecycle.employments import Employed
from directory.lifecycle.memberships import Newcomer
from directory.models import Employment, EmploymentRole, Group, Person
from idp.core import keyring
from idp.core.crypto import Keyring
from idp.core.db import Database
from idp.core.models import LedgerEntry, Mail
from tests.clock import Clock

BASE = "https://inloggen.example"
CONTACT = "helpdesk@poortwachter.example"
BY = "ledger-id-of-a-coordinator"


@dataclass
class Staffroom:
    """A school, its people by their first names, and the clock on the wall."""

    database: Database
    keyring: Keyring
    clock: Clock
    school_id: int = 0
    employed: dict[str, int] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def act(self) -> dict[str, Any]:
        """Who does it, and when."""
        return {"by": BY, "now": self.now}

    @property
    def mailing(self) -> dict[str, Any]:
        """The same for an act that sends a link."""
        return {"base_url": BASE, "contact": CONTACT, **self.act}

    async def school(self, brin: str, name: str = "De Poort") -> int:
        async with self.database.begin() as db:
            return (await schools.add(db, name=name, brin=brin, location="", now=self.now)).id

    async def hires(self, name: str, *roles: str, school_id: int | None = None, **values: Any) -> int:
        """Somebody new at the school, `<name>@poort.example`, or an account that is there already; the employment's number."""
        at = school_id or self.school_id
        async with self.database.begin() as db:
            email = values.pop("email", f"{name}@poort.example")
            if name not in self.persons:
                named = {"first_name": name.title(), "prefix": None, "surname": values.pop("surname", "Smit")}
                self.persons[name] = await people.new_person(db, kind="staff", **named, email=email, now=self.now)
            row = {"school_id": at, "person_id": self.persons[name], "source": "platform", **values}
            made = insert(Employment).values(row).returning(Employment.id)
            employment_id: int = (await db.execute(made)).scalar_one()
            if roles:
                held = [{"employment_id": employment_id, "role": role} for role in roles]
                await db.execute(insert(EmploymentRole), held)
        self.employed.setdefault(name, employment_id)
        return employment_id

    async def group(self, name: str, *, school_id: int | None = None, **values: Any) -> int:
        row = {"school_year": "2026-2027", "kind": "stamgroep", "las_key": name, "name": name, "year_group": "6"}
        made = insert(Group).values({"school_id": school_id or self.school_id, **row, **values}).returning(Group.id)
        async with self.database.begin() as db:
            found: int = (await db.execute(made)).scalar_one()
        return found

    async def of(self, name: str) -> Employed:
        async with self.database.read() as db:
            return await employments.at(db, self.school_id, self.employed[name], today=self.today)

    async def epoch(self, name: str) -> int:
        async with self.database.read() as db:
            return (await people.identity(db, self.persons[name]))[0]

    async def works_at(self, email: str) -> list[tuple[int, tuple[str, ...]]]:
        """Where the account with this address works today, and as what; an account must be there."""
        async with self.database.read() as db:
            account = await people.account(db, email)
            assert account is not None
            places = await people.workplaces(db, account.person_id, today=self.today)
        return [(place.school_id, place.roles) for place in places]

    async def account(self, email: str) -> int | None:
        async with self.database.read() as db:
            found = await people.account(db, email)
        return found.person_id if found else None

    async def rows(self, *columns: Any, where: Sequence[Any] = (), order: Any = None) -> list[Any]:
        async with self.database.read() as db:
            return list(await db.execute(select(*columns).where(*where).order_by(order)))

    async def disable(self, name: str) -> None:
        async with self.database.begin() as db:
            await db.execute(update(Person).where(Person.id == self.persons[name]).values(disabled=True))

    async def mails(self) -> list[tuple[str, str]]:
        """(recipient, subject) of every mail on its way."""
        return [tuple(row) for row in await self.rows(Mail.recipient, Mail.subject, order=Mail.id)]

    async def token_for(self, email: str) -> str:
        """The token in the newest mail to this address that has a link."""
        bodies = [row.body for row in await self.rows(Mail.body, where=[Mail.recipient == email], order=Mail.id)]
        found: list[str] = [token for body in bodies for token in re.findall(r"token=([0-9a-f-]{36})\b", body)]
        return found[-1]

    async def ledger(self) -> list[str]:
        """What the ledger says happened, in order."""
        async with self.database.read() as db:
            return list((await db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id))).scalars())


async def open_staffroom(database: Database, clock: Clock) -> Staffroom:
    """School 99XX with `ict`, its one coordinator."""
    secret = ("a secret of thirty-two characters or more",)
    room = Staffroom(database, await keyring.load(database, secret, now=clock.now), clock)
    room.school_id = await room.school("99XX")
    await room.hires("ict", "ict-coordinator")
    return room


def newcomer(email: str = "nieuw@poort.example", **changes: Any) -> Newcomer:
    """Somebody whom a coordinator invites as IB'er until next summer."""
    name = {"first_name": "Nienke", "prefix": "de", "surname": "Nieuw"}
    return Newcomer(email, **{**name, "roles": ("ib",), "ends_on": date(2027, 7, 31), **changes})
