"""A link by which somebody makes a first password: one address, once, for a day (R16, R95)."""

import re

import pytest
from sqlalchemy import select, update

from directory import people
from directory.models import Person
from idp.core import keyring
from idp.core.crypto import Keyring
from idp.core.db import Database
from idp.core.models import Mail
from idp.credentials import activation, links, passwords
from idp.credentials.links import KEPT
from idp.credentials.models import MailedLink
from tests.clock import Clock

LIFETIME = links.LIFETIME["activation"]
EMAIL = "juf@poort.example"


@pytest.fixture
async def keys(database: Database, clock: Clock) -> Keyring:
    return await keyring.load(database, ("a secret of thirty-two characters or more",), now=clock.now)


@pytest.fixture
async def juf(database: Database, clock: Clock) -> int:
    async with database.begin() as db:
        name = {"first_name": "Juf", "prefix": None, "surname": "Smit"}
        return await people.new_person(db, kind="staff", **name, email=EMAIL, now=clock.now)


async def invite(database: Database, keys: Keyring, clock: Clock, *person_ids: int) -> int:
    async with database.begin() as db:
        context = {"base_url": "https://inloggen.example", "contact": "helpdesk@poort.example"}
        return await activation.invite(db, keys, person_ids, **context, now=clock.now)


async def mailed(database: Database) -> list[tuple[str, str]]:
    """(recipient, token) of every mail, in order; a token has 36 characters."""
    async with database.read() as db:
        rows = (await db.execute(select(Mail.recipient, Mail.body).order_by(Mail.id))).all()
    return [(row.recipient, re.findall(r"/activate\?token=(\S{36})\s", row.body)[0]) for row in rows]


async def found(database: Database, keys: Keyring, clock: Clock, token: str) -> tuple[int, bool] | None:
    async with database.read() as db:
        link = await links.find(db, keys, token, purpose="activation", now=clock.now)
    return (link.person_id, link.live) if link else None


async def test_the_address_gets_a_link_for_a_day(database: Database, keys: Keyring, clock: Clock, juf: int) -> None:
    assert await invite(database, keys, clock, juf) == 1
    [(recipient, token)] = await mailed(database)
    assert recipient == EMAIL
    assert await found(database, keys, clock, token) == (juf, True)
    clock.move(seconds=LIFETIME.total_seconds())
    assert await found(database, keys, clock, token) == (juf, False)
    assert await found(database, keys, clock, token[:-1] + "x") is None
    async with database.read() as db:
        kept = (await db.execute(select(MailedLink.token))).scalar_one()
    assert token.encode() not in kept


async def test_whoever_has_a_password_or_no_address_gets_none(
    database: Database, keys: Keyring, clock: Clock, juf: int
) -> None:
    async with database.begin() as db:
        name = {"first_name": "Kind", "prefix": None, "surname": "Smit"}
        child = await people.new_person(db, kind="pupil", **name, email=None, now=clock.now)
        bare = await people.new_person(db, kind="staff", **name, email=None, now=clock.now)
        await passwords.set_password(db, juf, "$argon2id$x", now=clock.now)
    assert await invite(database, keys, clock, juf, child, bare, 999_999) == 0
    assert await mailed(database) == []


async def test_the_newest_link_is_the_only_one(database: Database, keys: Keyring, clock: Clock, juf: int) -> None:
    await invite(database, keys, clock, juf)
    await invite(database, keys, clock, juf)
    (_, first), (_, second) = await mailed(database)
    assert await found(database, keys, clock, first) is None
    assert await found(database, keys, clock, second) == (juf, True)


@pytest.mark.parametrize("values", [{"email": "anders@poort.example"}, {"disabled": True}])
async def test_a_link_is_for_the_account_as_it_was_mailed(
    database: Database, keys: Keyring, clock: Clock, juf: int, values: dict[str, object]
) -> None:
    await invite(database, keys, clock, juf)
    [(_, token)] = await mailed(database)
    async with database.begin() as db:
        await db.execute(update(Person).where(Person.id == juf).values(values))
    assert await found(database, keys, clock, token) is None


async def test_a_link_is_good_once(database: Database, keys: Keyring, clock: Clock, juf: int) -> None:
    await invite(database, keys, clock, juf)
    [(_, token)] = await mailed(database)
    async with database.begin() as db:
        assert await links.use(db, keys, token, purpose="activation")
        assert not await links.use(db, keys, token, purpose="activation")
    assert await found(database, keys, clock, token) is None


async def test_old_links_go(database: Database, keys: Keyring, clock: Clock, juf: int) -> None:
    await invite(database, keys, clock, juf)
    async with database.begin() as db:
        assert await links.purge(db, now=clock.now + LIFETIME + KEPT) == 0
        clock.move(seconds=1)
        assert await links.purge(db, now=clock.now + LIFETIME + KEPT) == 1
