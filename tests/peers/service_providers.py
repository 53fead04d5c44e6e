"""The service providers of others, each by the same three steps: its metadata, its request, its opinion of our answer.

They read the clock of the machine.
"""

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2.metadata import entity_descriptor

from tests.peers.installed import PEERS, installed
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.party import ACS, ENTITY

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


class Refused(Exception):
    """The judge does not believe the answer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a judge read in an answer that it believes."""

    name_id: str
    attributes: Mapping[str, list[str]]


class Judge(Protocol):
    """A service provider that asks for everything: signed requests, signed Responses, signed and encrypted assertions."""

    metadata: bytes
    url: str

    def accept(self, response: bytes) -> Accepted:
        """Raises `Refused`."""


@dataclass
class Pysaml2:
    """pysaml2, with libxmlsec in this process."""

    client: Any
    metadata: bytes
    url: str
    asked: str

    def accept(self, response: bytes) -> Accepted:
        try:
            found = service_provider.accept(self.client, response, request_id=self.asked)
        except Exception as error:
            raise Refused(str(error)) from error
        if found is None:
            raise Refused("without a reason")
        values = {
            attribute.name: [value.text for value in attribute.attribute_value]
            for attribute in found.assertion.attribute_statement[0].attribute
        }
        return Accepted(found.name_id.text, values)


@contextmanager
def pysaml2(folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[Judge]:
    """The oldest of them in Python."""
    wishes = {"authn_requests_signed": True, "want_assertions_signed": True, "want_response_signed": True}
    client = service_provider.client(
        folder, idp_metadata=idp_metadata, pair=pair, name_id_format=[PERSISTENT], encrypted=True, **wishes
    )
    asked, info = client.prepare_for_authenticate(relay_state="terug", sign=True, sigalg=RSA_SHA256)
    metadata = str(entity_descriptor(client.config)).encode()
    yield Pysaml2(client, metadata, dict(info["headers"])["Location"], asked)


@dataclass
class Python3Saml:
    """python3-saml of OneLogin, as its users call it: one object per request."""

    settings: dict[str, Any]
    metadata: bytes
    url: str
    asked: str

    def accept(self, response: bytes) -> Accepted:
        form = {"SAMLResponse": base64.b64encode(response).decode()}
        request = {"https": "on", "http_host": "sp.example", "script_name": "/acs", "get_data": {}, "post_data": form}
        auth = OneLogin_Saml2_Auth(request, self.settings)
        auth.process_response(request_id=self.asked)
        if auth.get_errors():
            raise Refused(str(auth.get_last_error_reason()))
        return Accepted(auth.get_nameid(), auth.get_attributes())


@contextmanager
def python3_saml(_folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[Judge]:
    """The one that most Python sites use."""
    settings = OneLogin_Saml2_IdPMetadataParser.parse(idp_metadata.decode()) | {
        "strict": True,
        "sp": {
            "entityId": ENTITY,
            "assertionConsumerService": {"url": ACS},
            "NameIDFormat": PERSISTENT,
            "x509cert": pair.certificate,
            "privateKey": pair.pem.decode(),
        },
        "security": {
            "authnRequestsSigned": True,
            "wantMessagesSigned": True,
            "wantAssertionsSigned": True,
            "wantAssertionsEncrypted": True,
            "wantNameId": True,
            "wantAttributeStatement": True,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "signatureAlgorithm": RSA_SHA256,
            "digestAlgorithm": SHA256,
        },
    }
    auth = OneLogin_Saml2_Auth({"https": "on", "http_host": "sp.example", "script_name": "/", "get_data": {}}, settings)
    url = auth.login(return_to="terug")
    metadata = OneLogin_Saml2_Settings(settings, sp_validation_only=True).get_sp_metadata()
    yield Python3Saml(
        settings, metadata if isinstance(metadata, bytes) else metadata.encode(), url, auth.get_last_request_id()
    )


@dataclass
class NodeSaml:
    """node-saml in a process of its own."""

    process: "subprocess.Popen[str]"
    metadata: bytes = b""
    url: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    def ask(self, **question: Any) -> dict[str, Any]:
        """One line there, one line back. Raises `Refused`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "error" in told:
            raise Refused(told["error"])
        return told

    def accept(self, response: bytes) -> Accepted:
        told = self.ask(form={"SAMLResponse": base64.b64encode(response).decode()})
        values = {name: value if isinstance(value, list) else [value] for name, value in told["attributes"].items()}
        return Accepted(told["name"], values)


@contextmanager
def node_saml(_folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[Judge]:
    """The one that most sites in JavaScript use; skips the test where it is not installed."""
    modules = installed()
    known = OneLogin_Saml2_IdPMetadataParser.parse(idp_metadata.decode())["idp"]
    certificates = known.get("x509certMulti", {}).get("signing") or [known["x509cert"]]
    options = {
        "issuer": ENTITY,
        "callbackUrl": ACS,
        "entryPoint": known["singleSignOnService"]["url"],
        "idpIssuer": known["entityId"],
        "idpCert": certificates,
        "privateKey": pair.pem.decode(),
        "decryptionPvk": pair.pem.decode(),
        "identifierFormat": PERSISTENT,
        "signatureAlgorithm": "sha256",
        "wantAssertionsSigned": True,
        "wantAuthnResponseSigned": True,
        "validateInResponseTo": "always",
        "disableRequestedAuthnContext": True,
    }
    command = ["node", str(PEERS / "node_saml.mjs"), str(modules)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        judge = NodeSaml(process)
        told = judge.ask(options=options, certificate=pair.certificate_pem)
        judge.metadata, judge.url = told["metadata"].encode(), told["url"]
        yield judge


JUDGES = {"pysaml2": pysaml2, "python3-saml": python3_saml, "node-saml": node_saml}
