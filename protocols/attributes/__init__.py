"""What can be told about a person, under which name, and to whom it applies.

`catalogue` is the one table of names; `outgoing` turns a released person into SAML attributes or OIDC claims. Decides nothing: which fields may
leave is `consent`'s answer and arrives as a set of names; nothing here can make that set larger.
"""
