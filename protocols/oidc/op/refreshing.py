"""Refresh tokens (RFC 6749 6, OIDC Core 12, RFC 9700 4.14): a chain of sealed tokens, each good for one release (ADR 14).

The release record of each refresh holds a mark of its place in the chain under a unique constraint, so the one statement that decides and records
also says whose turn it is (D9). A successor follows from its predecessor: whoever asks twice within the grace gets the same one (D30).
"""

from datetime import timedelta
from typing import Final

from consent.release import Released, spent, void
from idp.core.frozen import replace
from idp.http.resources import Resources
from idp.signin import sessions
from metadata.oidc.clients import Client
from protocols.oidc.op import addresses, codes, grants, issuing, possession
from protocols.oidc.op.answers import Form, TokenError
from protocols.oidc.op.clients import Presented, authenticated, authenticated_now
from protocols.oidc.op.codes import Grant, Refresh
from protocols.oidc.proofs import Proof

GRANT_TYPE: Final = "refresh_token"
GRACE: Final = timedelta(seconds=10)
"""Within which a client may ask again with the token it just used: the answer got lost, or two of its servers asked at once."""


async def refreshed(resources: Resources, who: Presented, form: Form) -> bytes:
    """A token response for a refresh token that is whole, next in its chain, and allowed at this moment. Raises `TokenError`."""
    client = await authenticated(resources, who)
    if GRANT_TYPE not in client.grant_types:
        # Perhaps it was registered just now (D10).
        client = await authenticated_now(resources, who)
    if GRANT_TYPE not in client.grant_types:
        raise TokenError("unauthorized_client", "this client is not registered for refresh_token")
    if GRANT_TYPE not in form:
        raise TokenError("invalid_request", "refresh_token is missing")
    refresh = codes.read_refresh(resources.floor.keyring, form[GRANT_TYPE])
    if refresh is None or refresh.grant.client_id != client.client_id:
        # Another client's token is nothing to this one: it neither gets it nor ends it (C-037).
        raise _worthless()
    client = await possession.bound_or_not(resources, client, who)
    proof = _proof(resources, who, refresh)
    grant = possession.bound(_narrowed(refresh.grant, form), proof)
    if not await in_session(resources, refresh):
        raise _worthless()
    await possession.spend_for_tokens(resources.floor, proof)
    client, released = await grants.first_released(resources, who, client, grant, GRANT_TYPE, mark=codes.mark(refresh))
    if released is None:
        released = await _once_more(resources, client, refresh, grant)
    successor = replace(refresh, place=refresh.place + 1)
    return await issuing.token_response(resources, client, grant, released, amr=refresh.amr, refresh=successor)


def _proof(resources: Resources, who: Presented, refresh: Refresh) -> Proof | None:
    """What the next tokens are bound by. A chain that began bound stays so (C-118): a public client's to the same key, which is all it has; one
    that proves itself otherwise may change it (RFC 9449 5)."""
    proof = possession.for_tokens(resources.floor, who, addresses.TOKEN)
    first = refresh.grant.key
    if first is not None and (proof is None or (who.method == "none" and proof.key != first)):
        raise _worthless()
    return proof


async def in_session(resources: Resources, refresh: Refresh) -> bool:
    """Whether the session in which the person came still stands: no chain outlives it, and none keeps it alive (C-119). Raises `Unavailable`."""
    floor = resources.floor
    return await sessions.stands(floor.store, refresh.session, now=int(floor.now.timestamp()))


def _worthless() -> TokenError:
    # One text: why it is worth nothing is nobody's business.
    return TokenError("invalid_grant", "the refresh token is unknown, was used, or is over")


def _narrowed(grant: Grant, form: Form) -> Grant:
    """RFC 6749 6: the same scope or less (C-120); the refresh token keeps what was granted."""
    asked = form.get("scope", "").split()
    if not asked:
        return grant
    if not set(asked) <= set(grant.scope) or "openid" not in asked:
        raise TokenError("invalid_scope", "scope must hold openid, and nothing that was not granted")
    return replace(grant, scope=tuple(name for name in grant.scope if name in asked))


async def _once_more(resources: Resources, client: Client, refresh: Refresh, grant: Grant) -> Released:
    """The token was used before, or nothing may leave. Used a moment ago, and its successor not yet: that one again; else the chain is over."""
    floor = resources.floor
    this, following = codes.mark(refresh), codes.mark(replace(refresh, place=refresh.place + 1))
    used = await spent(floor.database.hot, this, following, since=floor.now - GRACE)
    if used is None:
        raise _worthless()
    released = await grants.permitted_now(resources, client, grant) if used.lately and not used.following else None
    if released is None:
        # Two hold this token: the client, and somebody who should not (RFC 9700 4.14.2; C-118).
        await void(floor.database.hot, refresh.grant.id, now=floor.now)
        raise _worthless()
    # No more than was recorded when it was used: this time it may be asked for more, or the school allowed more since. UserInfo records what is more.
    asked, ticked = used.recorded
    covered = await resources.field_sets.fields(asked) & await resources.field_sets.fields(ticked)
    return replace(released, fields=released.fields & covered, recorded=used.recorded)
