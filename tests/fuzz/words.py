"""What goes well wrong in a message: pieces that parsers stumble over, and the words of the protocols themselves."""

from typing import Final

PIECES: Final = (
    *(
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\r\n",
        b"\t",
        b" ",
        b"%",
        b"%00",
        b"%0a",
        b"+",
        b"&",
        b"=",
    ),
    *(b"<!---->", b"<![CDATA[x]]>", b"<?x?>", b"<!DOCTYPE a>", b"&amp;", b"&#0;", b"&#10;", b"&x;", b"]]>", b'"', b"'"),
    *(
        b"9999-12-31T23:59:59Z",
        b"0001-01-01T00:00:00+14:00",
        b"2026-02-30T00:00:00Z",
        b"P99999999Y",
        b"-1",
        b"0",
        b"65536",
    ),
    *(
        b"99999999999999999999999999",
        b"1e308",
        b"1e400",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'"\\ud800"',
        b"1099511627775.9",
    ),
    *(
        b"[" * 995 + b"]" * 995,
        b"A" * 1025,
        b"<a>" * 250 + b"</a>" * 250,
        b"https://ketenid.nl/pilot/x",
        b"\xd9\xa0",
        b"ES256",
        b"none",
    ),
)

XML_WORDS: Final = (
    *("http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"),
    *("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
    *("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
    *("http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
    *("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
    *("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    *("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
    *("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
    *("http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
    *("urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"),
    *("urn:oasis:names:tc:SAML:1.1:protocol", "urn:oasis:names:tc:SAML:2.0:metadata"),
    *("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"),
    *("urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted", "urn:oasis:names:tc:SAML:2.0:consent:unspecified"),
    *("urn:oasis:names:tc:SAML:2.0:status:Success", "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"),
    *("urn:oasis:names:tc:SAML:2.0:cm:bearer", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    *("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"),
    *("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "http://www.w3.org/2001/XMLSchema-instance"),
    *(
        "#",
        "#_a",
        "#_r",
        "#xpointer(/)",
        "#xpointer(id('_a'))",
        "ID",
        "Id",
        "xml:id",
        "AssertionID",
        "xsi:nil",
        "xml:base",
    ),
    *("exact", "minimum", "better", "maximum", "1", "true", " true ", "2.0", "2.1"),
)
"""Of SAML, XML Signature and XML Encryption: those that count, and those that look as if they did."""

MEMBERS: Final = (
    *("alg", "typ", "kid", "crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "cty", "iss", "sub", "aud", "azp"),
    *("exp", "iat", "nbf", "jti", "nonce", "acr", "amr", "auth_time", "at_hash", "sid", "events", "htm", "htu", "ath"),
)
"""Of headers and claims."""

PARAMETERS: Final = (
    *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge"),
    *("code_challenge_method", "request", "request_uri", "registration", "claims", "resource", "prompt", "max_age"),
    *("acr_values", "id_token_hint", "login_hint", "ui_locales", "display", "dpop_jkt", "iss", "grant_type", "code"),
    *("code_verifier", "refresh_token", "client_secret", "client_assertion", "client_assertion_type", "audience"),
    *("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding", "username", "password"),
)
"""Of authorization and token requests, and of the Redirect binding."""

LONGEST_WORD: Final = 64
"""Octets that libFuzzer takes for a word."""


def dictionary() -> str:
    """All of these as libFuzzer reads them, a line each."""
    words = (*PIECES, *(word.encode() for word in (*XML_WORDS, *MEMBERS, *PARAMETERS)))
    return "".join(f'"{_escaped(word)}"\n' for word in dict.fromkeys(words) if len(word) <= LONGEST_WORD)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)
