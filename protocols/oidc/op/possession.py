"""Keys that tokens are bound to (RFC 9449): what a call shows, each proof good once, and what a grant asks of it."""

from collections.abc import Sequence

from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.http.resources import Resources
from metadata.oidc.clients import Client
from protocols.oidc import proofs
from protocols.oidc.op.answers import TokenError
from protocols.oidc.op.clients import Presented, authenticated_now
from protocols.oidc.op.codes import Grant
from protocols.oidc.proofs import Call, Proof
from protocols.oidc.tokens import TokenRefused


def read(floor: Floor, given: Sequence[str], *, method: str, path: str, token: str | None = None) -> Proof:
    """The proof of this call, which may have been used before. Raises `TokenRefused`."""
    return proofs.read(given, Call(method, floor.settings.base_url + path, int(floor.now.timestamp()), token))


async def spend(floor: Floor, proof: Proof) -> None:
    """A proof is good for one call, on any node (C-103): the store remembers it as long as it could come again. Raises `TokenRefused`, `Unavailable`.

    Called once the rest of the call is known to be good, so that nobody fills the store with proofs that belong to nothing.
    """
    if not await floor.store.first("proof", floor.keyring.mac("token", "proof", proof.key, proof.jti), proofs.LIFE):
        raise TokenRefused("the DPoP proof was used")


def check_bound(client: Client, who: Presented) -> None:
    """Raises `TokenError` for a client that binds its tokens to a key and shows none (RFC 9449 5.2)."""
    if client.bound and not who.proofs:
        raise TokenError("invalid_request", "this client binds its tokens to a key: a DPoP proof is missing")


async def bound_or_not(resources: Resources, client: Client, who: Presented) -> Client:
    """The client, looked at anew where this process knows that it binds its tokens to a key and the call shows none (D10). Raises `TokenError`."""
    if client.bound and not who.proofs:
        client = await authenticated_now(resources, who)
        check_bound(client, who)
    return client


def for_tokens(floor: Floor, who: Presented, path: str) -> Proof | None:
    """The proof that tokens of this call get bound by; None where there is none. Raises `TokenError`."""
    if not who.proofs:
        return None
    try:
        return read(floor, who.proofs, method="POST", path=path)
    except TokenRefused as refused:
        raise TokenError("invalid_dpop_proof", str(refused)) from refused


async def spend_for_tokens(floor: Floor, proof: Proof | None) -> None:
    """`spend` for the proof of `for_tokens`, if there is one. Raises `TokenError`, `Unavailable`."""
    if proof is None:
        return
    try:
        await spend(floor, proof)
    except TokenRefused as refused:
        raise TokenError("invalid_dpop_proof", str(refused)) from refused


def bound(grant: Grant, proof: Proof | None) -> Grant:
    """The grant as its access token carries it: bound to the key that was shown, or to none."""
    key = proof.key if proof is not None else None
    return grant if grant.key == key else replace(grant, key=key)
