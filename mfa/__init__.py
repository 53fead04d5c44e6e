"""Second factors: authenticator apps, passkeys and recovery codes, and the pure policy that says who needs one (D7)."""
