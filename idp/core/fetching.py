"""Asking an address that somebody else named: a party's keys, its metadata, its logout or token endpoint (C-128).

Whoever names an address must not make us knock on doors inside the house. So: https only; the host's addresses are looked up once, every one of
them must be on the public internet, and the connection goes to what was checked, whatever the name says a moment later; at most so many
redirects, each checked the same way; a few seconds and a few bytes. This machine itself is an exception where the base URL lies on it too.
"""

import asyncio
import base64
import functools
import hashlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode, urljoin

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.core import outgoing
from idp.core.internet import is_public
from idp.core.outgoing import Broken, Endpoint, Head, Patience, Sent
from idp.core.settings import is_loopback

SECONDS: Final = 5.0
MOST: Final = 1024 * 1024
LONGEST_ADDRESS: Final = 2000

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The numeric addresses of a host. Raises `OSError` when it has none."""

_WORDS: Final = {
    "bad_address": "the address must begin with https:// and have a host, without user name or fragment",
    "no_such_host": "the host of the address does not exist",
    "not_public": "the host of the address lies in a private, local or reserved network",
    "unreachable": "nothing answers at the address",
    "untrusted": "the certificate at the address is not one that this machine trusts for that host",
    "other_certificate": "the certificate at the address has another key than the pinned one",
    "forbidden": "the other side ended the secure connection",
    "too_slow": "the answer took too long",
    "too_large": "the answer is larger than it may be",
    "cut_off": "the answer broke off",
    "not_http": "what came back is not HTTP",
    "compressed": "the answer is compressed, though that was not asked for",
    "redirected": "the address leads on to another one, further than may be followed",
}


class FetchRefused(Exception):
    """No answer that may be used. `code` is stable, the text says in words what was wrong; neither holds what the other side said."""

    def __init__(self, code: str) -> None:
        super().__init__(_WORDS[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status. Names of `headers` are in lower case; a repeated one is joined by commas. `address` is where it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    address: str


async def get(
    address: str,
    *,
    loopback_allowed: bool,
    headers: Mapping[str, str] | None = None,
    redirects: int | None = 0,
    most: int = MOST,
    seconds: float = SECONDS,
    take: Callable[[bytes], None] | None = None,
    pin: str | None = None,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve | None = None,
) -> Fetched:
    """What is at an address, whole. Raises `FetchRefused`; a status that is no success is an answer too.

    `loopback_allowed` (the settings' `loopback`) lets this machine itself be asked, over http too. At most so many `redirects` are followed,
    and `headers` go along to the same host only; with None a redirect is an answer like any other, and nobody goes where it leads.
    `most` bytes, `seconds` for all of it together and at most `SECONDS` of silence. `take` gets the body of a 200 piece by piece in place of the
    answer; what it raises ends the connection. `pin` is what `public_key_pin` gives for the one certificate that is believed.
    `tls` and `resolve` replace the machine's roots and names.
    """
    sent = Sent("GET", {"Accept": "*/*", **(headers or {})})
    way = _Way(sent, loopback_allowed, most, pin, take, tls, resolve or _resolved)
    return await _in_time(way, address, redirects=redirects, seconds=seconds)


async def post(
    address: str,
    body: bytes,
    *,
    kind: str,
    loopback_allowed: bool,
    headers: Mapping[str, str] | None = None,
    most: int = MOST,
    seconds: float = SECONDS,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve | None = None,
) -> Fetched:
    """The answer to a body of a media type, as `get` gives it. Never follows a redirect: what is sent is for the one who was named."""
    sent = Sent("POST", {"Content-Type": kind, "Accept": "*/*", **(headers or {})}, body)
    way = _Way(sent, loopback_allowed, most, None, None, tls, resolve or _resolved)
    return await _in_time(way, address, redirects=0, seconds=seconds)


async def post_form(
    address: str,
    form: Mapping[str, str] | Sequence[tuple[str, str]],
    *,
    loopback_allowed: bool,
    headers: Mapping[str, str] | None = None,
    most: int = MOST,
    seconds: float = SECONDS,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve | None = None,
) -> Fetched:
    """The answer to a form (`application/x-www-form-urlencoded`), as `post` gives it."""
    return await post(
        address,
        urlencode(form).encode(),
        kind="application/x-www-form-urlencoded",
        loopback_allowed=loopback_allowed,
        headers=headers,
        most=most,
        seconds=seconds,
        tls=tls,
        resolve=resolve,
    )


def public_key_pin(certificate: bytes) -> str:
    """The pin of a certificate (DER): base64 of the SHA-256 of its public key, which stays when the certificate is renewed (RFC 7469, 2.4)."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


@dataclass(frozen=True, slots=True)
class _Way:
    sent: Sent
    loopback_allowed: bool
    most: int
    pin: str | None
    take: Callable[[bytes], None] | None
    tls: ssl.SSLContext | None
    resolve: Resolve


async def _in_time(way: _Way, address: str, *, redirects: int | None, seconds: float) -> Fetched:
    try:
        async with asyncio.timeout(seconds):
            # Half of it for an address that swallows what is sent, so that the host's next one gets its turn.
            silence = min(seconds, SECONDS)
            return await _followed(way, address, redirects, Patience(silence / 2, silence, seconds, way.most))
    except TimeoutError:
        raise FetchRefused("too_slow") from None


async def _followed(way: _Way, address: str, redirects: int | None, patience: Patience) -> Fetched:
    loopback, first = way.loopback_allowed, ""
    for _ in range((redirects or 0) + 1):
        endpoint = _endpoint(address, loopback_allowed=loopback)
        first = first or endpoint.authority
        if endpoint.authority != first:
            way = replace(way, sent=Sent("GET", {"Accept": "*/*"}))
        answer = await _asked(way, address, endpoint, patience)
        if redirects is None or answer.status not in (301, 302, 303, 307, 308):
            return answer
        # From the outside nothing leads to this machine, also where it may be asked directly.
        loopback = loopback and is_loopback(endpoint.host)
        address = urljoin(address, answer.headers.get("location", ""))
    raise FetchRefused("redirected")


def _endpoint(address: str, *, loopback_allowed: bool) -> Endpoint:
    try:
        endpoint = outgoing.parse_endpoint(address, longest=LONGEST_ADDRESS)
    except ValueError:
        raise FetchRefused("bad_address") from None
    if not loopback_allowed and not endpoint.secure:
        raise FetchRefused("bad_address")
    if not loopback_allowed and is_loopback(endpoint.host):
        raise FetchRefused("not_public")
    return endpoint


async def _asked(way: _Way, address: str, endpoint: Endpoint, patience: Patience) -> Fetched:
    where = await _checked(endpoint, way.resolve)
    heads: list[Head] = []
    pieces: list[bytes] = []

    def judge(head: Head) -> None:
        heads.append(head)
        if head.folded:
            raise FetchRefused("compressed")

    def take(piece: bytes) -> None:
        keep = way.take if way.take is not None and heads[0].status == 200 else pieces.append
        keep(piece)

    def same_key(shown: bytes) -> None:
        if way.pin is not None and public_key_pin(shown) != way.pin:
            raise FetchRefused("other_certificate")

    try:
        await outgoing.exchange(
            endpoint,
            way.sent,
            judge=judge,
            take=take,
            tls=way.tls or await _trusted(),
            patience=patience,
            connect_to=where,
            check_peer=same_key if way.pin is not None else None,
        )
    except Broken as broken:
        raise FetchRefused(broken.trouble) from None
    headers = {name: ", ".join(heads[0].all(name)) for name, _ in heads[0].headers}
    return Fetched(heads[0].status, headers, b"".join(pieces), address)


async def _checked(endpoint: Endpoint, resolve: Resolve) -> Sequence[str]:
    """The numeric addresses to connect to. One that is not public condemns the host: its owner chose it."""
    if is_loopback(endpoint.host):
        return ("127.0.0.1", "::1") if endpoint.host == "localhost" else (endpoint.host,)
    try:
        found = await resolve(endpoint.host, endpoint.port)
    except (OSError, UnicodeError):
        raise FetchRefused("no_such_host") from None
    if not found:
        raise FetchRefused("no_such_host")
    if not all(map(is_public, found)):
        raise FetchRefused("not_public")
    return tuple(found)[:4]


async def _resolved(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


async def _trusted() -> ssl.SSLContext:
    """The machine's roots, read once and in no turn of ours."""
    return _machine() if _machine.cache_info().currsize else await asyncio.to_thread(_machine)


@functools.cache
def _machine() -> ssl.SSLContext:
    return outgoing.trusting()
