"""C-250 to C-257 and C-277 over HTTP, where messages come in: a logout that was never asked for, and queries taken apart and put together again."""

import base64
import copy

import pytest
from lxml import etree
from lxml.etree import _Element as Element

from idp.core.settings import Settings
from tests.attacks.signature_wrapping import EVERY, Parts
from tests.conformance.saml_logout import PAIR, SLO, SOAP, THERE, asked, by_redirect, publish, visits
from tests.conformance.test_c060_logout import signed_in
from tests.conformance.test_c071_telling_clients import HERE
from tests.house import House
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import rsa_pair


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": HERE})


async def test_c250_to_c257_a_wrapped_request_signs_nobody_out(house: House) -> None:
    """The party truly signed a request about the attacker's own session; by POST and by SOAP it is bent to another one."""
    await publish(house, ("HTTP-Redirect", THERE))
    victim, meant = await visits(house)
    attacker, own = await visits(house)
    doors = ((SLO, "/saml/slo"), (SOAP, "/saml/slo/soap"))
    for to, path in doors:
        honest = sp.enveloped(asked(house, own, to=to), rsa_pair(PAIR))
        wanted = etree.fromstring(asked(house, meant, to=to))

        def forge(forged: Element, wanted: Element = wanted) -> None:
            for name in ("saml:NameID", "samlp:SessionIndex"):
                (here,), (there,) = forged.iterfind(name, lo.NS), wanted.iterfind(name, lo.NS)
                forged.replace(here, copy.deepcopy(there))

        for wrap in EVERY:
            xml = etree.tostring(wrap(Parts.of(honest, forge)))
            if path.endswith("/soap"):
                told = await attacker.client.post(path, content=lo.envelope(xml), headers={"Content-Type": "text/xml"})
                assert lo.codes(lo.from_envelope(told.content)) == ["Requester", "RequestDenied"], wrap.__doc__
            else:
                form = {"SAMLRequest": base64.b64encode(xml).decode()}
                refused = await attacker.request("POST", path, data=form, cross_site=True)
                assert (refused.status, refused.location) == (400, None), wrap.__doc__
        assert await signed_in(victim)
        assert await signed_in(attacker)
    page = await by_redirect(house, attacker, asked(house, own))
    assert (page.location or "").startswith(THERE)
    assert (await signed_in(victim), await signed_in(attacker)) == (True, False)


def taken_apart(query: str, other: str) -> dict[str, str]:
    """A signed query as an attacker may change it; `other` is another message by the same party, unsigned."""
    parts = query.split("&")
    named = dict(part.split("=", 1) for part in parts)
    message = named["SAMLRequest"]
    return {
        "the message twice": f"{query}&SAMLRequest={other}",
        "the message twice, the other first": f"SAMLRequest={other}&{query}",
        "RelayState twice": f"{query}&RelayState=x",
        "the signature twice": f"{query}&Signature={named['Signature']}",
        "the algorithm twice": f"{query}&SigAlg={named['SigAlg']}",
        "an answer beside it": f"{query}&SAMLResponse={message}",
        "an answer before it": f"SAMLResponse={message}&{query}",
        "in another order": "&".join(reversed(parts)),
        "RelayState before the message": "&".join([parts[1], parts[0], *parts[2:]]),
        "RelayState taken out": "&".join(part for part in parts if not part.startswith("RelayState")),
        "RelayState exchanged": query.replace("RelayState=", "RelayState=x"),
        "a name in disguise": query.replace("SAMLRequest=", "SAML%52equest=", 1),
        "other octets of the same text": query.replace("%3A", "%3a"),
        "a space written as plus": query.replace("%26", "+%26"),
        "the message exchanged": query.replace(message, other),
    }


async def test_c277_a_signed_query_counts_as_it_was_signed_or_not_at_all(house: House) -> None:
    await publish(house, ("HTTP-Redirect", THERE))
    browser, signed = await visits(house)
    pair, issued = rsa_pair(PAIR), f"{house.clock.now:%Y-%m-%dT%H:%M:%SZ}"
    changed = {"IssueInstant": issued, "Destination": f"{HERE}/saml/sso"}
    question, other = sp.authn_request(changed), sp.authn_request({**changed, "ID": "_other", "ForceAuthn": "true"})
    ends = asked(house, signed)
    for path, honest, instead in (
        ("/saml/sso", lo.query(question, pair, relay_state="r&1"), lo.query(other, None)),
        ("/saml/slo", lo.query(ends, pair, relay_state="r&1"), lo.query(ends.replace(b"_lr1", b"_lr2"), None)),
    ):
        for what, query in taken_apart(honest, instead.removeprefix("SAMLRequest=")).items():
            page = await browser.request("GET", f"{path}?{query}")
            assert (page.status, page.location, "SAMLResponse" in page.text) == (400, None, False), (path, what)
        assert await signed_in(browser)
        page = await browser.request("GET", f"{path}?{honest}")
        assert page.status in {200, 303}
        assert "SAMLResponse" in page.text + (page.location or "")
    assert not await signed_in(browser)
