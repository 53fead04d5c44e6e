"""We ask network providers over SAML: a signed AuthnRequest out, a Response by POST in, our metadata as a service provider (D33 to D35).

Control enters at the addresses of `road` (out) and `acs` (in). What a Response proves becomes a `Brought` of the sign-in; who that is among our
people, and whether he may come in, is not decided here. Owns no session. Serves SAML 2.0 Profiles 4.1 and C-250 to C-280.
"""
