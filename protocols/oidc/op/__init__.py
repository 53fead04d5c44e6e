"""The OpenID provider: discovery, authorize, token, userinfo, logout (OIDC Core, RP-Initiated Logout, RFC 6749, 7636, 9207)."""
