"""Our answers: canonical as written, signed, and accepted by those who have never seen our code."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element as Element
from saml2.response import StatusNoPassive

from metadata.saml import names, writer
from metadata.saml.party import EncryptionKey
from metadata.saml.values import moment
from protocols.attributes.outgoing import SamlAttribute
from protocols.saml import encryption, status
from protocols.saml.idp import response
from protocols.saml.idp.asked import ReplyTo
from protocols.saml.idp.response import Answer, Issuer, NameId, Signs
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import ACS, CLASSES, ENTITY, OTHER_ACS, verify

US = writer.OurEntity(
    entity_id="https://idp.example/saml/metadata",
    sso_redirect="https://idp.example/saml/sso",
    sso_post="https://idp.example/saml/sso",
    slo="https://idp.example/saml/slo",
    slo_soap="https://idp.example/saml/slo/soap",
    display_names={"nl": "Poortwachter", "en": "Gatekeeper"},
    website="https://idp.example/",
    contact_email="beheer@idp.example",
    error_url="https://idp.example/help",
    logo="https://idp.example/mark.svg",
    scope="idp.example",
)
KEYS = {"RS256": rsa_pair("idp"), "ES256": ec_pair("idp")}
SIGNS: tuple[Signs, ...] = ("response", "assertion", "both")
TO = ReplyTo(ENTITY, ACS, "_a1", "state")
NOW = datetime.now(UTC)
S = {"saml": names.SAML, "samlp": names.SAMLP, "ds": names.DS}

ANSWER = Answer(
    name_id=NameId("p4Irw1se", names.TRANSIENT),
    session_index="_session",
    authn_instant=NOW - timedelta(minutes=5),
    session_ends=NOW + timedelta(hours=8),
    authn_context=f"{CLASSES}PasswordProtectedTransport",
    attributes=(
        SamlAttribute("urn:oid:2.5.4.42", names.NAME_FORMAT_URI, "givenName", ("Noor",)),
        SamlAttribute("urn:example:group", names.NAME_FORMAT_URI, None, ("5a", "Plus")),
    ),
)
VALUES = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("é<>&\"'\r\n\t]]>\U0001f600"),
    max_size=256,
)


def issuer(alg: str = "RS256", signs: Signs = "response") -> Issuer:
    return response.prepare(US.entity_id, KEYS[alg], signs=signs)


LOCK = encryption.prepare(EncryptionKey(rsa_pair("sp").certificate))


def issued(answer: Answer = ANSWER, *, by: Issuer | None = None, to: ReplyTo = TO) -> Element:
    return etree.fromstring(response.issue(by or issuer(), answer, to=to, now=NOW))


def found(root: Element, path: str) -> Element:
    (element,) = root.findall(path, S)
    return element


def attributes_of(element: Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Any:
    keys = [pair.certificate for pair in KEYS.values()]
    metadata = writer.write_idp(US, signing=keys, signer=KEYS["RS256"])
    return service_provider.client(tmp_path_factory.mktemp("sp"), idp_metadata=metadata, pair=rsa_pair("sp"))


@settings(max_examples=40)
@given(VALUES, VALUES, st.sampled_from(sorted(KEYS)), st.sampled_from(SIGNS))
def test_every_answer_is_its_own_canonical_form_and_verifies(value: str, name: str, alg: str, signs: Signs) -> None:
    answer = dataclasses.replace(
        ANSWER,
        name_id=NameId(value, names.PERSISTENT),
        session_index=value,
        attributes=(SamlAttribute(name, names.NAME_FORMAT_URI, value, (value, name)),),
    )
    octets = response.issue(issuer(alg, signs), answer, to=dataclasses.replace(TO, location=f"{ACS}?{name}"), now=NOW)
    root = etree.fromstring(octets)
    assert etree.tostring(root, method="c14n", exclusive=True) == octets
    attribute = found(root, ".//saml:Attribute")
    assert [element.text or "" for element in attribute] == [value, name]
    assert attribute.get("Name") == name
    assert found(root, ".//saml:NameID").text == (value or None)
    signed = {
        "response": [root],
        "assertion": [found(root, "saml:Assertion")],
        "both": [root, found(root, "saml:Assertion")],
    }
    for element in signed[signs]:
        verify(element, KEYS[alg])
    assert len(list(root.iter(f"{{{names.DS}}}Signature"))) == len(signed[signs])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    VALUES.filter(lambda value: value.strip() == value and value), st.sampled_from(sorted(KEYS)), st.sampled_from(SIGNS)
)
def test_pysaml2_accepts_every_answer(publisher: Any, value: str, alg: str, signs: Signs) -> None:
    """C-217."""
    attributes = (SamlAttribute("urn:example:value", names.NAME_FORMAT_URI, None, (value,)),)
    octets = response.issue(
        issuer(alg, signs), dataclasses.replace(ANSWER, attributes=attributes), to=TO, now=datetime.now(UTC)
    )
    accepted = service_provider.accept(publisher, octets)
    assert accepted.ava == {"urn:example:value": [value]}
    assert accepted.name_id.text == "p4Irw1se"
    assert accepted.session_info()["session_index"] == "_session"


@pytest.mark.parametrize("alg", sorted(KEYS))
@pytest.mark.parametrize("signs", SIGNS)
def test_pysaml2_opens_an_encrypted_answer(publisher: Any, alg: str, signs: Signs) -> None:
    """C-219: and finds the signatures inside and around it true."""
    octets = response.issue(issuer(alg, signs), ANSWER, to=TO, now=datetime.now(UTC), lock=LOCK)
    assert etree.tostring(etree.fromstring(octets), method="c14n", exclusive=True) == octets
    assert b"p4Irw1se" not in octets
    accepted = service_provider.accept(publisher, octets)
    assert accepted.name_id.text == "p4Irw1se"
    assert accepted.ava["urn:example:group"] == ["5a", "Plus"]


@pytest.mark.parametrize("alg", sorted(KEYS))
@pytest.mark.parametrize("signs", SIGNS)
def test_pysaml2_refuses_a_changed_answer(publisher: Any, alg: str, signs: Signs) -> None:
    octets = response.issue(issuer(alg, signs), ANSWER, to=TO, now=datetime.now(UTC))
    assert service_provider.accept(publisher, octets).name_id.text == "p4Irw1se"
    with pytest.raises(Exception, match="ignature"):
        service_provider.accept(publisher, octets.replace(b"p4Irw1se", b"q4Irw1se"))


@pytest.mark.parametrize("signs", SIGNS)
def test_an_answer_signed_by_another_key_is_refused(publisher: Any, signs: Signs) -> None:
    forged = response.prepare(US.entity_id, rsa_pair("stranger"), signs=signs)
    with pytest.raises(Exception, match="ignature"):
        service_provider.accept(publisher, response.issue(forged, ANSWER, to=TO, now=datetime.now(UTC)))


def test_there_is_one_assertion_with_one_statement_of_each_kind() -> None:
    """C-218."""
    root = issued()
    for path in ("saml:Assertion", "saml:Assertion/saml:AuthnStatement", "saml:Assertion/saml:AttributeStatement"):
        assert len(root.findall(path, S)) == 1
    bare = issued(dataclasses.replace(ANSWER, attributes=()))
    assert bare.findall(".//saml:AttributeStatement", S) == []


def test_the_response_itself_is_signed_unless_told_otherwise() -> None:
    """C-217."""
    root = etree.fromstring(response.issue(response.prepare(US.entity_id, KEYS["RS256"]), ANSWER, to=TO, now=NOW))
    signature = found(root, "ds:Signature")
    assert signature.getprevious() is found(root, "saml:Issuer")
    assert root.findall("saml:Assertion/ds:Signature", S) == []
    assert found(signature, ".//ds:X509Certificate").text == KEYS["RS256"].certificate


def test_an_answer_is_for_one_party_one_address_one_request_and_five_minutes() -> None:
    """C-226."""
    root = issued(to=ReplyTo(ENTITY, OTHER_ACS, "_a1", None))
    data = found(root, ".//saml:SubjectConfirmationData")
    conditions = found(root, ".//saml:Conditions")
    assert (root.get("Destination"), data.get("Recipient")) == (OTHER_ACS, OTHER_ACS)
    assert (root.get("InResponseTo"), data.get("InResponseTo")) == ("_a1", "_a1")
    assert [element.text for element in conditions.findall("saml:AudienceRestriction/saml:Audience", S)] == [ENTITY]
    begins, ends = moment(conditions.get("NotBefore", "")), moment(conditions.get("NotOnOrAfter", ""))
    assert begins <= NOW < ends
    assert ends - begins == timedelta(minutes=5)
    assert data.get("NotOnOrAfter") == conditions.get("NotOnOrAfter")
    assert data.get("NotBefore") is None
    assert found(root, ".//saml:SubjectConfirmation").get("Method") == names.BEARER


def test_the_session_is_described() -> None:
    """C-215, C-226."""
    statement = found(issued(), ".//saml:AuthnStatement")
    assert statement.get("SessionIndex") == "_session"
    assert moment(statement.get("AuthnInstant", "")) == ANSWER.authn_instant.replace(microsecond=0)
    assert moment(statement.get("SessionNotOnOrAfter", "")) == ANSWER.session_ends.replace(microsecond=0)
    assert found(statement, ".//saml:AuthnContextClassRef").text == f"{CLASSES}PasswordProtectedTransport"


def test_who_proved_the_person_elsewhere_is_named() -> None:
    """C-235."""
    root = issued(dataclasses.replace(ANSWER, authorities=("https://upstream.example",)))
    assert [element.text for element in root.iter(f"{{{names.SAML}}}AuthenticatingAuthority")] == [
        "https://upstream.example"
    ]


def test_every_identifier_is_fresh_and_every_moment_is_utc() -> None:
    """C-227."""
    seen = set()
    for root in (issued(), issued()):
        for element in (root, found(root, "saml:Assertion")):
            seen.add(element.get("ID"))
            assert moment(element.get("IssueInstant", "")) == NOW.replace(microsecond=0)
            assert element.get("IssueInstant", "").endswith("Z")
            assert element.get("Version") == "2.0"
    assert len(seen) == 4


def test_attributes_have_one_string_to_a_value_and_their_format() -> None:
    """C-222."""
    first, second = issued().iter(f"{{{names.SAML}}}Attribute")
    assert attributes_of(first) == {
        "FriendlyName": "givenName",
        "Name": "urn:oid:2.5.4.42",
        "NameFormat": names.NAME_FORMAT_URI,
    }
    assert attributes_of(second) == {"Name": "urn:example:group", "NameFormat": names.NAME_FORMAT_URI}
    assert [[value.text for value in attribute] for attribute in (first, second)] == [["Noor"], ["5a", "Plus"]]


def test_a_persistent_name_is_qualified_by_both_sides() -> None:
    """C-220."""
    persistent = found(issued(dataclasses.replace(ANSWER, name_id=NameId("x", names.PERSISTENT))), ".//saml:NameID")
    assert attributes_of(persistent) == {
        "Format": names.PERSISTENT,
        "NameQualifier": US.entity_id,
        "SPNameQualifier": ENTITY,
    }
    assert attributes_of(found(issued(), ".//saml:NameID")) == {"Format": names.TRANSIENT}


@pytest.mark.parametrize(
    "change",
    [
        {"name_id": NameId("x" * 257, names.TRANSIENT)},
        {"session_index": "x" * 257},
        {"attributes": (SamlAttribute("n", names.NAME_FORMAT_URI, None, ("x" * 257,)),)},
        {"attributes": (SamlAttribute("n" * 257, names.NAME_FORMAT_URI, None, ("x",)),)},
        {"name_id": NameId("\0", names.TRANSIENT)},
        {"attributes": (SamlAttribute("n", names.NAME_FORMAT_URI, None, ("a\x0bb",)),)},
        {"attributes": (SamlAttribute("n", names.NAME_FORMAT_URI, None, ("\ufffe",)),)},
    ],
)
def test_what_may_not_be_said_is_not_said(change: dict[str, Any]) -> None:
    """C-201: nothing longer than 256 characters, and nothing that XML cannot carry."""
    with pytest.raises(ValueError, match=r"longer|XML"):
        issued(dataclasses.replace(ANSWER, **change))


def test_an_unsolicited_answer_names_no_request() -> None:
    """C-234."""
    root = issued(to=ReplyTo(ENTITY, ACS, "", None))
    assert root.get("InResponseTo") is None
    assert found(root, ".//saml:SubjectConfirmationData").get("InResponseTo") is None


@pytest.mark.parametrize("alg", sorted(KEYS))
@pytest.mark.parametrize("signs", SIGNS)
def test_a_refusal_has_a_status_a_signature_and_no_assertion(alg: str, signs: Signs) -> None:
    """C-225."""
    octets = response.refuse(issuer(alg, signs), status.NO_PASSIVE, to=TO, now=NOW)
    root = etree.fromstring(octets)
    assert etree.tostring(root, method="c14n", exclusive=True) == octets
    verify(root, KEYS[alg])
    outer = found(root, "samlp:Status/samlp:StatusCode")
    assert (outer.get("Value"), outer[0].get("Value")) == (status.RESPONDER, status.NO_PASSIVE.detail)
    assert found(root, "samlp:Status/samlp:StatusMessage").text == status.NO_PASSIVE.message
    assert (root.get("InResponseTo"), root.get("Destination")) == ("_a1", ACS)
    assert root.findall(".//saml:Assertion", S) == []


def test_a_status_may_stand_alone() -> None:
    root = etree.fromstring(response.refuse(issuer(), status.Status(status.RESPONDER), to=TO, now=NOW))
    (only,) = found(root, "samlp:Status")
    assert len(only) == 0


def test_pysaml2_understands_a_refusal(publisher: Any) -> None:
    """C-216."""
    octets = response.refuse(issuer(), status.NO_PASSIVE, to=TO, now=datetime.now(UTC))
    with pytest.raises(StatusNoPassive):
        service_provider.accept(publisher, octets)


def test_a_signature_is_over_the_whole_answer() -> None:
    """Whatever stands outside the signature: any value, any text, any element more or less."""
    whole = etree.tostring(issued())
    verify(etree.fromstring(whole), KEYS["RS256"])
    tried = 0
    for place, element in enumerate(etree.fromstring(whole).iter()):
        for change in () if _of_the_signature(element) else _changes(element):
            root = etree.fromstring(whole)
            change(list(root.iter())[place])
            with pytest.raises(xmlsec.Error):
                verify(root, KEYS["RS256"])
            tried += 1
    assert tried >= 60


def _of_the_signature(element: Element) -> bool:
    return any(one.tag == f"{{{names.DS}}}Signature" for one in (element, *element.iterancestors()))


def _changes(element: Element) -> list[Callable[[Element], object]]:
    values = [partial(Element.set, key=str(name), value=f"{value!s}x") for name, value in element.attrib.items()]
    return [
        *values,
        lambda it: setattr(it, "text", f"{it.text or ''}x"),
        lambda it: etree.SubElement(it, f"{{{names.SAML}}}Audience"),
    ]


def test_a_key_is_prepared_once_and_used_for_every_answer() -> None:
    """The speed of an answer: one digest and one private-key operation for a single signature, two for both."""
    pair = KEYS["RS256"]
    calls: list[int] = []

    class Counting(Pair):
        def sign(self, data: bytes) -> bytes:
            calls.append(len(data))
            return super().sign(data)

    for signs, expected in zip(SIGNS, (1, 1, 2), strict=True):
        calls.clear()
        made = response.prepare(US.entity_id, Counting(pair.kid, pair.alg, pair.private, pair.certificate), signs=signs)
        response.issue(made, ANSWER, to=TO, now=NOW)
        assert len(calls) == expected
