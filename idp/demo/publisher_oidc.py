"""A publisher over OpenID Connect, built on Authlib as others would: code with PKCE S256, `state`, `nonce`, the issuer checked twice.

It meets the product over HTTP only. What it keeps is what it shows.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo import received, visits
from idp.demo.pages import Brand, Site
from idp.demo.publishers import CALLBACK, SCOPES, SIGNED_OUT, SIGNED_OUT_ELSEWHERE, START
from idp.demo.received import Section
from idp.demo.visits import Visit, Visits
from idp.http import forms

_REFUSALS: Final = {
    "access_denied": "De poort gaf geen gegevens door. U koos ervoor niet in te loggen, of uw school heeft deze uitgeverij niet aangevinkt.",
    "login_required": "Er was niemand ingelogd.",
}
LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_SLACK: Final = 5
"""Seconds that two clocks may differ."""


_TABS: Final = 8
"""Questions of one browser that may wait for their answer at the same time."""


def _asked(request: Request) -> Visit:
    """The questions of this browser that wait for an answer, as Authlib keeps them."""
    return {name: value for name, value in request.session.items() if name.startswith("_state_")}


class Mistrusted(Exception):
    """An answer that this publisher does not believe; the text is for people."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher's pages. `client` is Authlib's."""

    site: Site
    client: Any
    kept: dict[str, Visit]

    async def home(self, request: Request) -> Response:
        """Who is signed in and what came along, or the invitation to sign in."""
        return self.site.page(
            "publisher.html", person=request.session.get("person"), ways=(("Inloggen", START),), again="/opnieuw"
        )

    async def start(self, request: Request) -> Response:
        """To the identity provider; also from its own tile (third-party initiated)."""
        return await self._ask(request)

    async def again(self, request: Request) -> Response:
        """To the identity provider, which must ask for the proof once more."""
        request.session["fresh_since"] = int(time.time())
        return await self._ask(request, prompt="login")

    async def _ask(self, request: Request, **more: str) -> Response:
        # Authlib keeps the last question of a browser only; somebody with two tabs asked two.
        asked = _asked(request)
        answer: Response = await self.client.authorize_redirect(request, self.site.brand.address + CALLBACK, **more)
        request.session.update(list(asked.items())[1 - _TABS :])
        return answer

    async def callback(self, request: Request) -> Response:
        """The answer: checked, redeemed, completed with UserInfo, kept."""
        fresh_since = request.session.pop("fresh_since", None)
        try:
            await self._check_issuer(request)
            token = await self.client.authorize_access_token(request)
            person = await self._person(token, fresh_since)
        except OAuthError as error:
            return self.site.trouble(_REFUSALS.get(error.error, "De poort weigerde de vraag van deze uitgeverij."))
        except (JoseError, Mistrusted) as error:
            why = str(error) if isinstance(error, Mistrusted) else "Het antwoord is niet echt, of niet voor ons."
            return self.site.trouble(why)
        asked = _asked(request)
        request.session.clear()
        session = {"iss": token["userinfo"]["iss"], "sid": token["userinfo"]["sid"], **asked}
        request.session.update(person=person, id_token=token["id_token"], renew="at sign-in", **session)
        return RedirectResponse("/", status_code=303)

    async def _check_issuer(self, request: Request) -> None:
        # RFC 9207: an answer of another provider is thrown away before anything in it is used.
        metadata = await self.client.load_server_metadata()
        if request.query_params.get("iss") != metadata["issuer"]:
            raise Mistrusted("Dit antwoord komt niet van de poort waaraan wij het vroegen.")

    async def _person(self, token: dict[str, Any], fresh_since: int | None) -> dict[str, Any]:
        if "userinfo" not in token:
            raise Mistrusted("In het antwoord staat niet wie er is ingelogd.")
        proof, more = token["userinfo"], await self.client.userinfo(token=token)
        if more["sub"] != proof["sub"]:
            raise Mistrusted("Twee antwoorden gaan over twee verschillende mensen.")
        if fresh_since is not None and proof.get("auth_time", 0) < fresh_since - _SLACK:
            raise Mistrusted("De poort vroeg niet opnieuw om het bewijs.")
        # What both answers hold is shown once.
        only_in_proof = {name: value for name, value in proof.items() if name not in more}
        return {
            "name": more.get("given_name") or "onbekende",
            "sections": [
                Section("Over de persoon (UserInfo)", received.claim_rows(more)),
                Section("Over het inloggen (ID-token)", received.claim_rows(only_in_proof)),
            ],
            "kept_back": received.kept_back(received.fields_in(more)),
        }

    async def sign_out(self, request: Request) -> Response:
        """Forgets the person here and asks the identity provider to do the same (RP-Initiated Logout 1.0)."""
        id_token = request.session.get("id_token")
        request.session.clear()
        answer: Response = await self.client.logout_redirect(
            request, post_logout_redirect_uri=self.site.brand.address + SIGNED_OUT, id_token_hint=id_token
        )
        answer.status_code = 303
        return answer

    async def signed_out_elsewhere(self, request: Request) -> Response:
        """The person signed out elsewhere: told by a logout token of the identity provider (POST), or in a frame of his browser (GET)."""
        if request.method == "GET":
            visits.end(self.kept, iss=request.query_params.get("iss", ""), sid=request.query_params.get("sid", ""))
            return self.site.framed()
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request)))
            claims = await self._logout_claims(form.get("logout_token", ""))
        except (forms.Unreadable, JoseError, Mistrusted, ValueError):
            return Response(status_code=400)
        visits.end(self.kept, iss=claims["iss"], sid=claims["sid"])
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    async def _logout_claims(self, text: str) -> dict[str, Any]:
        """Back-Channel Logout 2.6: signature, type, issuer, audience, age, and that it is about a logout."""
        metadata = await self.client.load_server_metadata()
        keys = KeySet.import_key_set(await self.client.fetch_jwk_set(force=True))
        token = jwt.decode(text, keys, algorithms=list(metadata["id_token_signing_alg_values_supported"]))
        claims = dict(token.claims)
        right = (
            token.header.get("typ") == "logout+jwt"
            and (claims.get("iss"), claims.get("aud")) == (metadata["issuer"], self.site.brand.key)
            and claims.get("exp", 0) > time.time() - _SLACK
            and LOGOUT in claims.get("events", {})
            and "nonce" not in claims
        )
        if not right or "sid" not in claims:
            raise Mistrusted("Dit is geen bericht over uitloggen.")
        return claims

    async def signed_out(self, request: Request) -> Response:
        """Back from the identity provider."""
        try:
            await self.client.validate_logout_response(request)
        except OAuthError:
            return RedirectResponse("/", status_code=303)
        return self.site.page("signed_out.html", everywhere="yes")


def create(brand: Brand, *, idp: str, client_secret: str) -> Starlette:
    """The publisher's site; its brand's key is its client_id."""
    oauth = OAuth()
    client = oauth.register(
        brand.key,
        client_id=brand.key,
        client_secret=client_secret,
        server_metadata_url=f"{idp}/.well-known/openid-configuration",
        # The machine's proxy settings are for the world outside.
        client_kwargs={"scope": SCOPES[brand.key], "code_challenge_method": "S256", "trust_env": False},
    )
    kept: dict[str, Visit] = {}
    publisher = Publisher(Site(brand, idp=idp), client, kept)
    routes = [
        Route("/", publisher.home),
        Route(START, publisher.start),
        Route("/opnieuw", publisher.again),
        Route(CALLBACK, publisher.callback),
        Route("/uitloggen", publisher.sign_out, methods=["POST"]),
        Route(SIGNED_OUT, publisher.signed_out),
        Route(SIGNED_OUT_ELSEWHERE, publisher.signed_out_elsewhere, methods=["GET", "POST"]),
    ]
    return publisher.site.app(routes, Middleware(Visits, cookie=f"{brand.key}_bezoek", kept=kept))
