"""A network provider's metadata file, read: one EntityDescriptor with the role of identity provider (SAML Metadata 2.4.3).

As with service providers, whoever hands the file over vouches for it (D31), and everything that is acted on later is checked here, once.
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from metadata.saml import document, values
from metadata.saml.names import HTTP_POST, HTTP_REDIRECT, MD, SHIBMD
from metadata.saml.provider import SamlProvider, SignOnService
from metadata.saml.reader import (
    BadMetadata,
    contacts_of,
    entity_id_of,
    entity_in,
    keys_of,
    location_of,
    logouts_of,
    names_of,
    valid_until_of,
)

MOST_SCOPES: Final = 2000


def read_idp(xml: bytes, *, loopback_http: bool = False) -> SamlProvider:
    """The identity provider that a metadata document describes. Raises `BadMetadata`, or `Malformed` when it is no safe XML.

    `loopback_http` as for `reader.read_sp`.
    """
    root, role = entity_in(xml, "IDPSSODescriptor")
    signing, _ = keys_of(role)
    if not signing:
        raise BadMetadata("no signing certificate is given, so that nothing it says could be believed")
    return SamlProvider(
        entity_id=entity_id_of(root),
        services=_services(role, loopback_http=loopback_http),
        signing=signing,
        logouts=tuple(logouts_of(role, loopback_http=loopback_http)),
        scopes=tuple(_scopes(root, role)),
        names=names_of(root, role),
        contacts=tuple(contacts_of(root)),
        valid_until=valid_until_of(root, role),
    )


def _services(role: Element, *, loopback_http: bool) -> tuple[SignOnService, ...]:
    services = tuple(
        SignOnService(element.get("Binding", ""), location_of(element, "Location", loopback_http=loopback_http))
        for element in role.findall(f"{{{MD}}}SingleSignOnService")
    )
    if not any(service.binding in {HTTP_REDIRECT, HTTP_POST} for service in services):
        raise BadMetadata("no SingleSignOnService takes HTTP-Redirect or HTTP-POST")
    return services


def _scopes(root: Element, role: Element) -> Iterator[str]:
    """The scopes that it may assert (C-221). A pattern is no scope of ours: whether it fits could be read in two ways."""
    found = [scope for place in (role, root) for scope in place.findall(f"{{{MD}}}Extensions/{{{SHIBMD}}}Scope")]
    if len(found) > MOST_SCOPES:
        raise BadMetadata(f"more than {MOST_SCOPES} scopes")
    for scope in found:
        try:
            pattern = values.boolean(scope.get("regexp", "false"))
        except ValueError:
            raise BadMetadata("regexp of a Scope is neither true nor false") from None
        if pattern:
            raise BadMetadata("a Scope is a regular expression; name each scope")
        yield document.text(scope).lower()
