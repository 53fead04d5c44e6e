"""pysaml2 as a publisher: the independent counterpart that must accept what we issue.

pysaml2 calls an external program for signatures. Here libxmlsec works in this process instead: the class below is what pysaml2 calls a
crypto backend, handed to a client after it was built, so that nothing of pysaml2 needs replacing.
"""

import base64
from pathlib import Path
from typing import Any

import saml2
from lxml import etree
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.sigver import CryptoBackend, RSACrypto, SecurityContext, SignatureError, import_rsa_key_from_file

from tests.protocols.saml.keys import Pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import ACS, ENTITY


class InProcess(CryptoBackend):  # type: ignore[misc]
    """libxmlsec for pysaml2: one signature, directly in the element that the caller names, by the certificate that the caller trusts."""

    @property
    def version(self) -> str:
        return ".".join(map(str, xmlsec.get_libxmlsec_version()))

    def validate_signature(self, signedtext: Any, cert_file: str, cert_type: str, node_name: str, node_id: str) -> bool:
        root = _parsed(signedtext)
        element = _named(root, node_name, node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(cert_file, xmlsec.KeyFormat.CERT_PEM)
        context.register_id(element, "ID")
        (signature,) = element.findall("{http://www.w3.org/2000/09/xmldsig#}Signature")
        try:
            context.verify(signature)
        except xmlsec.Error as error:
            raise SignatureError(str(error)) from error
        return True

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        root = _parsed(statement)
        element = _named(root, node_name, node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(key_file, xmlsec.KeyFormat.PEM)
        context.register_id(element, "ID")
        context.sign(element.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        return etree.tostring(root, encoding="unicode")


def _parsed(statement: Any) -> Any:
    raw = statement if isinstance(statement, bytes) else str(statement).encode()
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))


def _named(root: Any, node_name: str, node_id: str) -> Any:
    namespace, _, local = node_name.rpartition(":")
    (element,) = [found for found in root.iter(f"{{{namespace}}}{local}") if found.get("ID") == node_id]
    return element


def client(folder: Path, *, idp_metadata: bytes, pair: Pair, **settings: Any) -> Any:
    """A pysaml2 client that knows our metadata and holds `pair`; `settings` go into its `service.sp`."""
    key, certificate, metadata = folder / "sp.key", folder / "sp.crt", folder / "idp.xml"
    key.write_bytes(pair.pem)
    certificate.write_text(pair.certificate_pem)
    metadata.write_bytes(idp_metadata)
    config = SPConfig().load(
        {
            "entityid": ENTITY,
            "crypto_backend": "XMLSecurity",
            "key_file": str(key),
            "cert_file": str(certificate),
            "metadata": {"local": [str(metadata)]},
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(ACS, saml2.BINDING_HTTP_POST)]},
                    "want_response_signed": False,
                    "want_assertions_signed": False,
                    "want_assertions_or_response_signed": True,
                    "signing_algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                    "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                    **settings,
                }
            },
        }
    )
    made = Saml2Client(config=config)
    made.sec = SecurityContext(
        InProcess(),
        str(key),
        cert_file=str(certificate),
        metadata=made.metadata,
        only_use_keys_in_metadata=True,
        sec_backend=RSACrypto(import_rsa_key_from_file(str(key))),
    )
    return made


def accept(sp: Any, response: bytes, *, request_id: str = "_a1") -> Any:
    """What pysaml2 makes of a Response that came by POST; it reads the clock of the machine. Raises what pysaml2 raises."""
    return sp.parse_authn_request_response(
        base64.b64encode(response).decode(), saml2.BINDING_HTTP_POST, outstanding={request_id: "/"}
    )
