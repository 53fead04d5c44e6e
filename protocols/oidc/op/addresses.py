"""Where the provider's endpoints stand."""

DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/oidc/jwks"
AUTHORIZE = "/oidc/authorize"
TOKEN = "/oidc/token"  # noqa: S105 - an address
REVOKE = "/oidc/revoke"
INTROSPECT = "/oidc/introspect"
USERINFO = "/oidc/userinfo"
LOGOUT = "/oidc/logout"
