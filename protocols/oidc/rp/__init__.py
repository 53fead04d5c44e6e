"""We ask network providers over OpenID Connect: code flow with PKCE, state, nonce; ID token in, nothing else read (D35).

Control enters at `road` (out) and `callback` (in). What a provider says of itself is `metadata.oidc.issuers`' business; whom its ID token means among
our people, and whether he may come in, the sign-in's. No UserInfo is asked for and no token is kept: who somebody is stands in the ID token.
Serves OIDC Core 3.1, RFC 9207, C-116, C-127 and C-134.
"""
