"""Prefixes by number, for messages in SOAP.

pysaml2 writes what it finds in an envelope anew before it looks at the signature, with such numbers for prefixes (its issue 551), and so believes no
signature of anybody whose prefixes are others. A message that has these already comes out as it went in; to everybody else a prefix says nothing.
"""

import re
from typing import Final

OF_THE_SIGNATURE: Final = "ns2"
_NUMBERS: Final = {"samlp": "ns0", "saml": "ns1"}
"""In the order in which they occur: a message, its Issuer, its signature."""

_TAG: Final = re.compile(r"<[^<>]*>")
# In a tag a bare quotation mark ends a value, so that no value holds the third of these.
_PREFIX: Final = re.compile(r'(?<=<)samlp?(?=:)|(?<=</)samlp?(?=:)|(?<= xmlns:)samlp?(?==")')


def numbered(written: str) -> str:
    """The same, canonical as it was, with the numbers for prefixes."""
    return _TAG.sub(lambda tag: _PREFIX.sub(lambda prefix: _NUMBERS[prefix[0]], tag[0]), written)
