"""How an access token comes to a resource (RFC 6750, RFC 9449 7): who may use it, and what who may not is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp.core.floor import Floor
from idp.http import forms
from protocols.oidc import proofs
from protocols.oidc.op import possession
from protocols.oidc.tokens import TokenRefused

Scheme = Literal["Bearer", "DPoP"]

_SCHEMES: Final[Mapping[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}


@dataclass(frozen=True, slots=True)
class Brought:
    """An access token as it came, and the way in which its bearer says that it may use it."""

    token: str
    scheme: Scheme = "Bearer"


class NotAllowed(Exception):
    """The call is refused (RFC 6750 3.1, RFC 9449 7.1). Without a token there is no error to tell."""

    def __init__(self, error: str | None = None, *, status: int = 401, scheme: Scheme = "Bearer") -> None:
        super().__init__(error)
        self.error, self.status, self.scheme = error, status, scheme


async def brought(request: Request) -> Brought:
    """The one token of a call: in its header, or in the form of a POST (RFC 6750 2.1, 2.2); never in the query (C-124). Raises `NotAllowed`."""
    found = []
    for header in request.headers.getlist("authorization"):
        scheme, _, value = header.partition(" ")
        if (known := _SCHEMES.get(scheme.lower())) is not None:
            found.append(Brought(value.strip(), known))
    if request.method == "POST":
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request)))
        except forms.Unreadable:
            form = {}
        found.append(Brought(form.get("access_token", "")))
    found = [one for one in found if one.token]
    if not found:
        raise NotAllowed
    if len(found) > 1:
        # RFC 6750 2: one way to send it.
        raise NotAllowed("invalid_request", status=400)
    return found[0]


async def check_key(request: Request, floor: Floor, came: Brought, key: str | None) -> None:
    """A token that is bound to a key is good with a proof of that key alone, and any other as a bearer token alone (C-105). Raises `NotAllowed`."""
    if key is None and came.scheme == "Bearer":
        return
    if key is None or came.scheme == "Bearer":
        raise NotAllowed("invalid_token", scheme="DPoP" if key is not None else "Bearer")
    given, path = request.headers.getlist("dpop"), request.scope["path"]
    try:
        proof = possession.read(floor, given, method=request.method, path=path, token=came.token)
        if proof.key != key:
            raise NotAllowed("invalid_token", scheme="DPoP")
        await possession.spend(floor, proof)
    except TokenRefused:
        raise NotAllowed("invalid_dpop_proof", scheme="DPoP") from None


def refusal(refused: NotAllowed, *, realm: str, headers: Mapping[str, str]) -> Response:
    """The response to a call that is not allowed."""
    told = f'{refused.scheme} realm="{realm}"' + (f', error="{refused.error}"' if refused.error else "")
    if refused.scheme == "DPoP":
        told += f', algs="{" ".join(proofs.ALGS)}"'
    return Response(
        orjson.dumps({"error": refused.error or "invalid_request"}),
        status_code=refused.status,
        media_type="application/json",
        headers={**headers, "WWW-Authenticate": told},
    )
