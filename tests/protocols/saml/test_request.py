"""From a message to a question: what is accepted, what goes back as a refusal, and what gets no answer at all."""

from datetime import timedelta

import pytest

from idp.core.errors import Problem
from metadata.saml import names
from metadata.saml.document import Malformed
from metadata.saml.values import instant
from protocols.saml import status, wire
from protocols.saml.idp import request
from protocols.saml.idp.asked import ReplyTo
from protocols.saml.idp.request import Refusal
from protocols.saml.incoming import Unanswerable
from protocols.saml.signature import NotSigned
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_post, by_query, by_redirect, refused
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.party import ACS, CLASSES, ENTITY, NOW, OTHER_ACS, authn_request


def policy(**attributes: str) -> str:
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<samlp:NameIDPolicy {written}/>"


def test_a_plain_request_asks_for_nothing_special() -> None:
    """C-211."""
    for asked in (accepted(by_redirect(authn_request())), accepted(by_post(authn_request()))):
        assert asked.reply_to == ReplyTo(ENTITY, ACS, "_a1", None)
        assert asked.context.least == "pin"
        assert (asked.signed, asked.force, asked.passive, asked.name_id_format) == (False, False, False, None)


def test_relay_state_travels_with_the_address() -> None:
    """C-229."""
    asked = accepted(by_query(party.redirect(authn_request(), relay_state="é&=")))
    assert asked.reply_to.relay_state == "é&="


def test_the_issuer_finds_the_metadata_and_is_checked_against_it() -> None:
    message = wire.read_redirect(party.redirect(authn_request(issuer="https://other.example")), kind="SAMLRequest")
    assert request.unverified_issuer(message) == "https://other.example"
    with pytest.raises(NotSigned, match="issuer"):
        by_redirect(authn_request(issuer="https://other.example"))


@pytest.mark.parametrize(
    "xml",
    [
        authn_request().replace(b"AuthnRequest", b"LogoutRequest"),
        authn_request(issuer="").replace(b"<saml:Issuer></saml:Issuer>", b""),
        authn_request(inside="<saml:Issuer>https://sp.example/saml</saml:Issuer>"),
        authn_request().replace(
            b"<saml:Issuer>", b'<saml:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">'
        ),
        authn_request({"ID": None}),
        authn_request({"ID": ""}),
        authn_request({"ID": "1a"}),
        authn_request({"ID": "a:b"}),
        authn_request({"ID": "_" + "x" * 256}),
        authn_request({"IssueInstant": None}),
        authn_request({"IssueInstant": "today"}),
        authn_request({"IssueInstant": "2026-11-23T09:30:00"}),
    ],
)
def test_a_misshapen_request_gets_no_answer(xml: bytes) -> None:
    for ask in (by_redirect, by_post):
        with pytest.raises(Malformed):
            ask(xml)


def test_an_id_of_256_characters_is_accepted() -> None:
    """C-201: IIP-G02."""
    identifier = "_" + "x" * 255
    assert accepted(by_redirect(authn_request({"ID": identifier}))).reply_to.in_response_to == identifier


@pytest.mark.parametrize("seconds", [-180, -60, 0, 60, 180])
def test_a_clock_may_be_three_minutes_off(seconds: int) -> None:
    """C-200."""
    issued = instant(NOW + timedelta(seconds=seconds))
    assert accepted(by_redirect(authn_request({"IssueInstant": issued})))


@pytest.mark.parametrize("seconds", [-86400, -600, -240, -211, 181, 600, 86400])
def test_a_request_from_another_time_is_refused(seconds: int) -> None:
    """C-200, C-228."""
    issued = instant(NOW + timedelta(seconds=seconds))
    with pytest.raises(Unanswerable) as refusal:
        by_redirect(authn_request({"IssueInstant": issued}))
    assert refusal.value.code == "request.expired"


def test_an_entity_past_its_term_is_unusable() -> None:
    """C-206."""
    assert accepted(by_redirect(authn_request(), of=party.party(valid_until=NOW + timedelta(seconds=1))))
    with pytest.raises(Unanswerable) as refusal:
        by_redirect(authn_request(), of=party.party(valid_until=NOW))
    assert refusal.value.code == "saml.metadata_expired"


def test_the_destination_is_our_address_and_no_other() -> None:
    """C-228: mandatory when signed."""
    sp = rsa_pair("sp")
    assert accepted(by_redirect(authn_request({"Destination": None})))
    assert accepted(by_query(party.redirect(authn_request(), signed_by=sp), of=party.party(sp)))
    for destination in ("https://idp.example/saml/sso/", "https://IDP.example/saml/sso", "https://evil.example/", ""):
        with pytest.raises(Unanswerable) as refusal:
            by_redirect(authn_request({"Destination": destination}))
        assert refusal.value.code == "saml.destination"
    for xml in (authn_request({"Destination": None}), authn_request({"Destination": ""})):
        with pytest.raises(Unanswerable):
            by_query(party.redirect(xml, signed_by=sp), of=party.party(sp))
        with pytest.raises(Unanswerable):
            by_post(party.enveloped(xml, sp), of=party.party(sp))


@pytest.mark.parametrize(
    ("changed", "location"),
    [
        ({"AssertionConsumerServiceURL": OTHER_ACS}, OTHER_ACS),
        ({"AssertionConsumerServiceURL": None}, ACS),
        ({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "1"}, OTHER_ACS),
        ({"AssertionConsumerServiceURL": None, "ProtocolBinding": party.POST}, ACS),
        ({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "01"}, OTHER_ACS),
    ],
)
def test_the_answer_goes_to_an_address_of_the_metadata(changed: dict[str, str | None], location: str) -> None:
    """C-214."""
    xml = authn_request(changed)
    assert accepted(by_redirect(xml)).reply_to.location == location


def test_another_binding_is_refused_at_an_address_that_is_the_partys() -> None:
    """C-214, C-225."""
    outcome = by_redirect(authn_request({"ProtocolBinding": party.ARTIFACT}))
    assert outcome == Refusal(ReplyTo(ENTITY, ACS, "_a1", None), status.UNSUPPORTED_BINDING)


@pytest.mark.parametrize(
    ("attributes", "name_id_format"),
    [
        ({}, None),
        ({"Format": names.UNSPECIFIED}, names.UNSPECIFIED),
        ({"Format": names.TRANSIENT}, names.TRANSIENT),
        ({"Format": names.PERSISTENT}, names.PERSISTENT),
        ({"Format": names.PERSISTENT, "SPNameQualifier": ENTITY}, names.PERSISTENT),
    ],
)
def test_name_identifiers_that_we_give(attributes: dict[str, str], name_id_format: str | None) -> None:
    """C-220."""
    asked = accepted(by_redirect(authn_request(inside=policy(**attributes))))
    assert asked.name_id_format == name_id_format
    # What is derived was always there: nobody has to allow that it is made.
    assert accepted(by_redirect(authn_request(inside=policy(**attributes, AllowCreate="true")))) == asked


@pytest.mark.parametrize(
    "attributes",
    [
        {"Format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
        {"Format": "urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"},
        {"Format": "urn:oasis:names:tc:SAML:2.0:nameid-format:Transient"},
        {"Format": names.PERSISTENT, "SPNameQualifier": "https://other.example"},
    ],
)
def test_name_identifiers_that_we_do_not_give(attributes: dict[str, str]) -> None:
    """C-220."""
    assert refused(by_redirect(authn_request(inside=policy(**attributes)))) == status.INVALID_NAME_ID_POLICY


@pytest.mark.parametrize(
    ("inside", "hops", "requesters"),
    [
        ('<samlp:Scoping ProxyCount="0"/>', 0, ()),
        (
            "<samlp:Scoping><samlp:RequesterID> urn:a </samlp:RequesterID><samlp:RequesterID>urn:b</samlp:RequesterID></samlp:Scoping>",
            None,
            ("urn:a", "urn:b"),
        ),
        (
            (
                '<samlp:Scoping ProxyCount="2"><samlp:IDPList><samlp:IDPEntry ProviderID="urn:x"/><samlp:IDPEntry Name="ons"'
                ' ProviderID="https://idp.example/saml/metadata"/>'
                "<samlp:GetComplete>https://x.example/all</samlp:GetComplete></samlp:IDPList></samlp:Scoping>"
            ),
            2,
            (),
        ),
    ],
)
def test_scoping_is_read(inside: str, hops: int | None, requesters: tuple[str, ...]) -> None:
    """C-235."""
    asked = accepted(by_redirect(authn_request(inside=inside)))
    assert (asked.hops, asked.requesters) == (hops, requesters)


@pytest.mark.parametrize("requesters", [[""], ["urn:" + "a" * 253], ["urn:a"] * 11])
def test_requesters_have_bounds(requesters: list[str]) -> None:
    """C-201, C-235: what is handed on is as long as a SAML string may be."""
    inside = "".join(f"<samlp:RequesterID>{one}</samlp:RequesterID>" for one in requesters)
    told = refused(by_redirect(authn_request(inside=f"<samlp:Scoping>{inside}</samlp:Scoping>")))
    assert told == status.malformed("RequesterID")


def test_a_list_of_others_is_not_for_us() -> None:
    """C-235."""
    inside = '<samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="urn:x"/></samlp:IDPList></samlp:Scoping>'
    assert refused(by_redirect(authn_request(inside=inside))) == status.NO_SUPPORTED_IDP
    for count in ("-1", "x", "", "10000"):
        told = refused(by_redirect(authn_request(inside=f'<samlp:Scoping ProxyCount="{count}"/>')))
        assert told.code == status.REQUESTER


def test_which_of_two_policies_counts_is_not_guessed_and_the_party_hears_it() -> None:
    """C-225."""
    told = refused(by_redirect(authn_request(inside=policy() * 2)))
    assert (told.code, told.detail) == (status.REQUESTER, None)
    assert "NameIDPolicy more than once" in (told.message or "")


def test_force_and_passive_are_told_apart_and_exclude_each_other() -> None:
    """C-215, C-216."""
    assert accepted(by_redirect(authn_request({"ForceAuthn": "true"}))).force
    assert accepted(by_redirect(authn_request({"ForceAuthn": "1", "IsPassive": "0"}))).force
    assert accepted(by_redirect(authn_request({"IsPassive": "1"}))).passive
    assert not accepted(by_redirect(authn_request({"ForceAuthn": "false"}))).force
    assert refused(by_redirect(authn_request({"ForceAuthn": "true", "IsPassive": "true"}))) == status.NO_PASSIVE
    for changed in ({"ForceAuthn": "TRUE"}, {"IsPassive": "yes"}, {"ForceAuthn": ""}):
        assert refused(by_redirect(authn_request(changed))).code == status.REQUESTER


def test_an_authentication_context_is_demanded() -> None:
    """C-224."""
    inside = (
        '<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>'
        "</samlp:RequestedAuthnContext>"
    )
    asked = accepted(by_redirect(authn_request(inside=inside.format(f"{CLASSES}TimeSyncToken"))))
    assert asked.context.least == "second-factor"
    assert refused(by_redirect(authn_request(inside=inside.format(f"{CLASSES}X509")))) == status.NO_AUTHN_CONTEXT


def test_a_request_names_no_person() -> None:
    inside = "<saml:Subject><saml:NameID>somebody</saml:NameID></saml:Subject>"
    assert refused(by_redirect(authn_request(inside=inside))) == status.REQUEST_UNSUPPORTED


@pytest.mark.parametrize("version", ["1.1", "2.1", "3.0", "", None])
def test_another_version_is_refused(version: str | None) -> None:
    assert refused(by_redirect(authn_request({"Version": version}))) == status.VERSION_MISMATCH


@pytest.mark.parametrize(
    "inside",
    [
        '<samlp:Extensions><x:y xmlns:x="urn:x" z="1">deep<x:q/></x:y></samlp:Extensions>',
        "<samlp:Scoping/>",
        '<saml:Conditions NotBefore="2020-01-01T00:00:00Z"/>',
        '<x:unknown xmlns:x="urn:x"/>',
    ],
)
def test_what_we_have_never_heard_of_is_ignored(inside: str) -> None:
    """C-233."""
    assert accepted(by_redirect(authn_request({"ProviderName": "Naam", "Unknown": "1"}, inside=inside)))


def test_a_refusal_holds_an_address_and_a_problem_never_does() -> None:
    """C-225: the two kinds of no are two types."""
    assert not issubclass(Refusal, BaseException)
    assert all(issubclass(kind, Problem) for kind in (Malformed, NotSigned, Unanswerable))
    assert not any(hasattr(kind("x"), "reply_to") for kind in (Malformed, NotSigned, Unanswerable))
