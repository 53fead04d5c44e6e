"""Where the provider's endpoints stand."""

DISCOVERY = "/.well-known/openid-configuration"
DISCOVERY_OAUTH = "/.well-known/oauth-authorization-server"
JWKS = "/oidc/jwks"
AUTHORIZE = "/oidc/authorize"
PAR = "/oidc/par"
TOKEN = "/oidc/token"  # noqa: S105 - an address
REVOKE = "/oidc/revoke"
INTROSPECT = "/oidc/introspect"
USERINFO = "/oidc/userinfo"
LOGOUT = "/oidc/logout"
