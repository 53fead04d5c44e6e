"""The wire: SAML and OpenID Connect towards publishers. A request becomes a question to the sign-in; its answer becomes an assertion or tokens."""
