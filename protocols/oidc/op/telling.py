"""Telling a client that a session ended: by a logout token to its address (Back-Channel Logout 1.0), else by a frame (Front-Channel Logout 1.0)."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from consent.participants import Leaving
from idp.core import ids
from idp.signin.logout import Means, Wire
from metadata.oidc.clients import Client
from protocols import subjects
from protocols.oidc.tokens import signed

TYP: Final = "logout+jwt"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LIFE: Final = timedelta(minutes=2)
"""C-072: as long as clocks differ and a call may take, and no longer."""


async def tell(means: Means, leaving: Leaving) -> bool | None:
    """Sends the client a logout token; None when it registered no address for one."""
    client = await _client(means, leaving)
    if client is None or client.backchannel_logout_uri is None:
        return None
    token = await logout_token(means, client, leaving)
    form = urlencode({"logout_token": token}).encode()
    answer = await means.post(client.backchannel_logout_uri, form, kind="application/x-www-form-urlencoded")
    # Back-Channel Logout 2.8: 200; frameworks answer 204 where there is nothing to say.
    return answer is not None and answer.status in {200, 204}


async def frame(means: Means, leaving: Leaving) -> str | None:
    """The address that the person's browser opens, with issuer and session (Front-Channel Logout 3); None when the client registered none."""
    client = await _client(means, leaving)
    if client is None or client.frontchannel_logout_uri is None:
        return None
    floor = means.floor
    sid = subjects.session_id(floor.keyring, leaving.known.session_mark, client_id=client.client_id)
    query = urlencode({"iss": floor.settings.base_url, "sid": sid})
    uri = client.frontchannel_logout_uri
    return f"{uri}{'&' if '?' in uri else '?'}{query}"


async def _client(means: Means, leaving: Leaving) -> Client | None:
    """The client as it is now (D10), None when it is gone. A disabled one hears of it too: it still knows the person."""
    return await means.parties.reload_client(leaving.name) if leaving.name is not None else None


async def logout_token(means: Means, client: Client, leaving: Leaving) -> str:
    """The token (2.4), signed as the client's ID tokens are. It holds no nonce, and its type keeps it from passing for anything else (C-126)."""
    floor = means.floor
    now = floor.now
    issued_at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": floor.settings.base_url,
        "aud": client.client_id,
        "iat": issued_at,
        "exp": issued_at + int(LIFE.total_seconds()),
        "jti": ids.token(),
        "events": {EVENT: {}},
        "sid": subjects.session_id(floor.keyring, leaving.known.session_mark, client_id=client.client_id),
    }
    if leaving.known.seed is not None:
        claims["sub"] = subjects.pairwise(floor.keyring, sector=client.sector, seed=leaving.known.seed)
    keys = await means.keys.latest(now=now)
    return signed(keys.active(client.alg, now, kid=client.signing_kid), claims, typ=TYP)


WIRE: Final = Wire(tell, frame)
