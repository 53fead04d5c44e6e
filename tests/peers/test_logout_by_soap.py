"""C-230: pysaml2 signs out by SOAP, as it prefers to; and what a program is told there when it does not work (Bindings 3.2.3.3, SOAP 1.1 4.4)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from saml2 import BINDING_SOAP
from saml2.response import IncorrectlySigned
from saml2.samlp import (
    STATUS_REQUEST_DENIED,
    STATUS_REQUESTER,
    STATUS_VERSION_MISMATCH,
    logout_response_from_string,
)
from saml2.soap import open_soap_envelope

from idp.core.settings import Settings
from metadata.saml.policy import Policy
from tests.clock import Clock
from tests.conformance.saml_logout import certificates
from tests.conformance.saml_party import NOOR, answer, connect
from tests.conformance.test_c060_logout import signed_in
from tests.conformance.test_c071_telling_clients import HERE, states
from tests.house import House, pupil_signs_in
from tests.listening import Heard, listening
from tests.peers.service_providers import RSA_SHA256, SLO, Pysaml2, pysaml2
from tests.protocols.saml import logging_out as lo
from tests.protocols.saml import party as sp
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import rsa_pair

SOAP = "/saml/slo/soap"
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    """An installation on this machine, which may ask parties on this machine."""
    return settings.model_copy(update={"base_url": HERE})


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    service_provider.collect()


@pytest.fixture
def clock() -> Clock:
    """The machine's time, standing still."""
    made = Clock()
    made.now = datetime.now(UTC)
    return made


def asks(judge: Pysaml2, to: str) -> dict[str, Any]:
    """Its request as it would send it: address, body and headers."""
    (entity,) = judge.client.metadata.with_descriptor("idpsso")
    session = judge.client.users.get_info_from(judge.name, entity, False)["session_index"]
    _, request = judge.client.create_logout_request(
        to, entity, name_id=judge.name, session_indexes=[session], sign=True, sign_alg=RSA_SHA256
    )
    made: dict[str, Any] = judge.client.apply_binding(BINDING_SOAP, str(request), to, sign=False)
    return made


async def sends(house: House, body: str | bytes, kind: str = "text/xml") -> Any:
    return await house.browser().client.post(SOAP, content=body, headers={"Content-Type": kind})


def named_in(sent: str) -> str:
    return sent.split(' ID="')[1].split('"')[0]


def fault_in(response: Any) -> tuple[str, str]:
    """SOAP 1.1, 4.4: code and text. Its parts have no namespace; pysaml2 expects one, and so reads no fault of anybody's."""
    assert response.headers["content-type"].split(";")[0] == "text/xml"
    (fault,) = etree.fromstring(response.content).iterfind("S:Body/S:Fault", lo.NS)
    prefix, _, code = (fault.findtext("faultcode") or "").partition(":")
    assert fault.nsmap[prefix] == lo.NS["S"]
    return code, fault.findtext("faultstring") or ""


async def told(house: House, response: Any) -> tuple[list[str], str, str | None]:
    """The status codes of a signed LogoutResponse in SOAP, its sentence, and which request it answers."""
    assert (response.status_code, response.headers["content-type"].split(";")[0]) == (200, "text/xml")
    lo.verified(lo.from_envelope(response.content), await certificates(house))
    read = logout_response_from_string(open_soap_envelope(response.content)["body"])
    code = read.status.status_code
    codes = [code.value, code.status_code.value] if code.status_code is not None else [code.value]
    return codes, read.status.status_message.text, read.in_response_to


async def test_c230_pysaml2_signs_out_by_soap_and_hears_what_is_wrong(house: House, tmp_path: Path) -> None:
    pair, ours = rsa_pair("sp"), (await house.browser().request("GET", "/saml/metadata")).response.content
    with pysaml2(tmp_path, ours, pair) as judge:
        assert isinstance(judge, Pysaml2)
        await connect(house, judge.metadata, Policy(dialect="entree"))
        browser, asked = house.browser(), urlsplit(judge.url)
        page = await pupil_signs_in(browser, await browser.get(f"{asked.path}?{asked.query}"), house, *NOOR)
        judge.accept(answer(page, opens=pair).octets)
        # It takes SOAP before any other binding that our metadata name.
        (location,) = judge.client.metadata.single_logout_service(
            next(iter(judge.client.metadata.with_descriptor("idpsso"))), BINDING_SOAP, "idpsso"
        )
        made = asks(judge, location["location"])
        assert urlsplit(made["url"]).path == SOAP
        sent = made["data"] if isinstance(made["data"], str) else made["data"].decode()
        await _refusals(house, sent)
        await _faults(house, sent)
        assert await signed_in(browser), "nothing of all that ended anything"
        response = await house.browser().client.post(SOAP, content=sent, headers=dict(made["headers"]))
        lo.verified(lo.from_envelope(response.content), await certificates(house))
        read = judge.client.parse_logout_request_response(response.text, BINDING_SOAP)
        assert (read.status_ok(), read.in_response_to) == (True, named_in(sent))
        assert not await signed_in(browser)


async def test_c230_pysaml2_obeys_our_request_by_soap_and_nobody_elses(house: House, tmp_path: Path) -> None:
    pair, ours = rsa_pair("sp"), (await house.browser().request("GET", "/saml/metadata")).response.content
    with pysaml2(tmp_path, ours, pair) as judge:
        assert isinstance(judge, Pysaml2)
        refused: list[Exception] = []

        def obeys(heard: Heard) -> tuple[int, bytes]:
            for body in (heard.body.replace(b"</ns1:NameID>", b"0</ns1:NameID>"), heard.body):
                try:
                    made = judge.client.handle_logout_request(body.decode(), judge.name, BINDING_SOAP, sign=False)
                except Exception as error:
                    refused.append(error)
            return 200, bytes(made["data"])

        async with listening(obeys) as server:
            by_query, by_soap = f'HTTP-Redirect" Location="{SLO}"', f'SOAP" Location="{server.address}/"'
            heard = judge.metadata.decode().replace(by_query, by_soap)
            assert heard != judge.metadata.decode()
            await connect(house, heard.encode(), Policy(dialect="entree"))
            browser, asked = house.browser(), urlsplit(judge.url)
            page = await pupil_signs_in(browser, await browser.get(f"{asked.path}?{asked.query}"), house, *NOOR)
            judge.accept(answer(page, opens=pair).octets)
            page = await browser.choose(await browser.get("/signout"), "answer", "yes")
            assert (await states(house), [type(error) for error in refused]) == (["told"], [IncorrectlySigned])
            assert not judge.client.users.subjects(), "the session there is over"


async def _refusals(house: House, sent: str) -> None:
    """Who asks is known by name, so that the answer is SAML's, and signed; no word of it depends on a person."""
    named, denied = named_in(sent), [STATUS_REQUESTER, STATUS_REQUEST_DENIED]
    stranger, key = rsa_pair("stranger"), rsa_pair("sp")
    signed = open_soap_envelope(sent.encode())["body"]
    bare = etree.fromstring(signed)
    bare.remove(*bare.iterfind("ds:Signature", lo.NS))
    unsigned: bytes = etree.tostring(bare)
    elsewhere, late = unsigned.replace(b"/saml/slo/soap", b"/saml/slo"), unsigned.replace(b'="20', b'="19')
    for message, expected, sentence in (
        (unsigned, denied, "an unsigned logout request"),
        (sp.enveloped(unsigned, stranger), denied, "signature of the message is wrong"),
        (signed.replace(b"</", b" </", 1), denied, "digest of the message is wrong"),
        (sp.enveloped(elsewhere, key), denied, "Destination is another address"),
        (sp.enveloped(late, key), denied, "IssueInstant is too long ago"),
        (unsigned.replace(b'Version="2.0"', b'Version="1.1"'), [STATUS_VERSION_MISMATCH], "Only SAML 2.0"),
    ):
        codes, why, about = await told(house, await sends(house, lo.envelope(message)))
        assert (codes, about) == (expected, named), sentence
        assert sentence in why
    unreadable = sp.enveloped(unsigned.replace(b"NameID", b"BaseID"), key)
    assert (await told(house, await sends(house, lo.envelope(unreadable))))[0] == [STATUS_REQUESTER]
    for nameless in (unsigned.replace(named.encode(), b"1-no-name"), unsigned.replace(named.encode(), b"&quot;&gt;x")):
        assert (await told(house, await sends(house, lo.envelope(nameless))))[2] is None, "Core 3.2.2"


async def _faults(house: House, sent: str) -> None:
    """Nothing of SAML is there that could be answered, or nobody whom we know."""
    envelope = '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">{}</S:Envelope>'.format
    must = '<S:Header><a:b xmlns:a="urn:x" S:mustUnderstand="1"/></S:Header>'
    query = sent.replace("LogoutRequest", "AttributeQuery")
    newer = sent.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
    for body, kind, expected in (
        ("no xml", "text/xml", "Client"),
        (sent, "application/x-www-form-urlencoded", "Client"),
        ("<!DOCTYPE a><a/>", "text/xml", "Client"),
        (envelope("<S:Body/>"), "text/xml", "Client"),
        (query, "text/xml", "Client"),
        (newer, "application/soap+xml", "VersionMismatch"),
        (envelope(f"{must}<S:Body><a/></S:Body>"), "text/xml", "MustUnderstand"),
    ):
        response = await sends(house, body, kind)
        code, why = fault_in(response)
        assert (response.status_code, code) == (500, expected), body[:80]
        assert re.fullmatch(r"[a-z_.]+, reference [A-Z0-9-]+", why)
    stranger = await sends(house, sent.replace(sp.ENTITY, "https://nobody.example/saml"))
    assert (stranger.status_code, fault_in(stranger)[1].split(",")[0]) == (403, "party.unknown")
    assert (await house.browser().client.get(SOAP)).status_code == 405
    for path in ("/signin/0/soap", "/soap"):
        assert (await house.browser().get(path)).heading, "a page for people, whose address only ends like it"
