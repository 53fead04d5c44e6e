"""The network provider's SAML side, built on pysaml2 as others would: it checks our signed question and answers with a signed assertion."""

import os
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx2
import saml2
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.s_utils import SamlException
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

from idp.demo import saml_backend
from metadata.key_material import certificate_of, new_private_key

with warnings.catch_warnings():
    # pysaml2's server loads a cipher that it does not use here and that is about to move.
    warnings.simplefilter("ignore")
    from saml2.server import Server

KEY: Final = "netwerk.key"
CERTIFICATE: Final = "netwerk.crt"
METADATA: Final = "/saml/metadata"
SSO: Final = "/saml/sso"
OUR_METADATA: Final = "/network/saml/metadata"
OUR_ACS: Final = "/network/saml/acs"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_PASSWORD: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105 - a class of proofs


class NotAsked(Exception):
    """A question that is not one of the gate's."""


def prepare(folder: Path, address: str, *, now: datetime) -> bytes:
    """Makes the provider's key and certificate in `folder`; returns the metadata that it hands to the gate."""
    key = new_private_key("RS256")
    private = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    text = certificate_of(key, "demonetwerk", now=now)
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    (folder / CERTIFICATE).write_text(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return metadata(folder, address)


def metadata(folder: Path, address: str) -> bytes:
    """What the provider says of itself."""
    return str(entity_descriptor(_config(folder, address))).encode()


def _config(folder: Path, address: str, **more: Any) -> IdPConfig:
    ends = {"single_sign_on_service": [(address + SSO, saml2.BINDING_HTTP_REDIRECT)]}
    policy = {"default": {"lifetime": {"minutes": 5}}}
    return IdPConfig().load(
        {
            "entityid": address + METADATA,
            "name": "Demo Netwerk",
            "crypto_backend": "XMLSecurity",
            "key_file": str(folder / KEY),
            "cert_file": str(folder / CERTIFICATE),
            "service": {
                "idp": {
                    "endpoints": ends,
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "policy": policy,
                    "want_authn_requests_signed": True,
                }
            },
            **more,
        }
    )


@dataclass(frozen=True, slots=True)
class SamlSide:
    """`folder` holds the key, `address` is the provider's site, `idp` the gate's."""

    folder: Path
    address: str
    idp: str

    async def question(self, query: dict[str, str]) -> str:
        """The ID of the gate's AuthnRequest in this query, its signature checked. Raises `NotAsked`."""
        server = await self._server()
        try:
            asked = server.parse_authn_request(
                query.get("SAMLRequest", ""),
                saml2.BINDING_HTTP_REDIRECT,
                sigalg=query.get("SigAlg"),
                signature=query.get("Signature"),
            )
        except (SamlException, saml2.SAMLError, ValueError) as error:
            raise NotAsked from error
        if asked is None:
            raise NotAsked
        return str(asked.message.id)

    async def answer(self, subject: str, *, question: str | None) -> bytes:
        """A signed Response about a person; without a question it is the hint that a tile sends."""
        server = await self._server()
        made = server.create_authn_response(
            {},
            in_response_to=question,
            destination=self.idp + OUR_ACS,
            sp_entity_id=self.idp + OUR_METADATA,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=subject),
            authn={"class_ref": _PASSWORD},
            sign_assertion=True,
            sign_response=False,
            sign_alg=_RSA_SHA256,
            digest_alg=_SHA256,
        )
        return str(made).encode()

    async def _server(self) -> Any:
        """pysaml2's server, with the gate's metadata as they are now: keys may have been added."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            document = (await http.get(self.idp + OUR_METADATA)).raise_for_status().text
        made = Server(config=_config(self.folder, self.address, metadata={"inline": [document]}))
        made.sec = saml_backend.security(made.metadata, key=self.folder / KEY, certificate=self.folder / CERTIFICATE)
        return made
