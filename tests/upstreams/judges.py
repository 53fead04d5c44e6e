"""pysaml2 as a service provider in our place, set as strictly as it goes: its opinion of a Response."""

import base64
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import saml2
from saml2.client import Saml2Client
from saml2.config import SPConfig

from idp.demo import saml_backend
from tests.protocols.saml.keys import rsa_pair
from tests.upstreams import provider

Opinion = Callable[[bytes, str], bool]
"""Whether a judge lets somebody in by this answer to that question."""
Name = Callable[[bytes, str], str | Exception]
"""Whom a judge lets in by this answer to that question, or what it raises."""


def pysaml2(folder: Path, *, skew: int = 180) -> Opinion:
    """The opinion of a pysaml2 client that stands where we stand; libxmlsec works in its process (`idp.demo.saml_backend`)."""
    named = named_by_pysaml2(folder, skew=skew)
    return lambda xml, question: isinstance(named(xml, question), str)


def named_by_pysaml2(folder: Path, *, skew: int = 180) -> Name:
    """Whom such a client takes a Response to name, or what it raises. `skew` is how many seconds clocks may differ in its opinion."""
    ours = rsa_pair("ours")
    key, certificate, metadata = folder / "sp.key", folder / "sp.crt", folder / "idp.xml"
    key.write_bytes(ours.pem)
    certificate.write_text(ours.certificate_pem)
    metadata.write_bytes(provider.metadata(scopes=("moo.example",)))
    wants = {"want_response_signed": False, "want_assertions_signed": False, "want_assertions_or_response_signed": True}
    service = {"endpoints": {"assertion_consumer_service": [(provider.ACS, saml2.BINDING_HTTP_POST)]}, **wants}
    config = SPConfig().load(
        {
            "entityid": provider.US,
            "crypto_backend": "XMLSecurity",
            "key_file": str(key),
            "cert_file": str(certificate),
            "metadata": {"local": [str(metadata)]},
            "accepted_time_diff": skew,
            "service": {"sp": {**service, "allow_unsolicited": False}},
        }
    )
    client: Any = Saml2Client(config=config)
    client.sec = saml_backend.security(client.metadata, key=key, certificate=certificate)
    logging.getLogger("saml2").setLevel(logging.CRITICAL)

    def opinion(xml: bytes, question: str) -> str | Exception:
        sent = base64.b64encode(xml).decode()
        try:
            read = client.parse_authn_request_response(sent, saml2.BINDING_HTTP_POST, outstanding={question: "/"})
            return str(read.name_id.text or "")
        except Exception as refused:
            # Whatever it raises is its way to say no.
            return refused

    return opinion
