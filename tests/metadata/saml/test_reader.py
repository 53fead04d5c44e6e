"""A publisher's metadata: what is read from it, and what makes it unusable."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from metadata.saml import names, reader
from metadata.saml.document import Malformed
from metadata.saml.party import (
    AttributeService,
    ConsumerService,
    Contact,
    EncryptionKey,
    LogoutService,
    RequestedAttribute,
    SamlParty,
)
from metadata.saml.reader import BadMetadata, read_sp
from tests.protocols.saml.keys import certificate, ec_pair, rsa_pair

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
SPACES = (
    'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    ' xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"'
)
PROTOCOL = 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"'
CONSUMER = f'<md:AssertionConsumerService index="0" Binding="{POST}" Location="https://sp.example/acs"/>'

FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:"


def key(text: str, use: str = "") -> str:
    return (
        f"<md:KeyDescriptor{use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{text}\n"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def wanted(*values: str) -> str:
    told = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return (
        f'<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="{names.MDATTR}" xmlns:saml="{names.SAML}"><saml:Attribute'
        f' Name="{names.SUBJECT_ID_WANTED}">{told}</saml:Attribute></mdattr:EntityAttributes></md:Extensions>'
    )


def entity(
    *,
    entity_id: str = "https://sp.example/saml",
    outer: str = "",
    role: str = "",
    extensions: str = "",
    before: str = "",
    consumers: str = CONSUMER,
    after: str = "",
    protocol: str = PROTOCOL,
) -> bytes:
    return (
        f'<md:EntityDescriptor {SPACES} entityID="{entity_id}"{outer}>{extensions}<md:SPSSODescriptor {protocol}{role}>'
        f"{before}{consumers}</md:SPSSODescriptor>{after}</md:EntityDescriptor>"
    ).encode()


def test_everything_that_a_party_says_of_itself_is_read() -> None:
    first, second, both = (rsa_pair(name).certificate for name in ("one", "two", "three"))
    third, on_a_curve = rsa_pair("sp").certificate, ec_pair("four").certificate
    party = read_sp(
        entity(
            outer=' validUntil="2027-01-01T00:00:00Z"',
            role=' AuthnRequestsSigned="true" WantAssertionsSigned="1" validUntil="2026-12-31T12:00:00+01:00"',
            before=(
                '<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="nl">Rekenrijk</mdui:DisplayName>'
                '<mdui:DisplayName xml:lang="en">Realm of sums</mdui:DisplayName></mdui:UIInfo></md:Extensions>'
                + key(first, ' use="signing"')
                + key(second, ' use="signing"')
                + key(both)
                + key(third, ' use="encryption"')
                + key(on_a_curve)
                + f'<md:SingleLogoutService Binding="{REDIRECT}" Location="https://sp.example/slo"'
                ' ResponseLocation="https://sp.example/slo/done"/>'
                "<md:NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:persistent </md:NameIDFormat>"
            ),
            consumers=(
                CONSUMER
                + f'<md:AssertionConsumerService index="1" isDefault="true" Binding="{POST}" Location="https://sp.example/b?c=1&amp;d=2"/>'
                '<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="nl">Dienst</md:ServiceName>'
                '<md:RequestedAttribute Name="urn:oid:2.5.4.42" isRequired="true"'
                ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"/>'
                '<md:RequestedAttribute Name="mail"/></md:AttributeConsumingService>'
            ),
            extensions=wanted("pairwise-id"),
            after=(
                '<md:ContactPerson contactType="technical"><md:GivenName>Beheer</md:GivenName><md:SurName>Team</md:SurName>'
                "<md:EmailAddress>mailto:beheer@sp.example</md:EmailAddress></md:ContactPerson>"
            ),
        )
    )
    assert party == SamlParty(
        entity_id="https://sp.example/saml",
        consumers=(
            ConsumerService(0, POST, "https://sp.example/acs"),
            ConsumerService(1, POST, "https://sp.example/b?c=1&d=2", default=True),
        ),
        signing=(first, second, both, on_a_curve),
        encryption=(EncryptionKey(both), EncryptionKey(third)),
        requests_signed=True,
        wants_assertions_signed=True,
        name_id_formats=("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",),
        logouts=(LogoutService(REDIRECT, "https://sp.example/slo", "https://sp.example/slo/done"),),
        names={"nl": "Rekenrijk", "en": "Realm of sums"},
        contacts=(Contact("technical", "Beheer Team", "beheer@sp.example"),),
        services=(
            AttributeService(
                0,
                (
                    RequestedAttribute("urn:oid:2.5.4.42", f"{FORMAT}uri", required=True),
                    RequestedAttribute("mail", f"{FORMAT}unspecified", required=False),
                ),
            ),
        ),
        valid_until=datetime(2026, 12, 31, 11, tzinfo=UTC),
        subject_id="pairwise-id",
    )
    assert SamlParty.from_json(json.loads(json.dumps(party.to_json()))) == party


def test_the_least_that_a_party_can_say_is_enough() -> None:
    party = read_sp(entity())
    assert party == SamlParty("https://sp.example/saml", (ConsumerService(0, POST, "https://sp.example/acs"),))
    assert SamlParty.from_json(json.loads(json.dumps(party.to_json()))) == party


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ((None, None, None), 0),
        ((None, True, True), 1),
        ((False, None, None), 1),
        ((False, False, True), 2),
        ((False, False, False), 0),
    ],
)
def test_the_default_address_follows_the_standard(defaults: tuple[bool | None, ...], expected: int) -> None:
    services = tuple(ConsumerService(at, POST, f"https://sp.example/{at}", said) for at, said in enumerate(defaults))
    elsewhere = ConsumerService(
        9, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact", "https://sp.example/x", default=True
    )
    assert SamlParty("e:x", (elsewhere, *services)).default_consumer.index == expected


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b'<a xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>', "not EntityDescriptor"),
        (
            b'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><EntityDescriptor/></EntitiesDescriptor>',
            "several entities",
        ),
        (entity().replace(b"SPSSO", b"IDPSSO"), "0 were found"),
        (entity(protocol='protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"'), "0 were found"),
        (entity(entity_id=""), "entityID"),
        (entity(entity_id="sp.example"), "entityID"),
        (entity(entity_id="https://sp.example/" + "x" * 240), "entityID"),
        (entity(entity_id="https://sp.example/a b"), "entityID"),
        (entity(consumers=""), "no AssertionConsumerService"),
        (entity(consumers=CONSUMER.replace("HTTP-POST", "PAOS")), "no AssertionConsumerService"),
        (entity(consumers=CONSUMER + CONSUMER), "same index"),
        (entity(consumers=CONSUMER.replace('index="0"', "")), "index"),
        (entity(consumers=CONSUMER.replace('index="0"', 'index="70000"')), "index"),
        (entity(consumers=CONSUMER.replace("/>", ' isDefault="yes"/>')), "isDefault"),
        (entity(role=' AuthnRequestsSigned="true"'), "no signing certificate"),
        (entity(before=key(certificate(rsa.generate_private_key(65537, 1024)))), "1024 bits"),
        (entity(before=key("x")), "not the base64"),
        (entity(before=key(rsa_pair("one").certificate, ' use="both"')), "use other than"),
        (entity(before=key(ec_pair("four").certificate, ' use="encryption"')), "no encryption key can be used"),
        (entity(extensions=wanted("both")), "subject-id:req"),
        (entity(extensions=wanted("any", "none")), "subject-id:req"),
        (entity(outer=' validUntil="soon"'), "validUntil"),
    ],
)
def test_unusable_metadata_is_refused_in_words_for_the_operator(xml: bytes, reason: str) -> None:
    with pytest.raises(BadMetadata, match=reason) as refusal:
        read_sp(xml)
    assert refusal.value.code == "metadata.unusable"


def test_a_document_type_in_metadata_is_refused() -> None:
    """C-202."""
    with pytest.raises(Malformed, match="document type"):
        read_sp(b"<!DOCTYPE md:EntityDescriptor>" + entity())


UNSAFE = [
    "http://sp.example/acs",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:sp.example",
    "https:///acs",
    "//sp.example/acs",
    "/acs",
    "",
    "https://user@sp.example/acs",
    "https://sp.example@evil.example/acs",
    "https://sp.example/acs#part",
    "https://sp.example\\@evil.example/acs",
    "https://sp.example/a b",
    "https://sp.example:port/acs",
    "https://[::1/acs",
    "https://sp.éxample/acs",
    "HTTPS ://sp.example",
    "https://sp.example/" + "x" * 1024,
]


@pytest.mark.parametrize("location", UNSAFE)
def test_an_answer_never_goes_to_an_unsafe_address(location: str) -> None:
    """C-280."""
    assert not reader.is_safe_location(location, loopback_http=True)
    changed = entity(consumers=CONSUMER.replace("https://sp.example/acs", location))
    with pytest.raises(BadMetadata, match="Location"):
        read_sp(changed, loopback_http=True)
    logout = f'<md:SingleLogoutService Binding="{POST}" Location="https://sp.example/" ResponseLocation="{location or " "}"/>'
    with pytest.raises(BadMetadata, match="ResponseLocation"):
        read_sp(entity(before=logout), loopback_http=True)


def test_plain_http_is_for_this_machine_alone_and_only_where_we_are_there_too() -> None:
    for host in ("127.0.0.1:8002", "localhost:8002", "[::1]:8002", "127.1.2.3"):
        xml = entity(consumers=CONSUMER.replace("https://sp.example", f"http://{host}"))
        assert read_sp(xml, loopback_http=True).default_consumer.location == f"http://{host}/acs"
        with pytest.raises(BadMetadata):
            read_sp(xml)
    with pytest.raises(BadMetadata):
        read_sp(entity(consumers=CONSUMER.replace("https:", "http:")), loopback_http=True)


@pytest.mark.parametrize(
    "element",
    [
        '<md:Extensions><mdui:UIInfo><mdui:Logo height="1" width="1">{}</mdui:Logo></mdui:UIInfo></md:Extensions>',
        '<md:Extensions><mdui:UIInfo><mdui:InformationURL xml:lang="nl">{}</mdui:InformationURL></mdui:UIInfo></md:Extensions>',
        '<md:Extensions><mdui:UIInfo><mdui:PrivacyStatementURL xml:lang="nl">{}</mdui:PrivacyStatementURL></mdui:UIInfo></md:Extensions>',
    ],
)
def test_links_for_pages_hold_no_script(element: str) -> None:
    """C-280."""
    assert read_sp(entity(before=element.format("https://sp.example/x.png"))).entity_id
    for link in ("javascript:alert(1)", " JavaScript:alert(1)", "data:image/svg+xml,x", "vbscript:x"):
        with pytest.raises(BadMetadata, match="link or logo"):
            read_sp(entity(before=element.format(link)))


def test_names_fall_back_to_the_organisation_and_then_to_the_service() -> None:
    service = (
        '<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="nl">Dienst</md:ServiceName>'
        '<md:RequestedAttribute Name="mail"/></md:AttributeConsumingService>'
    )
    organisation = (
        '<md:Organization><md:OrganizationDisplayName xml:lang="en">Firm</md:OrganizationDisplayName></md:Organization>'
    )
    assert read_sp(entity(consumers=CONSUMER + service)).names == {"nl": "Dienst"}
    assert read_sp(entity(consumers=CONSUMER + service, after=organisation)).names == {"en": "Firm"}


@pytest.mark.parametrize("index", ["", "-1", "65536", "een"])
def test_services_have_numbers_of_their_own(index: str) -> None:
    service = '<md:AttributeConsumingService index="{}"><md:ServiceName xml:lang="nl">Dienst</md:ServiceName></md:AttributeConsumingService>'
    with pytest.raises(BadMetadata, match="AttributeConsumingService has no index"):
        read_sp(entity(consumers=CONSUMER + service.format(index)))
    with pytest.raises(BadMetadata, match="two AttributeConsumingServices"):
        read_sp(entity(consumers=CONSUMER + service.format(3) * 2))
    assert len(read_sp(entity(consumers=CONSUMER + service.format(3) + service.format(4))).services) == 2
