"""UserInfo (OIDC Core 5.3): the claims of the granted scopes, as far as the school still allows them at this moment (D11)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.release import Released
from idp.http import forms
from idp.http.resources import Resources, resources_of
from metadata.oidc.clients import Client
from protocols import release, subjects
from protocols.attributes.outgoing import to_claims
from protocols.oidc.op import addresses, codes, grants
from protocols.oidc.op.codes import Token
from protocols.oidc.tokens import signed

HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}


async def userinfo(request: Request) -> Response:
    """GET or POST, with a Bearer token in the header, or in the form of a POST (RFC 6750 2.1, 2.2); never in the query (C-124)."""
    resources = resources_of(request)
    floor = resources.floor
    tokens = await _bearer(request)
    if not tokens:
        return _refused(None)
    if len(tokens) > 1:
        # RFC 6750 2: one way to send it.
        return _refused("invalid_request", status=400)
    token = codes.read_token(floor.keyring, tokens[0], now=floor.now)
    found = await _about(resources, token) if token is not None else None
    if found is None:
        return _refused("invalid_token")
    client, released = found
    subject = subjects.pairwise(floor.keyring, sector=client.sector, seed=released.seed)
    claims = to_claims(release.person(released, subject=subject)) | {"sub": subject}
    if client.userinfo_alg is None:
        return Response(orjson.dumps(claims), media_type="application/json", headers=HEADERS)
    # OIDC Core 5.3.2 (C-042). Without a type: it is no ID token, and some software takes no other one than JWT.
    keys = await resources.keys.at(released.keys_version)
    about = {"iss": floor.settings.base_url, "aud": client.client_id, **claims}
    answer = signed(keys.active(client.userinfo_alg, floor.now), about, typ=None)
    return Response(answer, media_type="application/jwt", headers=HEADERS)


async def preflight(_: Request) -> Response:
    """OPTIONS: a script of any origin may send a token that it holds; cookies count for nothing here (Fetch, 3.3; C-122)."""
    allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "authorization"}
    return Response(status_code=204, headers={**HEADERS, **allowed, "Access-Control-Max-Age": "600"})


async def _about(resources: Resources, token: Token) -> tuple[Client, Released] | None:
    client = await resources.parties.client(token.grant.client_id)
    released = await grants.consulted(resources, client, token) if client is not None else None
    if client is None or released is None:
        # Withdrawn, gone, or known here only as it was before: decide once more with what is true now (D10).
        client = await resources.parties.reload_client(token.grant.client_id)
        released = await grants.consulted(resources, client, token) if client is not None else None
    return (client, released) if client is not None and released is not None else None


async def _bearer(request: Request) -> list[str]:
    """Every access token that the request carries where one may stand."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    found = [value.strip()] if scheme.lower() == "bearer" else []
    if request.method == "POST":
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request)))
        except forms.Unreadable:
            form = {}
        found.append(form.get("access_token", ""))
    return [token for token in found if token]


def _refused(error: str | None, *, status: int = 401) -> Response:
    # RFC 6750 3.1: without a token there is no error code to tell.
    detail = f', error="{error}"' if error else ""
    return Response(
        orjson.dumps({"error": error or "invalid_request"}),
        status_code=status,
        media_type="application/json",
        headers={**HEADERS, "WWW-Authenticate": f'Bearer realm="userinfo"{detail}'},
    )


ROUTES = [
    Route(addresses.USERINFO, userinfo, methods=["GET", "POST"]),
    Route(addresses.USERINFO, preflight, methods=["OPTIONS"]),
]
