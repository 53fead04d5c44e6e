"""Our own metadata, as others read it."""

from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from metadata.saml.writer import OurEntity, Term, write_idp
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import ec_pair, rsa_pair
from tests.protocols.saml.party import verify

US = OurEntity(
    entity_id="https://idp.example/saml/metadata",
    sso_redirect="https://idp.example/saml/sso?a=1&b=2",
    sso_post="https://idp.example/saml/sso",
    slo="https://idp.example/saml/slo",
    slo_soap="https://idp.example/saml/slo/soap",
    display_names={"nl": "Poortwachter <test>", "en": "Gatekeeper & co"},
    website="https://idp.example/",
    contact_email="beheer@idp.example",
    error_url="https://idp.example/help?x=1&y=2",
    logo="https://idp.example/static/abc/mark.svg",
    scope="idp.example",
)
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


def test_it_is_canonical_and_signed_with_the_key_that_it_names_first() -> None:
    for pair in (rsa_pair("idp"), ec_pair("idp")):
        written = write_idp(US, signing=[pair.certificate], signer=pair)
        root = etree.fromstring(written)
        assert etree.tostring(root, method="c14n", exclusive=True) == written
        verify(root, pair)


def test_two_writings_have_two_identifiers() -> None:
    pair = rsa_pair("idp")
    first, second = (etree.fromstring(write_idp(US, signing=[pair.certificate], signer=pair)) for _ in range(2))
    assert first.get("ID") != second.get("ID")


def test_it_tells_what_partners_need() -> None:
    """C-207, C-209."""
    root = etree.fromstring(write_idp(US, signing=[rsa_pair("idp").certificate], signer=rsa_pair("idp")))
    (role,) = root.findall(f"{MD}IDPSSODescriptor")
    assert role.get("WantAuthnRequestsSigned") == "false"
    assert role.get("errorURL") == "https://idp.example/help?x=1&y=2"
    names = {
        element.get("{http://www.w3.org/XML/1998/namespace}lang"): element.text
        for element in role.iter("{*}DisplayName")
    }
    assert names == {"nl": "Poortwachter <test>", "en": "Gatekeeper & co"}
    assert [logo.text for logo in role.iter("{*}Logo")] == [US.logo] * 2
    assert [(scope.text, scope.get("regexp")) for scope in role.iter("{*}Scope")] == [("idp.example", "false")]
    contact, support = root.findall(f"{MD}ContactPerson")
    assert (contact.get("contactType"), support.get("contactType")) == ("technical", "support")
    assert contact.findtext(f"{MD}EmailAddress") == "mailto:beheer@idp.example"
    assert root.get("validUntil") is None


def test_a_term_is_written_where_one_is_given() -> None:
    until = datetime(2026, 12, 1, tzinfo=UTC)
    pair = rsa_pair("idp")
    root = etree.fromstring(write_idp(US, signing=[pair.certificate], signer=pair, term=Term(until, 12)))
    assert (root.get("validUntil"), root.get("cacheDuration")) == ("2026-12-01T00:00:00Z", "PT12H")
    verify(root, pair)


def test_pysaml2_reads_both_bindings_and_every_published_key(tmp_path: Path) -> None:
    """C-207, C-232: during a rollover both keys are known."""
    active, upcoming = rsa_pair("idp"), ec_pair("idp")
    written = write_idp(US, signing=[active.certificate, upcoming.certificate], signer=active)
    known = service_provider.client(tmp_path, idp_metadata=written, pair=rsa_pair("sp")).metadata
    binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
    for name, location in (("Redirect", US.sso_redirect), ("POST", US.sso_post)):
        (service,) = known.single_sign_on_service(US.entity_id, f"{binding}{name}")
        assert service["location"] == location
    published = {"".join(text.split()) for _, text in known.certs(US.entity_id, "idpsso", "signing")}
    assert published == {active.certificate, upcoming.certificate}
