"""What we tell about ourselves: discovery (OIDC Discovery 3, RFC 8414) and our public keys (RFC 7517). Nothing is advertised that fails."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.http.resources import resources_of
from idp.signin.assurance import ACR
from metadata.keys import ALGS, SigningKeys
from metadata.oidc.client_keys import ASSERTION_ALGS
from metadata.oidc.clients import AUTH_METHODS, GRANT_TYPES
from protocols.attributes import catalogue
from protocols.oidc import proofs
from protocols.oidc.op import addresses, scripts

HEADERS = {"Cache-Control": "public, max-age=300", **scripts.ANYBODY}

OWN_CLAIMS = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "jti", "sid")


def document(issuer: str) -> dict[str, Any]:
    """The discovery document."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + addresses.AUTHORIZE,
        "pushed_authorization_request_endpoint": issuer + addresses.PAR,
        "require_pushed_authorization_requests": False,
        "token_endpoint": issuer + addresses.TOKEN,
        "userinfo_endpoint": issuer + addresses.USERINFO,
        "jwks_uri": issuer + addresses.JWKS,
        "end_session_endpoint": issuer + addresses.LOGOUT,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "scopes_supported": [*catalogue.SCOPES, *catalogue.DATA_SCOPES],
        "claims_supported": [*OWN_CLAIMS, *catalogue.CLAIMS],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["pairwise"],
        "userinfo_signing_alg_values_supported": list(ALGS),
        "id_token_signing_alg_values_supported": list(ALGS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGS),
        "revocation_endpoint": issuer + addresses.REVOKE,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGS),
        "introspection_endpoint": issuer + addresses.INTROSPECT,
        "introspection_endpoint_auth_methods_supported": [method for method in AUTH_METHODS if method != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": list(ACR.values()),
        "ui_locales_supported": ["nl", "en"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": True,
        "claim_types_supported": ["normal"],
        "dpop_signing_alg_values_supported": list(proofs.ALGS),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


async def discovery(request: Request) -> Response:
    """The document, rendered once per process."""
    resources = resources_of(request)
    issuer = resources.floor.settings.base_url
    body = _DOCUMENTS.get(issuer)
    if body is None:
        body = _DOCUMENTS[issuer] = orjson.dumps(document(issuer))
    return Response(body, media_type="application/json", headers=HEADERS)


_DOCUMENTS: dict[str, bytes] = {}
_JWKS: dict[tuple[str, ...], bytes] = {}


async def jwks(request: Request) -> Response:
    """Every published key: those to come, those that sign, those that signed what may still be valid."""
    resources = resources_of(request)
    now = resources.floor.now
    return Response(
        _written(await resources.keys.latest(now=now), request), media_type="application/json", headers=HEADERS
    )


def _written(keys: SigningKeys, request: Request) -> bytes:
    published = keys.published(resources_of(request).floor.now)
    kids = tuple(signer.kid for signer in published)
    if kids not in _JWKS:
        _JWKS.clear()
        _JWKS[kids] = orjson.dumps({"keys": [signer.jwk for signer in published]})
    return _JWKS[kids]


ROUTES = [
    Route(addresses.DISCOVERY, discovery),
    Route(addresses.DISCOVERY_OAUTH, discovery),
    Route(addresses.JWKS, jwks),
    *(
        Route(address, scripts.open_preflight, methods=["OPTIONS"])
        for address in (addresses.DISCOVERY, addresses.DISCOVERY_OAUTH, addresses.JWKS)
    ),
]
