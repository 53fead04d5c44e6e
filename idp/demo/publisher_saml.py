"""A publisher over SAML, built on pysaml2 as others would: signed requests by Redirect or by POST, encrypted answers by POST, all by libxmlsec.

It meets the product over HTTP only, its metadata included. It has no single logout, because many publishers have none: it forgets the person
itself and shows the way to the door of the identity provider.
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
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo import received, saml_backend
from idp.demo.pages import Brand, Site
from idp.demo.publishers import START
from idp.demo.received import Row, Section
from idp.demo.visits import Visits
from idp.http import forms

KEY: Final = "taalpaleis.key"
CERTIFICATE: Final = "taalpaleis.crt"
ACS: Final = "/acs"
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
                    "endpoints": {"assertion_consumer_service": [(address + ACS, saml2.BINDING_HTTP_POST)]},
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
        request.session.update(person=_person(answer), renew="at sign-in")
        return RedirectResponse("/", status_code=303)

    async def sign_out(self, request: Request) -> Response:
        """Forgets the person here."""
        request.session.clear()
        return RedirectResponse("/uitgelogd", status_code=303)

    async def signed_out(self, _request: Request) -> Response:
        """Signed out here, and how to leave the identity provider."""
        return self.site.page("signed_out.html", everywhere="no")

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
    publisher = Publisher(Site(brand, idp=idp), idp, folder)
    routes = [
        Route("/", publisher.home),
        Route(START, publisher.start),
        Route("/opnieuw", publisher.again),
        Route(ACS, publisher.consume, methods=["POST"]),
        Route("/uitloggen", publisher.sign_out, methods=["POST"]),
        Route("/uitgelogd", publisher.signed_out),
        Route(METADATA, publisher.metadata),
    ]
    return publisher.site.app(routes, Middleware(Visits, cookie=f"{brand.key}_bezoek", cross_site="yes"))
