"""C-230, C-077, C-078: a logout that one protocol begins reaches the parties of the other, and the worker tells who was away."""

import pytest

from idp.core.settings import Settings
from tests.conformance.relying_party import arrives, tokens_of, unverified
from tests.conformance.saml_logout import (
    PAIR,
    THERE,
    answer_of,
    asked,
    by_redirect,
    certificates,
    hint,
    publish,
    visits,
)
from tests.conformance.test_c060_logout import logout_url
from tests.conformance.test_c071_telling_clients import HERE, states, token_of, told_at, work
from tests.house import House
from tests.listening import Heard, listening, nobody_listens
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.logging_out import NS


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": HERE})


async def test_c230_across_protocols_from_saml_to_openid_connect(house: House) -> None:
    """An SP's request: the OpenID Connect client is told; who is down makes it a PartialLogout, and is told later (C-077)."""
    await publish(house, ("HTTP-Redirect", THERE))
    async with listening() as client:
        await told_at(house, client.address)
        browser, signed = await visits(house)
        known = unverified((await tokens_of(house, await arrives(house, browser)))["id_token"])[1]
        page = await by_redirect(house, browser, asked(house, signed))
        assert (await answer_of(house, page))[0] == ["Success"]
        claims = await token_of(house, await client.next())
        assert (claims["sub"], claims["sid"]) == (known["sub"], known["sid"])
        await told_at(house, nobody_listens())
        browser, signed = await visits(house)
        await tokens_of(house, await arrives(house, browser))
        page = await by_redirect(house, browser, asked(house, signed))
        assert (await answer_of(house, page))[0] == ["Success", "PartialLogout"]
        await told_at(house, client.address)
        house.clock.move(seconds=31)
        await work(house)
        await token_of(house, await client.next())


async def test_c230_across_protocols_from_openid_connect_to_saml_by_soap(house: House) -> None:
    """NameID and SessionIndex of the assertion, signed, in an envelope; the party's own answer decides whether it counts."""
    ok = True

    def answers(heard: Heard) -> tuple[int, bytes]:
        request = lo.from_envelope(heard.body)
        status = lo.SUCCESS if ok else lo.SUCCESS.replace("Success", "Responder")
        xml = lo.response(to=HERE, in_response_to=request.get("ID"), issued=house.clock.now, status=status)
        return 200, lo.envelope(sp.enveloped(xml, rsa_pair(PAIR)))

    async with listening(answers) as server:
        await publish(house, ("SOAP", server.address + "/soap"))
        browser, signed = await visits(house)
        page = await browser.request("GET", logout_url(id_token_hint=await hint(house, browser)))
        assert (page.location or "").split("?")[0].endswith("/signout/done")
        heard = await server.next()
        request = lo.from_envelope(heard.body)
        lo.verified(request, await certificates(house))
        assert heard.headers["soapaction"] == '"http://www.oasis-open.org/committees/security"'
        assert request.findtext("saml:NameID", namespaces=NS) == signed.name_id
        assert request.findtext("samlp:SessionIndex", namespaces=NS) == signed.session_index
        assert sorted(await states(house)) == ["mute", "told"]
        ok = False
        browser, _ = await visits(house)
        page = await browser.get(logout_url(id_token_hint=await hint(house, browser)))
        assert "<li>Rekenrijk</li>" in page.text
        house.clock.move(seconds=31)
        ok = True
        assert await work(house) == 1
        ids = {lo.from_envelope((await server.next()).body).get("ID") for _ in range(2)}
        assert len(ids) == 2


async def test_c078_the_worker_tells_service_providers_too(house: House) -> None:
    from directory import people

    async with listening(lambda _: (500, b"")) as server:
        await publish(house, ("SOAP", server.address))
        _, signed = await visits(house)
        async with house.floor.database.begin() as db:
            await people.end_sessions(db, house.people["Noor"])
        await work(house)
        request = lo.from_envelope((await server.next()).body)
        assert request.findtext("saml:NameID", namespaces=NS) == signed.name_id
        assert await states(house) == ["waiting"]
