"""C-207, C-209, C-221 and C-202: what our metadata says over HTTP, judged by pysaml2 and its signature by libxmlsec."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from protocols.saml.sp.addresses import ENTITY as SP
from tests.browser import Page
from tests.clock import Clock
from tests.house import BASE, House
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IDP = f"{BASE}/saml/metadata"


@pytest.fixture
def clock() -> Clock:
    """The machine's time, standing still: pysaml2 reads it."""
    made = Clock()
    made.now = datetime.now(UTC)
    return made


async def document(house: House, path: str = "/saml/metadata", *, known: str = "") -> Page:
    return await house.browser().request("GET", path, **{"If-None-Match": known} if known else {})  # type: ignore[arg-type]


def verified(root: Any) -> None:
    """libxmlsec's opinion of the signature at the head."""
    signature = root[0]
    assert signature.tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    context = xmlsec.SignatureContext()
    (named,) = signature.iterfind(".//{*}X509Certificate")
    pem = f"-----BEGIN CERTIFICATE-----\n{named.text}\n-----END CERTIFICATE-----\n"
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(root, "ID")
    context.verify(signature)


async def test_c207_c209_what_it_says(house: House, tmp_path: Path) -> None:
    page = await document(house)
    assert page.response.headers["content-type"] == "application/samlmetadata+xml"
    root = etree.fromstring(page.response.content)
    verified(root)
    assert b"<!DOCTYPE" not in page.response.content
    until = datetime.fromisoformat(root.get("validUntil", ""))
    assert timedelta(days=12) < until - house.clock.now <= timedelta(days=14)
    assert root.get("cacheDuration") == "PT12H"
    assert {(name.get(LANG), name.text) for name in root.iterfind(".//{*}UIInfo/{*}DisplayName")} == {
        ("nl", "Poortwachter"),
        ("en", "Poortwachter"),
    }
    (scope,) = root.iterfind(".//{urn:mace:shibboleth:metadata:1.0}Scope")
    assert (scope.text, scope.get("regexp")) == ("inloggen.example", "false")
    assert {person.get("contactType") for person in root.iterfind("{*}ContactPerson")} == {"technical", "support"}
    # What it leads to is there.
    (role,) = root.iterfind("{*}IDPSSODescriptor")
    logos = {logo.get(LANG): logo.text or "" for logo in root.iterfind(".//{*}Logo")}
    assert set(logos) == {"nl", "en"}
    for address in (*logos.values(), role.get("errorURL", "")):
        assert address.startswith("https://")
        assert (await house.browser().get(address.removeprefix(BASE))).status == 200
    known = service_provider.client(tmp_path, idp_metadata=page.response.content, pair=rsa_pair("sp")).metadata
    (found,) = known.single_sign_on_service(IDP, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
    assert found["location"] == f"{BASE}/saml/sso"
    published = {"".join(text.split()) for _, text in known.certs(IDP, "idpsso", "signing")}
    keys = (await house.resources.keys.latest(now=house.clock.now)).published(house.clock.now)
    assert published == {signer.certificate for signer in keys if signer.alg != "PS256"}


async def test_c207_c209_what_it_says_to_network_providers(house: House) -> None:
    """Signed, with an end; a key to encrypt to, and a page about privacy."""
    page = await document(house, SP)
    root = etree.fromstring(page.response.content)
    verified(root)
    assert (root.get("entityID"), root.get("cacheDuration")) == (f"{BASE}{SP}", "PT12H")
    (role,) = root.iterfind("{*}SPSSODescriptor")
    assert {key.get("use") for key in role.iterfind("{*}KeyDescriptor")} >= {"signing"}
    told = {
        kind: {(found.get(LANG), found.text) for found in role.iter(f"{{*}}{kind}")}
        for kind in ("DisplayName", "Logo", "PrivacyStatementURL")
    }
    assert {kind: {lang for lang, _ in found} for kind, found in told.items()} == {kind: {"nl", "en"} for kind in told}
    for _, address in told["Logo"] | told["PrivacyStatementURL"]:
        assert (await house.browser().get(str(address).removeprefix(BASE))).status == 200
    assert {person.get("contactType") for person in root.iterfind("{*}ContactPerson")} == {"technical", "support"}
    etag = page.response.headers["etag"]
    assert (await document(house, SP, known=etag)).status == 304
    alone = etree.fromstring((await document(house, SP + "/once")).response.content)
    assert alone.get("validUntil") is None


async def test_c204_who_has_it_need_not_read_it_again(house: House) -> None:
    page = await document(house)
    etag = page.response.headers["etag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await document(house, known=given)
        assert (again.status, again.response.content, again.response.headers["etag"]) == (304, b"", etag)
    assert (await document(house, known='"other"')).status == 200
    house.clock.move(days=1)
    later = await document(house, known=etag)
    assert later.status == 200
    ends = [datetime.fromisoformat(etree.fromstring(p.response.content).get("validUntil", "")) for p in (page, later)]
    assert ends[1] - ends[0] == timedelta(days=1)


async def test_a_file_for_who_reads_it_once_has_no_end(house: House) -> None:
    root = etree.fromstring((await document(house, "/saml/metadata/once")).response.content)
    assert (root.get("entityID"), root.get("validUntil"), root.get("cacheDuration")) == (IDP, None, None)
    assert etree.fromstring((await document(house)).response.content).get("validUntil") is not None
