"""What a teacher does with secrets stands in the ledger as ids and counts, and ends the sessions of whom it concerns (D28)."""

import pytest
from sqlalchemy import select

from directory.models import Person
from idp.core.models import LedgerEntry
from idp.credentials import pupil_acts, pupil_secrets
from idp.credentials.pupil_acts import Act
from tests.house import House


def act(house: House) -> Act:
    return Act(house.school.id, house.groups["Groep 6"], by="juf", now=house.clock.now)


async def ledger_ids(house: House, *names: str) -> dict[int, str]:
    wanted = [house.people[name] for name in names]
    async with house.floor.database.read() as db:
        rows = await db.execute(select(Person.id, Person.ledger_id).where(Person.id.in_(wanted)))
        return {row.id: row.ledger_id for row in rows}


async def epochs(house: House) -> dict[str, int]:
    async with house.floor.database.read() as db:
        rows = {row.id: row.epoch for row in await db.execute(select(Person.id, Person.epoch))}
    return {name: rows[house.people[name]] for name in ("Noor", "Finn", "Sam")}


async def entries(house: House) -> list[tuple[str, str | None, object]]:
    query = select(LedgerEntry.action, LedgerEntry.subject, LedgerEntry.detail).where(LedgerEntry.actor == "juf")
    async with house.floor.database.read() as db:
        return [(row.action, row.subject, row.detail) for row in await db.execute(query.order_by(LedgerEntry.id))]


async def test_of_one_child_the_view_names_the_child_and_of_more_the_number(house: House) -> None:
    both, keyring = await ledger_ids(house, "Noor", "Finn"), house.floor.keyring
    noor = {house.people["Noor"]: both[house.people["Noor"]]}
    async with house.floor.database.begin() as db:
        assert await pupil_acts.show(db, keyring, noor, act(house), way="screen") == {
            house.people["Noor"]: ("pin", "4711")
        }
        assert len(await pupil_acts.show(db, keyring, both, act(house), way="pdf")) == 2
    group = house.groups["Groep 6"]
    assert await entries(house) == [
        ("pupil.secrets_shown", noor[house.people["Noor"]], {"group": group, "pupils": 1, "way": "screen"}),
        ("pupil.secrets_shown", None, {"group": group, "pupils": 2, "way": "pdf"}),
    ]


async def test_nobody_to_renew_is_nothing_done(house: House) -> None:
    before = await epochs(house)
    async with house.floor.database.begin() as db:
        await pupil_acts.renew(db, house.floor.keyring, {}, {}, act(house))
    assert await entries(house) == []
    assert await epochs(house) == before


async def test_only_who_got_a_new_secret_is_signed_out(house: House) -> None:
    both, before = await ledger_ids(house, "Noor", "Finn"), await epochs(house)
    async with house.floor.database.begin() as db:
        await pupil_acts.renew(db, house.floor.keyring, both, {house.people["Noor"]: "pictures"}, act(house))
    assert await epochs(house) == before | {"Noor": before["Noor"] + 1}
    async with house.floor.database.begin() as db:
        renewed = await pupil_acts.choose_kind(db, house.floor.keyring, list(both), "pictures", act(house))
    assert renewed == [house.people["Finn"]], "who has that kind keeps the secret"
    assert await epochs(house) == before | {"Noor": before["Noor"] + 1, "Finn": before["Finn"] + 1}


@pytest.mark.parametrize("secret", ["1234", "12", "abcd"], ids=["weak", "short", "letters"])
async def test_a_weak_or_malformed_choice_never_gets_in(house: House, secret: str) -> None:
    both = await ledger_ids(house, "Noor")
    noor = house.people["Noor"]
    with pytest.raises(ValueError, match="pupil secret"):
        async with house.floor.database.begin() as db:
            await pupil_acts.choose(db, house.floor.keyring, noor, both[noor], "pin", secret, act(house))
    async with house.floor.database.read() as db:
        assert await pupil_secrets.opened(db, house.floor.keyring, [noor]) == {noor: ("pin", "4711")}
    assert await entries(house) == []
