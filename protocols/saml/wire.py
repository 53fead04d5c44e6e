"""How SAML messages travel: the HTTP-Redirect binding with DEFLATE and the HTTP-POST binding (Bindings 3.4 and 3.5).

Both read the octets that arrived, not a framework's idea of them: a signature covers the raw query string, and what two parsers could
read differently is refused (C-277).
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from lxml.etree import _Element as Element

from metadata.saml import document, names
from metadata.saml.document import Malformed

LARGEST_QUERY: Final = 16 * 1024
LARGEST_BODY: Final = 256 * 1024
LARGEST_RELAY_STATE: Final = 1024
MOST_PARAMETERS: Final = 32

Binding = Literal["redirect", "post"]
Kind = Literal["SAMLRequest", "SAMLResponse"]

_KNOWN: Final = frozenset({"SAMLRequest", "SAMLResponse", "RelayState", "SAMLEncoding", "SigAlg", "Signature"})
_AS_THEY_COME: Final = {name.encode(): name for name in _KNOWN}
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ALTERED_BY_FORMS: Final = frozenset("\0\r\n")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class QuerySignature:
    """The detached signature of the Redirect binding, and the very octets that it covers."""

    algorithm: str
    value: bytes
    octets: bytes


@dataclass(frozen=True, slots=True)
class UnverifiedMessage:
    """A message as it came in. Safe XML, but anybody's: nothing in it is believed before its signature or sender was checked."""

    kind: Kind
    binding: Binding
    xml: bytes
    root: Element
    relay_state: str | None
    query_signature: QuerySignature | None = None


def read_redirect(query: bytes, *, kind: Kind) -> UnverifiedMessage:
    """The message in a raw query string. Raises `Malformed`.

    `kind` is what the endpoint expects. Parameters that SAML does not know are ignored, wherever they stand (C-233).
    """
    if len(query) > LARGEST_QUERY:
        raise Malformed("query too long")
    raw = _split(query)
    _refuse_other(raw, kind)
    encoding = _value(raw, "SAMLEncoding")
    # Bindings 3.4.4: another encoding than DEFLATE would need another reading of the same octets.
    if encoding not in {None, names.DEFLATE}:
        raise Malformed("unknown SAMLEncoding")
    xml = inflate(decode_base64(_value(raw, kind) or ""))
    return UnverifiedMessage(
        kind=kind,
        binding="redirect",
        xml=xml,
        root=document.parse(xml),
        relay_state=_relay_state(raw),
        query_signature=_query_signature(raw, kind),
    )


def read_post(body: bytes, *, kind: Kind) -> UnverifiedMessage:
    """The message in the raw body of a form post (application/x-www-form-urlencoded). Raises `Malformed`."""
    if len(body) > LARGEST_BODY:
        raise Malformed("form too large")
    raw = _split(body)
    _refuse_other(raw, kind)
    # HTTP-POST-SimpleSign is not offered; a signature that nobody checks must not pass for none.
    if not {"SigAlg", "Signature"}.isdisjoint(raw):
        raise Malformed("detached signature on a form post")
    # RFC 2045 wraps its lines; that is the only white space a POST may carry.
    wrapped = _value(raw, kind) or ""
    xml = decode_base64(wrapped.replace("\r\n", "").replace("\n", ""))
    return UnverifiedMessage(
        kind=kind, binding="post", xml=xml, root=document.parse(xml), relay_state=_relay_state(raw)
    )


def kind_in(raw: bytes) -> Kind:
    """Which of the two to look for where both may arrive; the reader refuses a query or form that holds both (C-277)."""
    return "SAMLResponse" if b"SAMLResponse=" in raw else "SAMLRequest"


def decode_base64(encoded: str) -> bytes:
    """The octets of the one canonical base64 form: alphabet, padding and unused bits exactly so. Raises `Malformed`."""
    try:
        decoded = base64.b64decode(encoded, validate=True) if _BASE64.fullmatch(encoded) else b""
    except binascii.Error:
        decoded = b""
    if not decoded or base64.b64encode(decoded).decode() != encoded:
        raise Malformed("not base64")
    return decoded


def inflate(packed: bytes, *, limit: int = document.MESSAGE.size) -> bytes:
    """A raw DEFLATE stream, unpacked to at most `limit` bytes; stops there, however large the rest would grow (C-276). Raises `Malformed`."""
    stream = zlib.decompressobj(wbits=-15)
    try:
        plain = stream.decompress(packed, limit + 1)
    except zlib.error:
        raise Malformed("not a DEFLATE stream") from None
    if len(plain) > limit:
        raise Malformed(f"inflates to more than {limit} bytes")
    if not stream.eof or stream.unused_data:
        raise Malformed("DEFLATE stream cut short or followed by something else")
    return plain


def _split(encoded: bytes) -> Mapping[str, bytes]:
    """The SAML parameters by name, in the order in which they came, each as its raw `name=value` segment."""
    segments = [segment for segment in encoded.split(b"&") if segment]
    if len(segments) > MOST_PARAMETERS:
        raise Malformed("too many parameters")
    known: dict[str, bytes] = {}
    for segment in segments:
        name, _, _value = segment.partition(b"=")
        decoded = _AS_THEY_COME.get(name) or _decode(name)
        if decoded not in _KNOWN:
            continue
        if decoded.encode() != name or decoded in known:
            raise Malformed(f"{decoded} twice, or its name in disguise")
        known[decoded] = segment
    return known


def _value(raw: Mapping[str, bytes], name: str) -> str | None:
    segment = raw.get(name)
    return None if segment is None else _decode(segment[len(name) + 1 :])


def _decode(encoded: bytes) -> str:
    """One reading of a form-encoded value: strict escapes, strict UTF-8, a plus sign is a space."""
    if _BROKEN_ESCAPE.search(encoded):
        raise Malformed("broken percent escape")
    try:
        return unquote_to_bytes(encoded.replace(b"+", b" ")).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Malformed("a parameter is not UTF-8") from None


def _refuse_other(raw: Mapping[str, bytes], kind: Kind) -> None:
    other = "SAMLResponse" if kind == "SAMLRequest" else "SAMLRequest"
    if other in raw:
        raise Malformed(f"{other} beside or instead of {kind}")
    if kind not in raw:
        raise Malformed(f"no {kind}")


def _relay_state(raw: Mapping[str, bytes]) -> str | None:
    relay_state = _value(raw, "RelayState")
    if relay_state is None:
        return None
    # C-229: the standard says 80 bytes; real parties send more.
    if len(relay_state.encode()) > LARGEST_RELAY_STATE:
        raise Malformed(f"RelayState longer than {LARGEST_RELAY_STATE} bytes")
    # It goes back in a form field, and a browser sends no NUL and rewrites line ends: these could not come back byte for byte.
    if not _ALTERED_BY_FORMS.isdisjoint(relay_state):
        raise Malformed("RelayState with a line end or NUL")
    return relay_state


def _query_signature(raw: Mapping[str, bytes], kind: Kind) -> QuerySignature | None:
    algorithm, value = _value(raw, "SigAlg"), _value(raw, "Signature")
    if algorithm is None and value is None:
        return None
    if algorithm is None or value is None:
        # C-212: half a signature is a signature that somebody took apart.
        raise Malformed("SigAlg without Signature, or the reverse", code="saml.signature")
    # Bindings 3.4.4.1 names the order in which the octets are signed; in another order they would not be "the query string" (C-277).
    signed = [name for name in (kind, "RelayState", "SigAlg") if name in raw]
    came = [name for name in raw if name != "SAMLEncoding"]
    # The signature covers itself nowhere: it comes last, or in front of the algorithm, where python3-saml puts it.
    if came not in ([*signed, "Signature"], [*signed[:-1], "Signature", "SigAlg"]):
        raise Malformed("signed parameters out of order", code="saml.signature")
    return QuerySignature(algorithm, decode_base64(value), b"&".join(raw[name] for name in signed))
