"""Our own SAML metadata out: the EntityDescriptors of the identity provider and of the service provider, signed (C-207, C-209, C-232)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from metadata.saml import canonical, names, values
from metadata.saml.canonical import Signer, attribute, short, text

LOGO_SIDE: Final = 64
"""The picture is drawn by lines: it is as good at any size."""


@dataclass(frozen=True, slots=True)
class OurEntity:
    """Who we are to service providers. `display_names` has one name per language, `nl` first. `logo` is an https address of a square picture.

    `scope` is the domain behind our scoped identifiers.
    """

    entity_id: str
    sso_redirect: str
    sso_post: str
    slo: str
    slo_soap: str
    display_names: Mapping[str, str]
    website: str
    contact_email: str
    error_url: str
    logo: str
    scope: str


@dataclass(frozen=True, slots=True)
class OurServiceProvider:
    """Who we are to network providers. `display_names` and `descriptions` have one text per language, `nl` first.

    `logo` as for `OurEntity`; `privacy` is a page about what we do with people's data.
    """

    entity_id: str
    acs: str
    slo: str
    slo_soap: str
    display_names: Mapping[str, str]
    descriptions: Mapping[str, str]
    website: str
    contact_email: str
    logo: str
    privacy: str


@dataclass(frozen=True, slots=True)
class Term:
    """How long a document may be kept: a moment at which it ends, and after how many hours to look again."""

    valid_until: datetime
    cache_hours: int


def write_idp(
    entity: OurEntity,
    *,
    signing: Sequence[str],
    encryption: Sequence[str] = (),
    signer: Signer,
    term: Term | None = None,
) -> bytes:
    """Our EntityDescriptor in UTF-8, signed with `signer`.

    `signing` are the certificates of every published key, the active one first: a service provider that knows them all misses no rollover.
    `encryption` as for `write_sp`: a party may encrypt the name in a logout request. A document without a `term` is for a publisher that loads the
    file once and for all, and would lose us on that day.
    """
    reference = canonical.new_id()
    head = _head(entity.entity_id, reference, term)
    role = (
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="false" errorURL="{attribute(entity.error_url)}"'
        f' protocolSupportEnumeration="{names.SAMLP}">'
        f"{_extensions(entity)}{''.join(map(_key, signing))}{''.join(map(_encryption_key, encryption))}"
        f"{_slo(names.HTTP_REDIRECT, entity.slo)}{_slo(names.HTTP_POST, entity.slo)}"
        f"{_slo(names.SOAP_BINDING, entity.slo_soap)}{_name_id_formats()}"
        f"{_sso(names.HTTP_REDIRECT, entity.sso_redirect)}{_sso(names.HTTP_POST, entity.sso_post)}"
        "</md:IDPSSODescriptor>"
    )
    rest = f"{role}{_organisation(entity)}{_contacts(entity.contact_email)}</md:EntityDescriptor>"
    return canonical.sign(canonical.prepare(signer), head, rest, reference=reference).encode()


def _head(entity_id: str, reference: str, term: Term | None) -> str:
    cached = f' cacheDuration="PT{term.cache_hours}H"' if term else ""
    until = f' validUntil="{values.instant(term.valid_until)}"' if term else ""
    named = f'entityID="{attribute(short(entity_id))}"'
    return f'<md:EntityDescriptor xmlns:md="{names.MD}" ID="{reference}"{cached} {named}{until}>'


def _localised(tag: str, language: str, value: str) -> str:
    return f'<{tag} xml:lang="{attribute(language)}">{text(short(value))}</{tag}>'


def _extensions(entity: OurEntity) -> str:
    """Shibboleth's scope (SDP-IDP17: never a regular expression), and what a service provider may show of us (mdui 2.1)."""
    scope = f'<shibmd:Scope xmlns:shibmd="{names.SHIBMD}" regexp="false">{text(short(entity.scope))}</shibmd:Scope>'
    return f"<md:Extensions>{scope}{_shown(entity, '')}</md:Extensions>"


def _shown(entity: OurEntity | OurServiceProvider, more: str) -> str:
    """Names, pages and logo in each language we speak."""
    named = "".join(_localised("mdui:DisplayName", *pair) for pair in entity.display_names.items())
    pages = "".join(_localised("mdui:InformationURL", language, entity.website) for language in entity.display_names)
    sized = f'<mdui:Logo height="{LOGO_SIDE}" width="{LOGO_SIDE}"'
    logos = "".join(
        f'{sized} xml:lang="{attribute(language)}">{text(short(entity.logo))}</mdui:Logo>'
        for language in entity.display_names
    )
    return f'<mdui:UIInfo xmlns:mdui="{names.MDUI}">{named}{more}{pages}{logos}</mdui:UIInfo>'


def _key(certificate: str) -> str:
    return (
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{names.DS}"><ds:X509Data><ds:X509Certificate>'
        f"{text(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def _name_id_formats() -> str:
    formats = (names.TRANSIENT, names.PERSISTENT, names.UNSPECIFIED)
    return "".join(f"<md:NameIDFormat>{name}</md:NameIDFormat>" for name in formats)


def _sso(binding: str, location: str) -> str:
    return f'<md:SingleSignOnService Binding="{binding}" Location="{attribute(location)}"></md:SingleSignOnService>'


def _slo(binding: str, location: str) -> str:
    return f'<md:SingleLogoutService Binding="{binding}" Location="{attribute(location)}"></md:SingleLogoutService>'


def _organisation(entity: OurEntity | OurServiceProvider) -> str:
    """Metadata 2.3.2.1: names in each language we speak, and a page."""
    languages = entity.display_names.items()
    named = "".join(_localised("md:OrganizationName", *pair) for pair in languages)
    shown = "".join(_localised("md:OrganizationDisplayName", *pair) for pair in languages)
    pages = "".join(_localised("md:OrganizationURL", language, entity.website) for language in entity.display_names)
    return f"<md:Organization>{named}{shown}{pages}</md:Organization>"


def _contacts(email: str) -> str:
    address = f"<md:EmailAddress>{text(short(f'mailto:{email}'))}</md:EmailAddress>"
    kinds = ("technical", "support")
    return "".join(f'<md:ContactPerson contactType="{kind}">{address}</md:ContactPerson>' for kind in kinds)


def write_sp(
    entity: OurServiceProvider,
    *,
    signing: Sequence[str],
    encryption: Sequence[str],
    signer: Signer,
    term: Term | None = None,
) -> bytes:
    """Our EntityDescriptor as a service provider in UTF-8, signed with `signer`.

    `signing` are the certificates that our requests may be signed with, the active one first; `encryption` those to encrypt to, none
    where there is no key yet. For these AES-GCM and RSA-OAEP are named, because nothing else is opened (C-210).
    """
    reference = canonical.new_id()
    head = _head(entity.entity_id, reference, term)
    role = (
        '<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"'
        f' protocolSupportEnumeration="{names.SAMLP}">'
        f"{_described(entity)}{''.join(map(_key, signing))}{''.join(map(_encryption_key, encryption))}"
        f"{_slo(names.HTTP_REDIRECT, entity.slo)}{_slo(names.HTTP_POST, entity.slo)}"
        f"{_slo(names.SOAP_BINDING, entity.slo_soap)}"
        f"<md:NameIDFormat>{names.PERSISTENT}</md:NameIDFormat><md:NameIDFormat>{names.UNSPECIFIED}</md:NameIDFormat>"
        f'<md:AssertionConsumerService Binding="{names.HTTP_POST}" Location="{attribute(entity.acs)}" index="0"'
        ' isDefault="true"></md:AssertionConsumerService>'
        "</md:SPSSODescriptor>"
    )
    rest = f"{role}{_organisation(entity)}{_contacts(entity.contact_email)}</md:EntityDescriptor>"
    return canonical.sign(canonical.prepare(signer), head, rest, reference=reference).encode()


def _described(entity: OurServiceProvider) -> str:
    told = "".join(_localised("mdui:Description", *pair) for pair in entity.descriptions.items())
    told += "".join(
        _localised("mdui:PrivacyStatementURL", language, entity.privacy) for language in entity.descriptions
    )
    return f"<md:Extensions>{_shown(entity, told)}</md:Extensions>"


def _encryption_key(certificate: str) -> str:
    methods = "".join(
        f'<md:EncryptionMethod Algorithm="{algorithm}"></md:EncryptionMethod>'
        for algorithm in (names.AES256_GCM, names.AES128_GCM, names.RSA_OAEP_MGF1P, names.RSA_OAEP)
    )
    return (
        f'<md:KeyDescriptor use="encryption"><ds:KeyInfo xmlns:ds="{names.DS}"><ds:X509Data><ds:X509Certificate>'
        f"{text(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
    )
