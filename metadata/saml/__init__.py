"""SAML metadata, in and out, and what every SAML document has in common: safe parsing, canonical writing, certificates.

`reader` and `party_keys` turn a publisher's file into a `SamlParty`, `policy` is how it is answered; `writer` makes ours. `document` is the only
parser of foreign SAML, `canonical` the only writer of signed SAML. Does not speak the protocol (`protocols.saml`) and decides nothing about people.
Serves SAML 2.0 Metadata, the Metadata Extensions for Login and Discovery UI, XML Signature and Exclusive C14N.
"""
