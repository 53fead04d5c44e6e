"""pysaml2 as a publisher: the independent counterpart that must accept what we issue.

pysaml2 calls an external program for signatures; here libxmlsec works in this process instead (`idp.demo.saml_backend`).
"""

import base64
import gc
import warnings
from pathlib import Path
from typing import Any

import saml2
from saml2.client import Saml2Client
from saml2.config import SPConfig

from idp.demo import saml_backend
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.party import ACS, ENTITY


def client(
    folder: Path, *, idp_metadata: bytes, pair: Pair, encrypted: bool = False, slo: str = "", **settings: Any
) -> Any:
    """A pysaml2 client that knows our metadata and holds `pair`, which it shows as encryption key too if `encrypted`; `slo` hears of logouts.

    `settings` go into its `service.sp`.
    """
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
            **({"encryption_keypairs": [{"key_file": str(key), "cert_file": str(certificate)}]} if encrypted else {}),
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(ACS, saml2.BINDING_HTTP_POST)],
                        **({"single_logout_service": [(slo, saml2.BINDING_HTTP_REDIRECT)]} if slo else {}),
                    },
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
    made.sec = saml_backend.security(made.metadata, key=key, certificate=certificate)
    return made


def accept(sp: Any, response: bytes, *, request_id: str = "_a1") -> Any:
    """What pysaml2 makes of a Response that came by POST; it reads the clock of the machine. Raises what pysaml2 raises."""
    return sp.parse_authn_request_response(
        base64.b64encode(response).decode(), saml2.BINDING_HTTP_POST, outstanding={request_id: "/"}
    )


def collect() -> None:
    """Closes what pysaml2 leaves open: the certificates that it wrote down. Tests that judge by it say so in their `pytestmark` too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
