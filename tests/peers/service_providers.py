"""The service providers of others, each by the same steps: its metadata, its request, its opinion of our answer; and signing out, both ways.

They read the clock of the machine.
"""

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2.metadata import entity_descriptor
from saml2.sigver import verify_redirect_signature

from tests.peers.installed import PEERS, installed
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.party import ACS, ENTITY

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SLO = "https://sp.example/slo"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


class Refused(Exception):
    """The judge does not believe the answer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a judge read in an answer that it believes."""

    name_id: str
    attributes: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours as a redirect brings it: the parameters, and the query that they stand in."""

    parameters: dict[str, str]
    query: str

    @classmethod
    def to(cls, address: str) -> Self:
        """What an address carries."""
        query = urlsplit(address).query
        return cls(dict(parse_qsl(query)), query)


class Judge(Protocol):
    """A service provider that asks for everything: signed requests, signed Responses, signed and encrypted assertions."""

    metadata: bytes
    url: str

    def accept(self, response: bytes) -> Accepted:
        """Raises `Refused`."""

    def leaves(self) -> str:
        """Where it sends the browser of who was accepted to sign out everywhere."""

    def confirmed(self, sent: Sent) -> None:
        """Our answer to that. Raises `Refused` for one that it does not believe."""

    def obeys(self, sent: Sent) -> str:
        """Our own request, and where its answer sends the browser. Raises `Refused` for one that it does not believe."""


@dataclass
class Pysaml2:
    """pysaml2, with libxmlsec in this process."""

    client: Any
    metadata: bytes
    url: str
    asked: str
    name: Any = None

    def accept(self, response: bytes) -> Accepted:
        try:
            found = service_provider.accept(self.client, response, request_id=self.asked)
        except Exception as error:
            raise Refused(str(error)) from error
        if found is None:
            raise Refused("without a reason")
        self.name = found.name_id
        values = {
            attribute.name: [value.text for value in attribute.attribute_value]
            for attribute in found.assertion.attribute_statement[0].attribute
        }
        return Accepted(found.name_id.text, values)

    def leaves(self) -> str:
        entity = self.client.metadata.with_descriptor("idpsso")
        told = self.client.do_logout(
            self.name, list(entity), None, None, sign=True, expected_binding=REDIRECT, sign_alg=RSA_SHA256
        )
        ((_, info),) = told.values()
        return str(dict(info["headers"])["Location"])

    def confirmed(self, sent: Sent) -> None:
        self.verified(sent)
        answer = self.client.parse_logout_request_response(sent.parameters["SAMLResponse"], REDIRECT)
        if answer is None or not answer.status_ok():
            raise Refused("no answer")

    def verified(self, sent: Sent) -> None:
        # pysaml2 leaves the signature of a query to whoever calls it.
        entity = next(iter(self.client.metadata.with_descriptor("idpsso")))
        known = [cert for _, cert in self.client.metadata.certs(entity, "idpsso", "signing")]
        kept = dict(sent.parameters)
        if not any(_fits(kept, self.client.sec.sec_backend, cert) for cert in known):
            raise Refused("signature of the query")

    def obeys(self, sent: Sent) -> str:
        self.verified(sent)
        told = sent.parameters
        signed = {"sigalg": told["SigAlg"], "signature": told["Signature"], "relay_state": told.get("RelayState")}
        try:
            info = self.client.handle_logout_request(
                told["SAMLRequest"], self.name, REDIRECT, sign=True, sign_alg=RSA_SHA256, **signed
            )
        except Exception as error:
            raise Refused(f"{type(error).__name__}: {error}") from error
        return str(dict(info["headers"])["Location"])


def _fits(parameters: dict[str, str], backend: Any, certificate: str) -> bool:
    try:
        return bool(verify_redirect_signature(parameters, backend, certificate))
    except (AttributeError, ValueError):
        # A key of another kind than the signature.
        return False


@contextmanager
def pysaml2(folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[Judge]:
    """The oldest of them in Python."""
    wishes = {"authn_requests_signed": True, "want_assertions_signed": True, "want_response_signed": True}
    client = service_provider.client(
        folder, idp_metadata=idp_metadata, pair=pair, name_id_format=[PERSISTENT], encrypted=True, slo=SLO, **wishes
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
    asked_out: str = ""
    known: dict[str, Any] = field(default_factory=dict)

    def auth(self, path: str, **more: Any) -> Any:
        request = {"https": "on", "http_host": "sp.example", "script_name": path, "get_data": {}, **more}
        return OneLogin_Saml2_Auth(request, self.settings)

    def accept(self, response: bytes) -> Accepted:
        auth = self.auth("/acs", post_data={"SAMLResponse": base64.b64encode(response).decode()})
        auth.process_response(request_id=self.asked)
        if auth.get_errors():
            raise Refused(str(auth.get_last_error_reason()))
        self.known = {
            "name_id": auth.get_nameid(),
            "name_id_format": auth.get_nameid_format(),
            "nq": auth.get_nameid_nq(),
            "spnq": auth.get_nameid_spnq(),
            "session_index": auth.get_session_index(),
        }
        return Accepted(auth.get_nameid(), auth.get_attributes())

    def leaves(self) -> str:
        auth = self.auth("/")
        url: str = auth.logout(return_to="terug", **self.known)
        self.asked_out = auth.get_last_request_id()
        return url

    def confirmed(self, sent: Sent) -> None:
        self.slo(sent, self.asked_out)

    def obeys(self, sent: Sent) -> str:
        return self.slo(sent, None)

    def slo(self, sent: Sent, asked: str | None) -> str:
        auth = self.auth("/slo", get_data=sent.parameters, query_string=sent.query)
        url: str = auth.process_slo(request_id=asked, keep_local_session=True)
        if auth.get_errors():
            raise Refused(f"{auth.get_errors()} {auth.get_last_error_reason()}")
        return url


@contextmanager
def python3_saml(_folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[Judge]:
    """The one that most Python sites use."""
    settings = OneLogin_Saml2_IdPMetadataParser.parse(idp_metadata.decode()) | {
        "strict": True,
        "sp": {
            "entityId": ENTITY,
            "assertionConsumerService": {"url": ACS},
            "singleLogoutService": {"url": SLO},
            "NameIDFormat": PERSISTENT,
            "x509cert": pair.certificate,
            "privateKey": pair.pem.decode(),
        },
        "security": {
            "authnRequestsSigned": True,
            "logoutRequestSigned": True,
            "logoutResponseSigned": True,
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
    options: dict[str, Any]
    certificate: str
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

    def begins(self, **changes: Any) -> dict[str, Any]:
        """Makes it anew, with other options; whom it accepted and what it asked it still knows."""
        return self.ask(options={**self.options, **changes}, certificate=self.certificate)

    def posted(self, response: bytes) -> dict[str, Any]:
        """What it makes of a message that a page of ours posts to it. Raises `Refused`."""
        return self.ask(form={"SAMLResponse": base64.b64encode(response).decode()})

    def accept(self, response: bytes) -> Accepted:
        told = self.posted(response)
        values = {name: value if isinstance(value, list) else [value] for name, value in told["attributes"].items()}
        return Accepted(told["name"], values)

    def leaves(self) -> str:
        return str(self.ask(leaves=True)["url"])

    def confirmed(self, sent: Sent) -> None:
        if self.ask(redirected=sent.parameters, query=sent.query)["over"] is not True:
            raise Refused("no answer")

    def obeys(self, sent: Sent) -> str:
        return str(self.ask(redirected=sent.parameters, query=sent.query)["url"])


@contextmanager
def node_saml(_folder: Path, idp_metadata: bytes, pair: Pair) -> Iterator[NodeSaml]:
    """The one that most sites in JavaScript use; skips the test where it is not installed."""
    modules = installed()
    known = OneLogin_Saml2_IdPMetadataParser.parse(idp_metadata.decode())["idp"]
    certificates = known.get("x509certMulti", {}).get("signing") or [known["x509cert"]]
    options = {
        "issuer": ENTITY,
        "callbackUrl": ACS,
        "entryPoint": known["singleSignOnService"]["url"],
        "logoutUrl": known["singleLogoutService"]["url"],
        "logoutCallbackUrl": SLO,
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
        judge = NodeSaml(process, options, pair.certificate_pem)
        told = judge.begins()
        # It writes that it hears of logouts by POST, and believes answers to its own by Redirect only.
        judge.metadata = (
            told["metadata"].replace(f'HTTP-POST" Location="{SLO}"', f'HTTP-Redirect" Location="{SLO}"').encode()
        )
        judge.url = told["url"]
        yield judge


JUDGES = {"pysaml2": pysaml2, "python3-saml": python3_saml, "node-saml": node_saml}
