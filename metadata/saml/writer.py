"""Our own SAML metadata out: the EntityDescriptors of the identity provider and of the service provider, signed (C-207, C-209, C-232)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from metadata.saml import canonical, names, values
from metadata.saml.canonical import Signer, attribute, short, text


@dataclass(frozen=True, slots=True)
class OurEntity:
    """Who we are to service providers. `display_names` has one name per language, `nl` first."""

    entity_id: str
    sso_redirect: str
    sso_post: str
    display_names: Mapping[str, str]
    website: str
    contact_email: str
    error_url: str


@dataclass(frozen=True, slots=True)
class OurServiceProvider:
    """Who we are to network providers. `display_names` and `descriptions` have one text per language, `nl` first."""

    entity_id: str
    acs: str
    display_names: Mapping[str, str]
    descriptions: Mapping[str, str]
    website: str
    contact_email: str


def write_idp(
    entity: OurEntity, *, certificates: Sequence[str], signer: Signer, valid_until: datetime | None = None
) -> bytes:
    """Our EntityDescriptor in UTF-8, signed with `signer`.

    `certificates` are those of every published key, the active one first: a service provider that knows them all misses no rollover.
    `valid_until` is left out by default, because a publisher that loads the file once and for all would lose us on that day.
    """
    entity_id, reference = attribute(short(entity.entity_id)), canonical.new_id()
    until = f' validUntil="{values.instant(valid_until)}"' if valid_until else ""
    head = f'<md:EntityDescriptor xmlns:md="{names.MD}" ID="{reference}" entityID="{entity_id}"{until}>'
    role = (
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="false" errorURL="{attribute(entity.error_url)}"'
        f' protocolSupportEnumeration="{names.SAMLP}">'
        f"{_display_names(entity.display_names)}{''.join(map(_key, certificates))}"
        f"{_name_id_formats()}"
        f"{_sso(names.HTTP_REDIRECT, entity.sso_redirect)}{_sso(names.HTTP_POST, entity.sso_post)}"
        "</md:IDPSSODescriptor>"
    )
    rest = f"{role}{_organisation(entity)}{_contact(entity.contact_email)}</md:EntityDescriptor>"
    return canonical.sign(canonical.prepare(signer), head, rest, reference=reference).encode()


def _localised(tag: str, language: str, value: str) -> str:
    return f'<{tag} xml:lang="{attribute(language)}">{text(short(value))}</{tag}>'


def _display_names(display_names: Mapping[str, str]) -> str:
    inner = "".join(_localised("mdui:DisplayName", *pair) for pair in display_names.items())
    return f'<md:Extensions><mdui:UIInfo xmlns:mdui="{names.MDUI}">{inner}</mdui:UIInfo></md:Extensions>'


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


def _organisation(entity: OurEntity | OurServiceProvider) -> str:
    """Metadata 2.3.2.1: names in each language we speak, and a page."""
    languages = entity.display_names.items()
    named = "".join(_localised("md:OrganizationName", *pair) for pair in languages)
    shown = "".join(_localised("md:OrganizationDisplayName", *pair) for pair in languages)
    pages = "".join(_localised("md:OrganizationURL", language, entity.website) for language in entity.display_names)
    return f"<md:Organization>{named}{shown}{pages}</md:Organization>"


def _contact(email: str) -> str:
    return (
        '<md:ContactPerson contactType="technical">'
        f"<md:EmailAddress>{text(short(f'mailto:{email}'))}</md:EmailAddress></md:ContactPerson>"
    )


def write_sp(entity: OurServiceProvider, *, signing: Sequence[str], encryption: Sequence[str], signer: Signer) -> bytes:
    """Our EntityDescriptor as a service provider in UTF-8, signed with `signer`.

    `signing` are the certificates that our requests may be signed with, the active one first; `encryption` those to encrypt assertions to, none
    where there is no key yet. For these AES-GCM and RSA-OAEP are named, because nothing else is opened (C-210).
    """
    entity_id, reference = attribute(short(entity.entity_id)), canonical.new_id()
    head = f'<md:EntityDescriptor xmlns:md="{names.MD}" ID="{reference}" entityID="{entity_id}">'
    role = (
        '<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"'
        f' protocolSupportEnumeration="{names.SAMLP}">'
        f"{_described(entity)}{''.join(map(_key, signing))}{''.join(map(_encryption_key, encryption))}"
        f"<md:NameIDFormat>{names.PERSISTENT}</md:NameIDFormat><md:NameIDFormat>{names.UNSPECIFIED}</md:NameIDFormat>"
        f'<md:AssertionConsumerService Binding="{names.HTTP_POST}" Location="{attribute(entity.acs)}" index="0"'
        ' isDefault="true"></md:AssertionConsumerService>'
        "</md:SPSSODescriptor>"
    )
    rest = f"{role}{_organisation(entity)}{_contact(entity.contact_email)}</md:EntityDescriptor>"
    return canonical.sign(canonical.prepare(signer), head, rest, reference=reference).encode()


def _described(entity: OurServiceProvider) -> str:
    named = "".join(_localised("mdui:DisplayName", *pair) for pair in entity.display_names.items())
    told = "".join(_localised("mdui:Description", *pair) for pair in entity.descriptions.items())
    return f'<md:Extensions><mdui:UIInfo xmlns:mdui="{names.MDUI}">{named}{told}</mdui:UIInfo></md:Extensions>'


def _encryption_key(certificate: str) -> str:
    methods = "".join(
        f'<md:EncryptionMethod Algorithm="{algorithm}"></md:EncryptionMethod>'
        for algorithm in (names.AES256_GCM, names.AES128_GCM, names.RSA_OAEP_MGF1P, names.RSA_OAEP)
    )
    return (
        f'<md:KeyDescriptor use="encryption"><ds:KeyInfo xmlns:ds="{names.DS}"><ds:X509Data><ds:X509Certificate>'
        f"{text(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
    )
