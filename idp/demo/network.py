"""Demo Netwerk, a network provider on a site of its own: its children and colleagues choose who they are and click a tile (D34, D35).

Who one is takes no secret here: it is a demonstration. The gate believes nothing but what this provider signs, over SAML or OpenID Connect, for a
question that the gate itself asked; a tile is a hint in either.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo import network_list, network_oidc, network_saml
from idp.demo.network_list import NotTold, PupilCopy
from idp.demo.network_oidc import OidcSide
from idp.demo.network_saml import OUR_ACS, NotAsked, SamlSide
from idp.demo.notes import NetworkNote
from idp.demo.pages import Brand, Site
from idp.demo.visits import Visits
from idp.http import forms
from protocols.oidc.rp.addresses import START, callback_of

WHO: Final = "/wie"
AWAY: Final = "/weg"
PUPILS: Final = "/leerlingen"
BY_SAML, BY_OIDC = "/tegel/saml", "/tegel/oidc"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's pages. `lesson` is the learning material that its tiles lead to."""

    site: Site
    idp: str
    lesson: str
    people: tuple[NetworkNote, ...]
    saml: SamlSide
    oidc: OidcSide
    copy: PupilCopy

    async def home(self, request: Request) -> Response:
        """Who are you, and then the tiles."""
        who = self._who(request)
        return self.site.page("network.html", who=who, people=self.people, by_saml=BY_SAML, by_oidc=BY_OIDC)

    async def choose(self, request: Request) -> Response:
        """Somebody says who he is; on to where he was asked for, if the gate asked."""
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request)))
        except forms.Unreadable:
            form = {}
        if form.get("wie") not in {note.subject for note in self.people}:
            return self.site.trouble("Deze leerling of collega is hier niet bekend.")
        onwards = request.session.pop("onwards", "/")
        request.session.update(who=form["wie"], renew="at sign-in")
        return RedirectResponse(onwards, status_code=303)

    async def leave(self, request: Request) -> Response:
        """Somebody else."""
        request.session.clear()
        return RedirectResponse("/", status_code=303)

    async def tile_by_saml(self, request: Request) -> Response:
        """A Response that nobody asked for, with the lesson as RelayState."""
        who = self._who(request)
        return self._post(await self.saml.answer(who.subject, question=None), self.lesson) if who else _home()

    async def tile_by_oidc(self, request: Request) -> Response:
        """Login initiated by a third party (OpenID Connect Core 4)."""
        told = urlencode({"iss": self.oidc.issuer, "target_link_uri": self.lesson})
        return RedirectResponse(f"{self.idp}{START}?{told}", status_code=303) if self._who(request) else _home()

    async def asked_by_saml(self, request: Request) -> Response:
        """The gate's signed question; answered at once for who is here."""
        query = dict(request.query_params)
        try:
            question = await self.saml.question(query)
        except NotAsked:
            return self.site.trouble("Deze vraag komt niet van de poort.")
        who = self._who(request)
        if who is None:
            return self._first_say_who(request)
        return self._post(await self.saml.answer(who.subject, question=question), None)

    async def asked_by_oidc(self, request: Request) -> Response:
        """The gate's authorization request; answered at once for who is here."""
        query = dict(request.query_params)
        if not self.oidc.allowed(query):
            return self.site.trouble("Deze vraag komt niet van de poort.")
        who = self._who(request)
        if who is None:
            return self._first_say_who(request)
        return RedirectResponse(self.oidc.back(query, who.subject), status_code=303)

    async def pupils(self, _request: Request) -> Response:
        """The copy of the school's pupils that is here."""
        return self._pupils()

    async def fetch_pupils(self, _request: Request) -> Response:
        """Asks the gate what changed."""
        try:
            return self._pupils(*await self.copy.fetch())
        except NotTold as error:
            return self._pupils(trouble=str(error))

    def _pupils(self, came: int | None = None, went: int = 0, *, trouble: str | None = None) -> Response:
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in self.copy.pupils.values():
            groups.setdefault(", ".join(one.get("groups", ["Zonder groep"])), []).append(one)
        shown = [(name, sorted(found, key=lambda one: one.get("given_name", ""))) for name, found in groups.items()]
        return self.site.page(
            "network_pupils.html",
            groups=sorted(shown),
            pupils=self.copy.pupils,
            came=came,
            went=went,
            trouble=trouble,
        )

    async def metadata(self, _request: Request) -> Response:
        """What the gate registered."""
        document = network_saml.metadata(self.saml.folder, self.saml.address)
        return Response(document, media_type="application/samlmetadata+xml")

    def _who(self, request: Request) -> NetworkNote | None:
        return next((note for note in self.people if note.subject == request.session.get("who")), None)

    def _first_say_who(self, request: Request) -> Response:
        request.session["onwards"] = f"{request.url.path}?{request.url.query}"
        return _home()

    def _post(self, xml: bytes, relay_state: str | None) -> Response:
        fields = {"SAMLResponse": base64.b64encode(xml).decode()}
        if relay_state is not None:
            fields["RelayState"] = relay_state
        return self.site.page("leaving.html", where=self.idp + OUR_ACS, fields=fields)


def _home() -> Response:
    return RedirectResponse("/", status_code=303)


def create(
    brand: Brand, *, idp: str, folder: Path, people: tuple[NetworkNote, ...], lesson: str, secrets: Mapping[str, str]
) -> Starlette:
    """The provider's site."""
    saml = SamlSide(folder, brand.address, idp)
    oidc = OidcSide(folder, brand.address, idp + callback_of(brand.address), secrets[network_oidc.CLIENT_ID])
    parts = urlsplit(lesson)
    # Browsers hold `form-action` against redirects too: what is posted to the gate ends at the lesson.
    site = Site(brand, idp=idp, beyond=f"{parts.scheme}://{parts.netloc}")
    copy = PupilCopy(idp, secrets[network_list.CLIENT_ID])
    provider = Provider(site, idp, lesson, people, saml, oidc, copy)
    routes = [
        Route("/", provider.home),
        Route(WHO, provider.choose, methods=["POST"]),
        Route(AWAY, provider.leave, methods=["POST"]),
        Route(BY_SAML, provider.tile_by_saml),
        Route(BY_OIDC, provider.tile_by_oidc),
        Route(PUPILS, provider.pupils),
        Route(PUPILS, provider.fetch_pupils, methods=["POST"]),
        Route(network_saml.SSO, provider.asked_by_saml),
        Route(network_saml.METADATA, provider.metadata),
        Route(network_oidc.DISCOVERY, oidc.discovery),
        Route(network_oidc.JWKS, oidc.jwks),
        Route(network_oidc.AUTHORIZE, provider.asked_by_oidc),
        Route(network_oidc.TOKEN, oidc.token, methods=["POST"]),
    ]
    return provider.site.app(routes, Middleware(Visits, cookie=f"{brand.key}_bezoek"))
