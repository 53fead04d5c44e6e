"""A publisher over SAML, built on pysaml2 as others would: signed requests by Redirect or by POST, encrypted answers by POST, all by libxmlsec.

It meets the product over HTTP only, its metadata included. Its single logout goes by the browser, both ways: the publisher asks, and is asked.
"""

import base64
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import saml2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.response import StatusError
from saml2.s_utils import SamlException
from saml2.saml import NAMEID_FORMAT_PERSISTENT, name_id_from_string
from saml2.sigver import SignatureError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo import received, saml_backend, visits
from idp.demo.pages import Brand, Site
from idp.demo.publishers import START
from idp.demo.received import Row, Section
from idp.demo.visits import Visit, Visits
from idp.http import forms

KEY: Final = "taalpaleis.key"
CERTIFICATE: Final = "taalpaleis.crt"
ACS: Final = "/acs"
SLO: Final = "/slo"
METADATA: Final = "/saml/metadata"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_DAYS: Final = 3650


def prepare(folder: Path, address: str, *, now: datetime) -> bytes:
    """Makes the publisher's key and certificate in `folder`; returns the metadata that it hands to the identity provider."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Taalpaleis")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(Encoding.PEM))
    return str(entity_descriptor(_config(folder, address))).encode()


def _config(folder: Path, address: str, **more: Any) -> SPConfig:
    return SPConfig().load(
        {
            "entityid": address + METADATA,
            "name": "Taalpaleis",
            "crypto_backend": "XMLSecurity",
            "key_file": str(folder / KEY),
            "cert_file": str(folder / CERTIFICATE),
            "encryption_keypairs": [{"key_file": str(folder / KEY), "cert_file": str(folder / CERTIFICATE)}],
            "allow_unknown_attributes": True,
            "contact_person": [
                {
                    "contact_type": "support",
                    "given_name": "Helpdesk Taalpaleis",
                    "email_address": "helpdesk@taalpaleis.example",
                }
            ],
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(address + ACS, saml2.BINDING_HTTP_POST)],
                        "single_logout_service": [(address + SLO, saml2.BINDING_HTTP_REDIRECT)],
                    },
                    "logout_requests_signed": True,
                    "logout_responses_signed": True,
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "authn_requests_signed": True,
                    "want_assertions_or_response_signed": True,
                    "want_response_signed": False,
                    "want_assertions_signed": False,
                    "allow_unsolicited": False,
                    "signing_algorithm": _RSA_SHA256,
                    "digest_algorithm": _SHA256,
                }
            },
            **more,
        }
    )


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher's pages. `folder` holds its key."""

    site: Site
    idp: str
    folder: Path
    kept: dict[str, Visit]

    async def home(self, request: Request) -> Response:
        """Who is signed in and what came along, or the invitation to sign in."""
        ways = (("Inloggen", START), ("Inloggen met een formulier (POST)", f"{START}?met=formulier"))
        return self.site.page("publisher.html", person=request.session.get("person"), ways=ways, again="/opnieuw")

    async def start(self, request: Request) -> Response:
        """To the identity provider, with a request in the address or in a form."""
        if request.query_params.get("met") == "formulier":
            return await self._ask_by_form(request)
        return await self._ask(request)

    async def again(self, request: Request) -> Response:
        """To the identity provider, which must ask for the proof once more (ForceAuthn)."""
        return await self._ask(request, force_authn="true")

    async def _ask(self, request: Request, **more: str) -> Response:
        client = await self._client()
        asked, info = client.prepare_for_authenticate(relay_state="/", sign=True, sigalg=_RSA_SHA256, **more)
        _remember(request, asked)
        return RedirectResponse(dict(info["headers"])["Location"], status_code=303)

    async def _ask_by_form(self, request: Request) -> Response:
        client = await self._client()
        where = client.sso_location(binding=saml2.BINDING_HTTP_POST)
        asked, message = client.create_authn_request(where, sign=True, sign_alg=_RSA_SHA256, digest_alg=_SHA256)
        _remember(request, asked)
        fields = {"SAMLRequest": base64.b64encode(str(message).encode()).decode(), "RelayState": "/"}
        return self.site.page("leaving.html", where=where, fields=fields)

    async def consume(self, request: Request) -> Response:
        """The answer: its signature, its conditions, and that this browser asked for it."""
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request, largest=forms.LARGEST_SAML_FORM)))
        except forms.Unreadable:
            return self.site.trouble("Dit is geen antwoord van de poort.")
        client, outstanding = await self._client(), request.session.pop("asked", {})
        try:
            answer = client.parse_authn_request_response(
                form.get("SAMLResponse", ""), saml2.BINDING_HTTP_POST, outstanding=outstanding
            )
        except StatusError:
            return self.site.trouble(
                "De poort gaf geen gegevens door. U koos ervoor niet in te loggen, of uw school heeft deze uitgeverij niet aangevinkt."
            )
        except (SamlException, saml2.SAMLError, ValueError):
            answer = None
        if answer is None:
            return self.site.trouble("Het antwoord is niet echt, niet voor ons, of wij vroegen er niet om.")
        request.session.clear()
        known = {"name_id": str(answer.name_id), "session_index": answer.session_info()["session_index"]}
        request.session.update(person=_person(answer), renew="at sign-in", **known)
        return RedirectResponse("/", status_code=303)

    async def sign_out(self, request: Request) -> Response:
        """Forgets the person here, and asks the identity provider to do so everywhere (Profiles 4.4)."""
        name_id, index = request.session.get("name_id"), request.session.get("session_index")
        request.session.clear()
        if name_id is None:
            return RedirectResponse("/uitgelogd", status_code=303)
        client = await self._client()
        where, issuer = f"{self.idp}/saml/slo", f"{self.idp}/saml/metadata"
        _, asked = client.create_logout_request(
            where, issuer, name_id=name_id_from_string(name_id), session_indexes=[index], sign=False
        )
        return _redirected(client, str(asked), where, response=False)

    async def single_logout(self, request: Request) -> Response:
        """The identity provider's answer to our request, or its own request, in a frame: the person signed out elsewhere."""
        query = request.query_params
        if "SAMLResponse" in query:
            return RedirectResponse("/uitgelogd?overal=ja", status_code=303)
        client = await self._client()
        try:
            asked = client.parse_logout_request(
                query.get("SAMLRequest", ""),
                saml2.BINDING_HTTP_REDIRECT,
                relay_state=query.get("RelayState"),
                sigalg=query["SigAlg"],
                signature=query["Signature"],
            ).message
        except (SamlException, saml2.SAMLError, SignatureError, AttributeError, KeyError, ValueError):
            return self.site.trouble("Dit is geen echt verzoek van de poort.")
        for index in asked.session_index:
            visits.end(self.kept, session_index=index.text)
        answer = client.create_logout_response(asked, [saml2.BINDING_HTTP_REDIRECT], sign=False)
        return _redirected(client, str(answer), f"{self.idp}/saml/slo", response=True)

    async def signed_out(self, request: Request) -> Response:
        """Signed out: everywhere, if the identity provider says so."""
        return self.site.page("signed_out.html", everywhere="yes" if "overal" in request.query_params else "no")

    async def metadata(self, _request: Request) -> Response:
        """What the identity provider registered."""
        document = str(entity_descriptor(_config(self.folder, self.site.brand.address)))
        return Response(document, media_type="application/samlmetadata+xml")

    async def _client(self) -> Any:
        """pysaml2's client, with the identity provider's metadata as they are now: keys may have been added."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            document = (await http.get(f"{self.idp}/saml/metadata")).raise_for_status().text
        config = _config(self.folder, self.site.brand.address, metadata={"inline": [document]})
        made = Saml2Client(config=config)
        made.sec = saml_backend.security(made.metadata, key=self.folder / KEY, certificate=self.folder / CERTIFICATE)
        return made


def _redirected(client: Any, message: str, where: str, *, response: bool) -> Response:
    """The browser's way to the identity provider with a signed message."""
    info = client.apply_binding(
        saml2.BINDING_HTTP_REDIRECT, message, where, response=response, sign=True, sigalg=_RSA_SHA256
    )
    return RedirectResponse(dict(info["headers"])["Location"], status_code=303)


def _remember(request: Request, asked: str) -> None:
    # A few tabs may be on their way at once.
    latest = {**request.session.get("asked", {}), asked: "/"}
    request.session["asked"] = dict(list(latest.items())[-5:])


def _person(answer: Any) -> dict[str, Any]:
    assertion = answer.assertion
    attributes = {
        attribute.name: [value.text or "" for value in attribute.attribute_value]
        for statement in assertion.attribute_statement
        for attribute in statement.attribute
    }
    context = assertion.authn_statement[0].authn_context.authn_context_class_ref.text
    about_person = [
        Row("NameID", answer.name_id.text, received.meaning_of("subject")),
        *received.attribute_rows(attributes),
    ]
    about_message = [
        Row("Issuer", assertion.issuer.text, received.OF_THE_PROTOCOL["iss"]),
        Row("Audience", answer.entity_id, received.OF_THE_PROTOCOL["aud"]),
        Row("AuthnContextClassRef", context, received.OF_THE_PROTOCOL["acr"]),
        Row("InResponseTo", answer.in_response_to, received.OF_THE_PROTOCOL["nonce"]),
    ]
    fields = received.fields_in(attributes) | {"subject"}
    return {
        "name": received.value_of(attributes, "first_name") or "onbekende",
        "sections": [
            Section("Over de persoon (NameID en attributen)", about_person),
            Section("Over het inloggen (de assertion)", about_message),
        ],
        "kept_back": received.kept_back(fields),
    }


def create(brand: Brand, *, idp: str, folder: Path) -> Starlette:
    """The publisher's site."""
    kept: dict[str, Visit] = {}
    publisher = Publisher(Site(brand, idp=idp), idp, folder, kept)
    routes = [
        Route("/", publisher.home),
        Route(START, publisher.start),
        Route("/opnieuw", publisher.again),
        Route(ACS, publisher.consume, methods=["POST"]),
        Route("/uitloggen", publisher.sign_out, methods=["POST"]),
        Route(SLO, publisher.single_logout),
        Route("/uitgelogd", publisher.signed_out),
        Route(METADATA, publisher.metadata),
    ]
    return publisher.site.app(routes, Middleware(Visits, cookie=f"{brand.key}_bezoek", cross_site="yes", kept=kept))
