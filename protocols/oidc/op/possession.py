"""Keys that tokens are bound to (RFC 9449): what a call shows, each proof good once, and what a grant asks of it."""

from collections.abc import Sequence

from idp.core.floor import Floor
from idp.core.frozen import replace
from metadata.oidc.clients import Client
from protocols.oidc import proofs
from protocols.oidc.op.answers import TokenError
from protocols.oidc.op.clients import Presented
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


def for_tokens(floor: Floor, client: Client, who: Presented, path: str) -> Proof | None:
    """The proof that tokens of this call get bound by; None for a client that shows none, and need not. Raises `TokenError`."""
    if not who.proofs:
        if client.bound:
            raise TokenError("invalid_request", "this client binds its tokens to a key: a DPoP proof is missing")
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
