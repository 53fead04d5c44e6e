"""OpenID Connect. `op` answers publishers."""
