"""Where providers send people back to: one address per issuer, so that no answer passes for that of another one (RFC 9700, 4.4.2.2; C-116)."""

import hashlib
from typing import Final

CALLBACK: Final = "/network/oidc/callback"
LOGOUT: Final = "/network/oidc/logout"
"""Where providers tell that somebody signed out there (`backchannel_logout_uri` of our client)."""
AFTER: Final = "/signout/done"
"""Where a provider sends people back to who signed out there (`post_logout_redirect_uri` of our client)."""
OUT: Final = "/network/oidc/out"
"""Our page that takes a person on to where a provider signs people out."""
START: Final = "/network/oidc/start"
"""Where a provider's tile leads: login initiated by a third party (OIDC Core 4)."""


def callback_of(issuer: str) -> str:
    """The path for the answers of an issuer; the redirect URI that is registered there is this under our base URL."""
    return f"{CALLBACK}/{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"
