"""C-232, C-136 and C-054 with parties that hold one of our keys, or both: each is switched by itself, and no sign-in fails at any of them."""

import asyncio
from datetime import timedelta

import pytest
from lxml import etree

from metadata import key_users, keys, rollover
from metadata.rollover import Rotation
from protocols.oidc.op.codes import TOKEN_LIFE
from protocols.oidc.op.issuing import ID_TOKEN_LIFE
from protocols.saml import published
from protocols.saml.idp.response import FORWARD
from tests.browser import Browser
from tests.conformance.relying_party import arrives, keys_of, tokens_of, unverified
from tests.house import House, staff_signs_in
from tests.journeys.test_a_publisher_asks_over_saml import answered, ask, publish
from tests.protocols.saml import party as sp
from tests.protocols.saml.libxmlsec import xmlsec

MONTH = timedelta(days=30)
CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"


async def shown(house: House) -> list[str]:
    """The certificates of our metadata, as a publisher keeps them."""
    page = await house.browser().request("GET", "/saml/metadata")
    (role,) = etree.fromstring(page.response.content).findall("{*}IDPSSODescriptor")
    return ["".join((found.text or "").split()) for found in role.iter(CERTIFICATE)]


def believes(held: list[str], response: bytes) -> bool:
    """Whether libxmlsec finds the Response signed by a key that the publisher holds, whatever its KeyInfo says."""
    root = etree.fromstring(response)
    (signature,) = root.findall("{http://www.w3.org/2000/09/xmldsig#}Signature")
    for certificate in held:
        context = xmlsec.SignatureContext()
        pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
        context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
        context.register_id(root, "ID")
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return True
    return False


async def signs_in(house: House, browser: Browser | None = None, number: int = 0) -> bytes:
    """The Response of a sign-in at the SAML publisher; a browser that was there before brings its session."""
    at = browser or house.browser()
    page = await ask(house, at, ID=f"_r{number}")
    if "SAMLResponse" not in page.text:
        page = await staff_signs_in(at, page, "juf")
    return answered(page)[0]


async def certificate_of(house: House, kid: str) -> str:
    house.clock.move(seconds=6)
    known = await house.resources.keys.latest(now=house.clock.now)
    return next(signer.certificate for signer in known.signers if signer.kid == kid)


async def choose(house: House, connection: str, kid: str | None) -> None:
    known = await keys.load(house.floor.database, house.floor.keyring, now=house.clock.now)
    async with house.floor.database.begin() as db:
        await key_users.choose(db, known, connection, kid, now=house.clock.now)


async def users(house: House) -> dict[str, tuple[str, bool, bool]]:
    known = await keys.load(house.floor.database, house.floor.keyring, now=house.clock.now)
    async with house.floor.database.read() as db:
        found = await key_users.listed(db, known, now=house.clock.now)
    return {one.connection: (one.kid, one.chosen, one.newest) for one in found}


async def test_c232_parties_are_switched_one_by_one(house: House) -> None:
    """Published now, signing in a month; kept for a month after that."""
    await publish(house)
    old_kid = (await house.resources.keys.latest(now=house.clock.now)).active("RS256", house.clock.now).kid
    house.clock.move(seconds=1)
    begins = house.clock.now + MONTH
    async with house.floor.database.begin() as db:
        how = Rotation(begins, MONTH)
        new_kid = await rollover.rotate(db, house.floor.keyring, "RS256", now=house.clock.now, how=how)
    old, new = await certificate_of(house, old_kid), await certificate_of(house, new_kid)
    assert {old, new} <= set(await shown(house))

    async def signed_with() -> list[bool]:
        response = await signs_in(house)
        return [believes([old], response), believes([new], response), believes(await shown(house), response)]

    assert await signed_with() == [True, False, True]
    assert await users(house) == {sp.ENTITY: (old_kid, False, False), "rekenrijk": (old_kid, False, False)}
    # This one has read the new key already; the other keeps the old.
    await choose(house, sp.ENTITY, new_kid)
    assert await signed_with() == [False, True, True]
    tokens = await tokens_of(house, await arrives(house))
    assert unverified(tokens["id_token"])[0]["kid"] == old_kid
    assert await users(house) == {sp.ENTITY: (new_kid, True, True), "rekenrijk": (old_kid, False, False)}
    # It was too soon; and it needs longer than everybody.
    await choose(house, sp.ENTITY, old_kid)
    house.clock.now = begins
    assert await signed_with() == [True, False, True]
    tokens = await tokens_of(house, await arrives(house))
    assert unverified(tokens["id_token"])[0]["kid"] == new_kid
    assert await users(house) == {sp.ENTITY: (old_kid, True, False), "rekenrijk": (new_kid, False, True)}
    async with house.floor.database.begin() as db:
        await rollover.keep(db, old_kid, until=begins + 2 * MONTH, now=house.clock.now)
    house.clock.now = begins + MONTH
    assert await signed_with() == [True, False, True]
    # Its time is over: the party gets the key that everybody knows, never none.
    house.clock.now = begins + 2 * MONTH
    assert await signed_with() == [False, True, True]
    assert old not in await shown(house)
    with pytest.raises(LookupError):
        await choose(house, sp.ENTITY, old_kid)


async def test_c136_c054_no_sign_in_fails_while_keys_change_under_load(house: House) -> None:
    """Publishers over both protocols, of which one read our keys just now and one as long ago as our cacheDuration allows."""
    await publish(house)
    kept, kept_jwks, kept_at = await shown(house), await keys_of(house.browser()), house.clock.now
    kids, number = set[str](), 0
    for step in range(6):
        if step == 1:
            house.clock.move(seconds=1)
            async with house.floor.database.begin() as db:
                await rollover.rotate(db, house.floor.keyring, "RS256", now=house.clock.now)
        house.clock.move(hours=8)
        if house.clock.now - kept_at >= timedelta(hours=12):
            kept, kept_jwks, kept_at = await shown(house), await keys_of(house.browser()), house.clock.now
        browser = house.browser()
        await signs_in(house, browser)
        number += 3
        responses = await asyncio.gather(*(signs_in(house, browser, number + one) for one in range(3)))
        fresh = await shown(house)
        assert all(believes(kept, response) and believes(fresh, response) for response in responses), step
        kid = unverified((await tokens_of(house, await arrives(house)))["id_token"])[0]["kid"]
        assert kid in {key["kid"] for key in kept_jwks}, step
        kids.add(kid)
    assert len(kids) == 2


def test_c136_what_others_keep_is_older_than_no_key_that_signs() -> None:
    """Published before use for longer than our documents may be kept; after use for longer than anything lives that it signed."""
    assert timedelta(hours=published.CACHE_HOURS) < keys.PUBLISHED_BEFORE_USE
    assert timedelta(seconds=max(ID_TOKEN_LIFE, TOKEN_LIFE)) < keys.PUBLISHED_AFTER_USE
    assert FORWARD < keys.PUBLISHED_AFTER_USE


async def test_c232_our_answers_are_ecdsa_or_rsa_as_the_party_knows_us(house: House) -> None:
    await publish(house)
    ec = (await house.resources.keys.latest(now=house.clock.now)).active("ES256", house.clock.now)
    assert not believes([ec.certificate], await signs_in(house))
    await choose(house, sp.ENTITY, ec.kid)
    assert believes([ec.certificate], await signs_in(house))
    with pytest.raises(ValueError, match="registered RS256"):
        await choose(house, "rekenrijk", ec.kid)
    pss = (await house.resources.keys.latest(now=house.clock.now)).active("PS256", house.clock.now)
    with pytest.raises(ValueError, match="SAML has no use"):
        await choose(house, sp.ENTITY, pss.kid)
    with pytest.raises(LookupError):
        await choose(house, "nobody", None)


async def test_c136_a_leaked_key_is_gone_at_once_and_people_go_on(house: House) -> None:
    arrival = await arrives(house)
    tokens = await tokens_of(house, arrival)
    leaked = unverified(tokens["id_token"])[0]["kid"]
    await choose(house, "rekenrijk", leaked)
    async with house.floor.database.begin() as db:
        signs = await rollover.revoke(db, house.floor.keyring, leaked, now=house.clock.now)
    assert signs is not None
    house.clock.move(seconds=6)
    assert leaked not in {key["kid"] for key in await keys_of(house.browser())}
    again = await tokens_of(house, await arrives(house, arrival.browser))
    assert unverified(again["id_token"])[0]["kid"] == signs
    # Whoever has the key could have made this hint: it ends nobody's session unasked.
    page = await arrival.browser.request("GET", f"/oidc/logout?id_token_hint={tokens['id_token']}")
    assert page.location != "https://inloggen.example/signout/done"
    with pytest.raises(LookupError):
        async with house.floor.database.begin() as db:
            await rollover.revoke(db, house.floor.keyring, leaked, now=house.clock.now)
