"""What a contact changes about a connection: a secret that is shown once, addresses that count at once under test and wait for an operator else."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from consent import ticks
from consent.models import Tick
from idp.core import throttle
from idp.core.models import LedgerEntry, Mail
from idp.jobs import retention
from idp.sandbox import proposals
from idp.web.party import connection
from metadata import client_changes, connections, parties
from metadata.models import ConnectionProposal, OidcClient
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance import saml_party
from tests.conformance.relying_party import register
from tests.desk.sitting import sits_down
from tests.house import House, open_house
from tests.protocols.saml import party as sp
from tests.sandbox.trying import EMAIL, contact_comes, put_under_test
from tests.storage import Storage
from tests.upstreams.kit import settings_for

OTHER = "https://rekenrijk.example/nieuw/terug"


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    """One for all of them; the second contact is there to be told."""
    async with open_house(settings_for(storage), Clock(), storage) as opened:
        await put_under_test(opened)
        await contact_comes(opened, email="tweede@rekenrijk.example")
        yield opened


@pytest.fixture(autouse=True)
async def unused(house: House) -> None:
    """No school says yes, nothing waits, no mail is on its way, and who changed much yesterday may again."""
    throttle.passed(house.floor.store, connection.changes_of(house.floor, house.party_id))
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        await db.execute(delete(ConnectionProposal))
        await db.execute(delete(Mail))


async def used(house: House) -> None:
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, catalogue.NAMES, now=house.clock.now, by="test")


async def client(house: House, name: str = "rekenrijk") -> Any:
    async with house.floor.database.read() as db:
        found = select(OidcClient.id, OidcClient.version, OidcClient.metadata_.label("told"), OidcClient.former_hash)
        return (await db.execute(found.where(OidcClient.client_id == name))).one()


async def mails(house: House) -> dict[str, list[str]]:
    """Subjects by recipient; the bodies hold no secret."""
    found: dict[str, list[str]] = {}
    async with house.floor.database.read() as db:
        for recipient, subject in await db.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id)):
            found.setdefault(recipient, []).append(subject)
    return found


async def actions(house: House) -> list[str]:
    async with house.floor.database.read() as db:
        query = select(LedgerEntry.action).where(LedgerEntry.action.like("party.%")).order_by(LedgerEntry.id)
        return list((await db.execute(query)).scalars())


async def proves(house: House, secret: str) -> bool:
    """Whether the secret proves the client, where nothing else is asked."""
    # As the statement of a redemption makes every process do (D10); about a token that is none no statement asks.
    await house.resources.parties.reload_client("rekenrijk")
    answer = await house.browser().client.post("/oidc/introspect", data={"token": "x"}, auth=("rekenrijk", secret))
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def form_at(browser: Browser, address: str) -> dict[str, str]:
    """What the form of a page carries unseen."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', (await browser.get(address)).text))


async def renews(house: House, browser: Browser, overlap: str) -> tuple[Page, str | None]:
    """The page after the form, and the secret on it."""
    here = f"/party/{house.party_id}/clients/{(await client(house)).id}/secret"
    page = await browser.request("POST", here, data=await form_at(browser, here) | {"overlap": overlap})
    found = re.search(r'id="client-secret"><code>([^<]+)', page.text)
    return page, found[1] if found else None


async def test_a_secret_is_renewed_shown_once_and_the_former_one_ends_when_it_was_said(house: House) -> None:
    browser = await contact_comes(house)
    page, second = await renews(house, browser, "3")
    assert second
    assert page.response.headers["cache-control"] == "no-store"
    assert await proves(house, second)
    assert await proves(house, house.client_secret)
    told = await mails(house)
    assert set(told) >= {EMAIL, "tweede@rekenrijk.example"}
    assert all("vernieuwd" in subject for subjects in told.values() for subject in subjects)
    async with house.floor.database.read() as db:
        bodies = "".join((await db.execute(select(Mail.body))).scalars())
        details = repr((await db.execute(select(LedgerEntry.detail))).all())
    assert second not in bodies + details
    # Loaded again, the page that showed it takes nothing away.
    form = await form_at(browser, page.url)
    stale = await browser.request("POST", page.url, data={**form, "version": "1", "overlap": "0"})
    assert (stale.status, "geen nieuw geheim" in stale.text) == (400, True)
    assert await proves(house, second)
    listed = await browser.get(f"/party/{house.party_id}/connections")
    assert "Het vorige geheim werkt nog tot" in listed.text
    house.clock.move(days=3, minutes=1)
    assert not await proves(house, house.client_secret)
    assert await proves(house, second)
    async with house.floor.database.begin() as db:
        assert await client_changes.forget_former_secrets(db, now=house.clock.now) == 1
    assert (await client(house)).former_hash is None
    assert "former_secrets" in {purge.name for purge in retention.PURGES}
    browser = await contact_comes(house)
    _, third = await renews(house, browser, "0")
    assert third
    assert not await proves(house, second), "perhaps it leaked"
    assert (await actions(house)).count("party.secret_renewed") == 2


async def test_who_has_no_fresh_proof_changes_nothing(house: House) -> None:
    """C-318: seen without one, opened with one; what was sent too late waits for it."""
    browser = await contact_comes(house)
    one = await client(house)
    here = f"/party/{house.party_id}/clients/{one.id}/secret"
    form = await form_at(browser, here)
    house.clock.move(minutes=31)
    assert (await browser.get(f"/party/{house.party_id}/connections")).status == 200
    for place in ("secret", "addresses"):
        assert (await browser.get(f"/party/{house.party_id}/clients/{one.id}/{place}")).offers("password")
    await browser.request("POST", here, data={**form, "overlap": "0"})
    assert (await client(house)).version == one.version


async def readdresses(house: House, browser: Browser, number: int, uris: str, **more: str) -> Page:
    here = f"/party/{house.party_id}/clients/{number}/addresses"
    page = await browser.request("POST", here, data={**await form_at(browser, here), "redirect_uris": uris, **more})
    return await browser.follow(page)


async def test_addresses_count_at_once_while_only_reference_people_use_them(house: House) -> None:
    browser, one = await contact_comes(house), await client(house)
    uris = "\n".join([*one.told["redirect_uris"], OTHER])
    page = await readdresses(house, browser, one.id, uris, post_logout_redirect_uris="https://rekenrijk.example/klaar")
    assert "werkt vanaf nu" in page.text
    now = await client(house)
    assert (OTHER in now.told["redirect_uris"], now.version) == (True, one.version + 1)
    assert {**now.told, "redirect_uris": 0} == {**one.told, "redirect_uris": 0}, "everything else stays"
    desk = f"/desk/{house.school.code}/parties/{house.party_id}"
    assert (await (await sits_down(house)).get(f"{desk}/tick")).status == 404, (
        "nobody of ours looked yet: no school says yes"
    )
    assert "party.connection_changed" in await actions(house)
    assert set(await mails(house)) >= {EMAIL, "tweede@rekenrijk.example"}
    for wrong, why in (
        ("http://rekenrijk.example/x", "moet met https beginnen"),
        ("https://a@rekenrijk.example/", "zonder gebruikersnaam"),
        ("javascript:alert(1)", "geef dit adres helemaal"),
        ("https://rekenrijk.example:poort/", "poortnummer van de server klopt niet"),
        ("https://rekenrijk.example/\u00e9", "gewone tekens"),
        ("", "minstens één adres"),
        (OTHER + "#x", "mag geen # staan"),
    ):
        page = await readdresses(house, browser, one.id, wrong)
        assert (page.status, why in page.text, 'lang="en">' in page.text) == (400, True, False), wrong
    assert (await client(house)).version == now.version


async def test_where_a_school_says_yes_a_proposal_waits_for_the_operator(house: House) -> None:
    """An account of a contact that was taken over sends no pupil to another address."""
    await used(house)
    browser, one = await contact_comes(house), await client(house)
    keeps, numbers = one.told["redirect_uris"][:1], set[int]()
    for uris in ("https://dief.example/", "https://rekenrijk.example/derde"):
        page = await readdresses(house, browser, one.id, "\n".join([*keeps, uris]))
        assert "ligt bij de beheerder" in page.text
        async with house.floor.database.read() as db:
            numbers |= {waits.id for waits in await proposals.waiting(db)}
    assert len(numbers) == 2, "who looked at the one approves it, or none"
    assert (await client(house)).version == one.version
    assert "wacht op de beheerder" in page.text
    floor, now = house.floor, house.clock.now
    said: dict[str, Any] = {"now": now, "by": "operator:test", "contact": "helpdesk@example.nl"}
    assert house.floor.settings.support_contact in await mails(house)
    async with floor.database.begin() as db:
        [waits] = await proposals.waiting(db)
        known = await client_changes.registered(db, "rekenrijk")
        made = client_changes.readdressed(known, waits.addresses or {}, loopback_allowed=False)
        desired = proposals.Desired("rekenrijk", known, made)
        differs = await proposals.differs_by(db, desired, now=now, loopback=False)
        assert differs["redirect_uris"]["added"] == ["https://rekenrijk.example/derde"]
        await proposals.approve(db, waits, desired, **said, loopback=False)
    assert (await client(house)).told["redirect_uris"] == [*keeps, "https://rekenrijk.example/derde"]
    await readdresses(house, browser, one.id, "https://rekenrijk.example/vierde")
    async with floor.database.begin() as db:
        [waits] = await proposals.waiting(db, party_id=house.party_id)
        await proposals.refuse(db, waits, **said)
        assert await proposals.waiting(db) == []
    assert "niet overgenomen" in (await mails(house))[EMAIL][-1]
    assert (await actions(house))[-2:] == ["party.change_proposed", "party.change_refused"]


async def test_newer_saml_metadata_are_those_of_the_same_entity_or_nothing(house: House) -> None:
    await saml_party.connect(house)
    async with house.floor.database.read() as db:
        found = await connections.of_party(db, house.party_id)
    number = next(one.id for one in found if one.protocol == "saml")
    browser, here = await contact_comes(house), f"/party/{house.party_id}/entities/{number}/metadata"

    async def gives(document: bytes) -> Page:
        data = {**await form_at(browser, here), "document": document.decode()}
        page = await browser.request("POST", here, data=data)
        return await browser.follow(page)

    other = saml_party.document(entity_id="https://ander.example/saml")
    evil = saml_party.document(acs="javascript:alert(1)")
    for wrong in (b"geen xml", saml_party.document(), other, evil):
        assert (await gives(wrong)).status == 400, wrong[:40]
    moved = saml_party.document(acs="https://sp.example/verhuisd")
    assert "werkt vanaf nu" in (await gives(moved)).text
    await used(house)
    assert "ligt bij de beheerder" in (await gives(saml_party.document())).text
    known = await house.resources.parties.reload_entity(sp.ENTITY)
    assert known is not None
    assert known.sp.default_consumer.location == "https://sp.example/verhuisd"


async def test_nobody_floods_an_operator_or_a_server_with_changes(house: House) -> None:
    await used(house)
    browser, one = await contact_comes(house), await client(house)
    for _ in range(11):
        page = await readdresses(house, browser, one.id, "https://rekenrijk.example/vijfde")
    assert (page.status, "zojuist vaak gewijzigd" in page.text) == (400, True)
    assert len((await mails(house))[house.floor.settings.support_contact]) <= 10
    _, made = await renews(house, browser, "0")
    assert made is None


async def test_another_partys_connection_is_as_one_that_does_not_exist(house: House) -> None:
    """C-324."""
    await register(house, "taalpaleis")
    theirs = (await client(house, "taalpaleis")).id
    browser = await contact_comes(house)
    for path in (
        f"clients/{theirs}/secret",
        f"clients/{theirs}/addresses",
        "clients/999999/secret",
        "entities/999999/metadata",
    ):
        address = f"/party/{house.party_id}/{path}"
        assert (await browser.get(address)).status == 404
        form = await form_at(browser, f"/party/{house.party_id}/clients/{(await client(house)).id}/secret")
        assert (await browser.request("POST", address, data={**form, "redirect_uris": OTHER})).status == 404


async def test_a_reference_school_alone_is_no_use(house: House) -> None:
    async with house.floor.database.begin() as db:
        party = await parties.by_id(db, house.party_id)
        assert not await proposals.in_use(db, party)
        assert (await db.execute(select(Tick.id).where(Tick.party_id == party.id, Tick.given))).first()
        await ticks.give(db, house.school.id, party.id, {"subject"}, now=house.clock.now, by="test")
        assert await proposals.in_use(db, party)
        await connections.put_under_test(db, party.id, under_test=False)
        await ticks.withdraw(db, house.school.id, party.id, now=house.clock.now, by="test")
        assert await proposals.in_use(db, await parties.by_id(db, party.id)), "whoever is live asks first"
        await connections.put_under_test(db, party.id, under_test=True)
