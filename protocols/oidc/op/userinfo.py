"""UserInfo (OIDC Core 5.3): the claims of the granted scopes, as far as the school still allows them at this moment (D11)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.release import Released
from idp.core.errors import Problem
from idp.http.resources import Resources, resources_of
from metadata.oidc.clients import Client
from protocols import release, subjects
from protocols.attributes.outgoing import to_claims
from protocols.oidc.op import addresses, bearers, codes, grants, scripts, watching
from protocols.oidc.op.bearers import NotAllowed
from protocols.oidc.op.codes import Token
from protocols.oidc.tokens import signed

HEADERS = {"Cache-Control": "no-store"}


async def userinfo(request: Request) -> Response:
    """GET or POST, with the access token in the header, or in the form of a POST; never in the query (C-124)."""
    resources = resources_of(request)
    floor = resources.floor
    try:
        came = await bearers.brought(request)
        token = codes.read_token(floor.keyring, came.token, now=floor.now)
        if token is None:
            raise NotAllowed("invalid_token", scheme=came.scheme)
        await bearers.check_key(request, floor, came, token.grant.key)
        found = await _about(resources, token)
        if found is None:
            raise NotAllowed("invalid_token", scheme=came.scheme)
        return await scripts.readable(request, await _told(resources, token, *found), found[0])
    except NotAllowed as refused:
        return await scripts.readable(request, bearers.refusal(refused, realm="userinfo", headers=HEADERS), None)
    except Problem as problem:
        return await scripts.unanswered(request, problem)


async def _told(resources: Resources, token: Token, client: Client, released: Released) -> Response:
    floor = resources.floor
    subject = subjects.pairwise(floor.keyring, sector=client.sector, seed=released.seed)
    person = release.person(grants.at_userinfo(released, client, token.grant), subject=subject)
    claims = to_claims(person) | {"sub": subject}
    watching.told(resources, client, token, claims)
    if client.userinfo_alg is None:
        return Response(orjson.dumps(claims), media_type="application/json", headers=HEADERS)
    # OIDC Core 5.3.2 (C-042). Without a type: it is no ID token, and some software takes no other one than JWT.
    keys = await resources.keys.at(released.keys_version)
    about = {"iss": floor.settings.base_url, "aud": client.client_id, **claims}
    answer = signed(keys.active(client.userinfo_alg, floor.now, kid=client.signing_kid), about, typ=None)
    return Response(answer, media_type="application/jwt", headers=HEADERS)


async def _about(resources: Resources, token: Token) -> tuple[Client, Released] | None:
    client = await resources.parties.client(token.grant.client_id)
    released = await grants.consulted(resources, client, token) if client is not None else None
    if client is None or released is None:
        # Withdrawn, gone, or known here only as it was before: decide once more with what is true now (D10).
        client = await resources.parties.reload_client(token.grant.client_id)
        released = await grants.consulted(resources, client, token) if client is not None else None
    return (client, released) if client is not None and released is not None else None


ROUTES = [
    Route(addresses.USERINFO, userinfo, methods=["GET", "POST"]),
    Route(addresses.USERINFO, scripts.preflight, methods=["OPTIONS"]),
]
