"""We are the identity provider: an AuthnRequest in, a Response out. Strangers to `protocols.saml.sp`, where we ask others."""
