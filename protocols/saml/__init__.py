"""SAML 2.0 on the wire: bindings, signatures, encryption, status codes; `idp` answers publishers.

Reads messages through `metadata.saml.document` only. What arrives is an `UnverifiedMessage` until `signature` or the checks of a role have
returned something better; a caller never handles raw XML. Owns no people and no consent: values come in, bytes go out.
Serves SAML 2.0 Core, Bindings and Profiles, and the deployment profile saml2int as acceptance C-200 to C-236 quotes it.
"""
