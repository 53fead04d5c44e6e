"""A publisher's SAML metadata in: one EntityDescriptor with the role of service provider (SAML Metadata 2.4.4).

Whoever hands the file over vouches for it (D31), so that a signature inside is not asked for; everything that we will later act on is checked
here, once, so that nothing downstream meets an address or a key that it may not use.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from lxml.etree import QName
from lxml.etree import _Element as Element

from idp.core.settings import is_loopback
from metadata.saml import document, names, party_keys, values
from metadata.saml.document import Malformed
from metadata.saml.names import MD, MDATTR, MDUI, SAML, SAMLP, XML
from metadata.saml.party import (
    AttributeService,
    ConsumerService,
    Contact,
    EncryptionKey,
    LogoutService,
    RequestedAttribute,
    SamlParty,
    SubjectIdWanted,
)

LONGEST_ENTITY_ID: Final = 256
LONGEST_LOCATION: Final = 1024

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_URL: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_SUBJECT_IDS: Final[dict[str, SubjectIdWanted]] = {
    "subject-id": "subject-id",
    "pairwise-id": "pairwise-id",
    "none": "none",
    "any": "any",
}
_FORMAT_UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"


class BadMetadata(Malformed):
    """Metadata that cannot be used; `detail` tells the operator, in a sentence, what to ask the party for."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="metadata.unusable")


def read_sp(xml: bytes, *, loopback_http: bool = False) -> SamlParty:
    """The service provider that a metadata document describes. Raises `BadMetadata`, or `Malformed` when it is no safe XML.

    `loopback_http` lets plain http addresses of this machine through: only where our own base URL is one.
    """
    root, role = entity_in(xml, "SPSSODescriptor")
    consumers = _consumers(role, loopback_http=loopback_http)
    signing, encryption = keys_of(role)
    requests_signed = _flag(role, "AuthnRequestsSigned")
    if requests_signed and not signing:
        raise BadMetadata("AuthnRequestsSigned is true, but no signing certificate is given")
    return SamlParty(
        entity_id=entity_id_of(root),
        consumers=consumers,
        signing=signing,
        encryption=encryption,
        requests_signed=bool(requests_signed),
        wants_assertions_signed=bool(_flag(role, "WantAssertionsSigned")),
        name_id_formats=tuple(document.text(element) for element in role.findall(f"{{{MD}}}NameIDFormat")),
        logouts=tuple(logouts_of(role, loopback_http=loopback_http)),
        names=names_of(root, role),
        contacts=tuple(contacts_of(root)),
        services=_services(role),
        valid_until=valid_until_of(root, role),
        subject_id=_subject_id(root),
    )


def entity_id_of(root: Element) -> str:
    """The name of the entity. Raises `BadMetadata`."""
    entity_id = root.get("entityID", "")
    # SDP-G04, C-203.
    if not _ABSOLUTE.fullmatch(entity_id) or len(entity_id) > LONGEST_ENTITY_ID:
        raise BadMetadata(f"entityID is not an absolute URI of at most {LONGEST_ENTITY_ID} characters")
    return entity_id


def entity_in(xml: bytes, role: str) -> tuple[Element, Element]:
    """The EntityDescriptor of a document and its one role of this name for SAML 2.0, with no link that must not be kept.

    Raises `BadMetadata`, or `Malformed` when it is no safe XML.
    """
    root = document.parse(xml, limits=document.METADATA)
    if root.tag == f"{{{MD}}}EntitiesDescriptor":
        raise BadMetadata("the file describes several entities; hand over the EntityDescriptor of this one")
    if root.tag != f"{{{MD}}}EntityDescriptor":
        raise BadMetadata(f"the root element is {QName(root).localname}, not EntityDescriptor")
    named = root.findall(f"{{{MD}}}{role}")
    roles = [one for one in named if SAMLP in one.get("protocolSupportEnumeration", "").split()]
    if len(roles) != 1:
        raise BadMetadata(f"one {role} for SAML 2.0 is needed, and {len(roles)} were found")
    refuse_unsafe_links(root)
    return root, roles[0]


def keys_of(role: Element) -> tuple[tuple[str, ...], tuple[EncryptionKey, ...]]:
    """The certificates that a role signs with, and the keys to encrypt to. Raises `BadMetadata`."""
    try:
        return party_keys.read(role)
    except ValueError as error:
        raise BadMetadata(str(error)) from None


def _consumers(role: Element, *, loopback_http: bool) -> tuple[ConsumerService, ...]:
    services = tuple(
        ConsumerService(
            index=_index(element),
            binding=element.get("Binding", ""),
            location=location_of(element, "Location", loopback_http=loopback_http),
            default=_flag(element, "isDefault"),
        )
        for element in role.findall(f"{{{MD}}}AssertionConsumerService")
    )
    if len({service.index for service in services}) != len(services):
        raise BadMetadata("two AssertionConsumerServices have the same index")
    if not SamlParty("", services).by_post:
        raise BadMetadata("no AssertionConsumerService takes HTTP-POST")
    return services


def _index(element: Element) -> int:
    index = element.get("index", "")
    if not re.fullmatch(r"[0-9]{1,5}", index) or int(index) > 65535:
        raise BadMetadata(f"{QName(element).localname} has no index from 0 to 65535")
    return int(index)


def logouts_of(role: Element, *, loopback_http: bool) -> Iterator[LogoutService]:
    """The SingleLogoutServices of a role. Raises `BadMetadata`."""
    for element in role.findall(f"{{{MD}}}SingleLogoutService"):
        answers = element.get("ResponseLocation")
        yield LogoutService(
            binding=element.get("Binding", ""),
            location=location_of(element, "Location", loopback_http=loopback_http),
            response_location=answers and location_of(element, "ResponseLocation", loopback_http=loopback_http),
        )


def location_of(element: Element, name: str, *, loopback_http: bool) -> str:
    """An address of an endpoint that a browser or we may be sent to. Raises `BadMetadata`."""
    location = element.get(name, "")
    if not is_safe_location(location, loopback_http=loopback_http):
        kind = QName(element).localname
        raise BadMetadata(f"{name} of {kind} is not an https address of at most {LONGEST_LOCATION} characters")
    return location


def is_safe_location(location: str, *, loopback_http: bool = False) -> bool:
    """Whether a browser or a server of ours may be sent to an address: https with a host, no user-info, no fragment, ASCII only (C-280)."""
    if len(location) > LONGEST_LOCATION or not _URL.fullmatch(location):
        return False
    try:
        parts = urlsplit(location)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_http and is_loopback(host))


def refuse_unsafe_links(root: Element) -> None:
    """Addresses that pages of ours may one day show: a script in one of them must not even be stored (C-280)."""
    links = [
        element.text or ""
        for name in ("Logo", "InformationURL", "PrivacyStatementURL")
        for element in root.iter(f"{{{MDUI}}}{name}")
    ]
    links += [element.text or "" for element in root.iter(f"{{{MD}}}OrganizationURL")]
    roles = f"{{{MD}}}SPSSODescriptor", f"{{{MD}}}IDPSSODescriptor"
    links += [element.get("errorURL", "https:") for element in root.iter(*roles)]
    for link in links:
        if (
            not link.strip()
            .lower()
            .startswith(("https:", "http:", "data:image/png;base64,", "data:image/jpeg;base64,"))
        ):
            raise BadMetadata("a link or logo in the file is not a web address")


def _flag(element: Element, name: str) -> bool | None:
    value = element.get(name)
    if value is None:
        return None
    try:
        return values.boolean(value)
    except ValueError:
        raise BadMetadata(f"{name} is neither true nor false") from None


def names_of(root: Element, role: Element) -> dict[str, str]:
    """Language to name: what the party calls itself on sign-in pages, else its organisation's name, else the service's."""
    for elements in (
        role.findall(f"{{{MD}}}Extensions/{{{MDUI}}}UIInfo/{{{MDUI}}}DisplayName"),
        root.findall(f"{{{MD}}}Organization/{{{MD}}}OrganizationDisplayName"),
        role.findall(f"{{{MD}}}AttributeConsumingService/{{{MD}}}ServiceName"),
    ):
        if elements:
            return {element.get(f"{{{XML}}}lang", "en"): document.text(element)[:256] for element in elements}
    return {}


def contacts_of(root: Element) -> Iterator[Contact]:
    """Whom one can turn to at the entity."""
    for person in root.findall(f"{{{MD}}}ContactPerson"):
        parts = (person.findtext(f"{{{MD}}}{name}", "").strip() for name in ("GivenName", "SurName", "Company"))
        yield Contact(
            kind=person.get("contactType", "other"),
            name=" ".join(part for part in parts if part)[:256],
            email=person.findtext(f"{{{MD}}}EmailAddress", "").strip().removeprefix("mailto:")[:256],
        )


def _services(role: Element) -> tuple[AttributeService, ...]:
    """Metadata 2.4.4.1: each under a number of its own."""
    found = role.findall(f"{{{MD}}}AttributeConsumingService")
    services = tuple(AttributeService(_index(element), tuple(_requested(element))) for element in found)
    if len({service.index for service in services}) != len(services):
        raise BadMetadata("two AttributeConsumingServices have the same index")
    return services


def _requested(service: Element) -> Iterator[RequestedAttribute]:
    for element in service.findall(f"{{{MD}}}RequestedAttribute"):
        yield RequestedAttribute(
            name=element.get("Name", ""),
            name_format=element.get("NameFormat", _FORMAT_UNSPECIFIED),
            required=bool(_flag(element, "isRequired")),
        )


def _subject_id(root: Element) -> SubjectIdWanted | None:
    """Which subject identifier the party asks for by entity attribute (SAML Subject Identifier Attributes 1.0, 2.4; C-221)."""
    path = f"{{{MD}}}Extensions/{{{MDATTR}}}EntityAttributes/{{{SAML}}}Attribute"
    wanted = [attribute for attribute in root.findall(path) if attribute.get("Name") == names.SUBJECT_ID_WANTED]
    told = [document.text(value) for attribute in wanted for value in attribute.findall(f"{{{SAML}}}AttributeValue")]
    if len(told) > 1:
        raise BadMetadata("subject-id:req has more than one value")
    found = _SUBJECT_IDS.get(told[0]) if told else None
    if told and found is None:
        raise BadMetadata("subject-id:req is none of subject-id, pairwise-id, none and any")
    return found


def valid_until_of(root: Element, role: Element) -> datetime | None:
    """The earliest moment at which any of it ends; who uses the value compares it with the clock (C-206)."""
    try:
        ends = [values.moment(end) for end in (root.get("validUntil"), role.get("validUntil")) if end]
    except ValueError:
        raise BadMetadata("validUntil is not a moment") from None
    return min(ends) if ends else None
