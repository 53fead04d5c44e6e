"""OIDC providers as they describe themselves: the discovery document, bound to the issuer that was asked for, and the keys it signs with.

Both are fetched when they are needed and kept for a while; keys that are not known here are asked for again, though not by whoever sends us
nonsense (C-127, C-128). Everything is fetched by the one guarded way (`idp.core.fetching`). A provider that does not answer is left alone for a few
seconds: of thirty children who come by it one waits, and the others read at once that it is away (C-325).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from idp.core import fetching
from idp.core.fetching import Fetched, FetchRefused
from idp.core.settings import is_loopback
from metadata.oidc import client_keys
from metadata.oidc.client_keys import ASSERTION_ALGS, KeySet, KeysRefused

KEPT: Final = timedelta(hours=1)
KEPT_WHEN_AWAY: Final = timedelta(hours=24)
"""How long a document that cannot be had anew is still good."""
AGAIN_AFTER: Final = timedelta(seconds=60)
"""How long after the last time keys are asked for again because one is not known."""
LEFT_ALONE: Final = timedelta(seconds=15)
"""How long nobody asks a provider that gave no answer."""
MOST: Final = 256 * 1024
MOST_KEYS: Final = 100
LONGEST_ISSUER: Final = 1000
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


class IssuerRefused(Exception):
    """A provider that cannot be asked; the text says why, in words for whoever runs the product."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a provider says of itself (OIDC Discovery 3), as far as we use it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algs: tuple[str, ...]
    posts_secret: bool
    names_itself: bool
    scopes: frozenset[str]
    end_session_endpoint: str | None = None


def checked_issuer(issuer: str, *, loopback_allowed: bool) -> str:
    """An issuer as somebody wrote it. Raises `IssuerRefused`: https, no query, no fragment (OIDC Discovery 3)."""
    if len(issuer) > LONGEST_ISSUER or "?" in issuer or not _is_address(issuer, loopback_allowed=loopback_allowed):
        raise IssuerRefused("the issuer is not an https address without query and fragment")
    return issuer


def read(raw: bytes, issuer: str, *, loopback_allowed: bool) -> Discovered:
    """The document of this issuer. Raises `IssuerRefused`, also where it is another's: then its keys would be another's too (Discovery 4.3)."""
    plain = _object(raw)
    if plain.get("issuer") != issuer:
        raise IssuerRefused("the discovery document is that of another issuer")
    ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in ends:
        if not _is_address(plain.get(name), loopback_allowed=loopback_allowed):
            raise IssuerRefused(f"{name} is not an https address")
    algs = tuple(alg for alg in ASSERTION_ALGS if alg in _texts(plain, "id_token_signing_alg_values_supported"))
    if not algs:
        raise IssuerRefused(f"ID tokens are signed with none of {', '.join(ASSERTION_ALGS)}")
    if "code" not in _texts(plain, "response_types_supported"):
        raise IssuerRefused("the authorization code flow is not supported")
    methods = _texts(plain, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not {"client_secret_basic", "client_secret_post"} & set(methods):
        raise IssuerRefused("the token endpoint takes no client secret")
    ending = plain.get("end_session_endpoint")
    return Discovered(
        issuer=issuer,
        authorization_endpoint=plain["authorization_endpoint"],
        token_endpoint=plain["token_endpoint"],
        jwks_uri=plain["jwks_uri"],
        algs=algs,
        posts_secret="client_secret_basic" not in methods,
        names_itself=plain.get("authorization_response_iss_parameter_supported") is True,
        scopes=frozenset(_texts(plain, "scopes_supported")),
        end_session_endpoint=ending if _is_address(ending, loopback_allowed=loopback_allowed) else None,
    )


def read_keys(raw: bytes) -> KeySet:
    """The keys of a provider that can verify for us; others in the set are passed over. Raises `IssuerRefused` when none can."""
    given = _object(raw).get("keys")
    if not isinstance(given, list) or len(given) > MOST_KEYS:
        raise IssuerRefused("the key set holds no list of keys, or too many")
    kept: dict[str, dict[str, Any]] = {}
    for key in given:
        try:
            (usable,) = client_keys.validated({"keys": [key]})["keys"]
        except (KeysRefused, ValueError):
            continue
        kept.setdefault(usable.get("kid", ""), usable)
    if not kept:
        raise IssuerRefused("the key set holds no key that we can verify with")
    return client_keys.opened({"keys": list(kept.values())})


@dataclass(slots=True)
class _Kept:
    discovered: Discovered
    at: datetime
    keys: KeySet | None = None
    keys_at: datetime = _NEVER
    tried_at: datetime = _NEVER


Get = Callable[..., Awaitable[Fetched]]


class KnownIssuers:
    """What this process knows of the providers it asked. `get` and `post_form` are those of `idp.core.fetching`; tests bring others."""

    def __init__(self, *, loopback_allowed: bool, get: Get = fetching.get, post_form: Get = fetching.post_form) -> None:
        self._loopback_allowed, self._get, self._post_form = loopback_allowed, get, post_form
        self._kept: dict[str, _Kept] = {}
        self._busy: dict[str, asyncio.Lock] = {}
        self._silent: dict[str, tuple[datetime, str]] = {}

    async def discovered(self, issuer: str, *, now: datetime) -> Discovered:
        """The provider's document, at most `KEPT` old, or `KEPT_WHEN_AWAY` while it cannot be had. Raises `IssuerRefused`."""
        return (await self._of(issuer, now=now)).discovered

    async def keys(self, issuer: str, *, now: datetime, lacking: bool = False) -> KeySet:
        """The provider's keys; asked for anew where one is `lacking`, unless that was done within `AGAIN_AFTER`. Raises `IssuerRefused`."""
        kept = await self._of(issuer, now=now)
        async with self._lock(issuer):
            due = now - kept.keys_at >= KEPT or lacking
            if kept.keys is not None and (not due or now - kept.tried_at < AGAIN_AFTER):
                return kept.keys
            kept.tried_at = now
            try:
                kept.keys = read_keys(await self._fetched(kept.discovered.jwks_uri, issuer, now=now))
            except IssuerRefused:
                if kept.keys is None or now - kept.keys_at >= KEPT_WHEN_AWAY:
                    raise
                return kept.keys
            kept.keys_at = now
            return kept.keys

    async def redeem(
        self, discovered: Discovered, form: Mapping[str, str], *, headers: Mapping[str, str], now: datetime
    ) -> Mapping[str, Any]:
        """What the token endpoint answers. Raises `IssuerRefused`; neither the code nor the answer is in its text."""
        self._check_silence(discovered.issuer, now=now)
        try:
            answer = await self._post_form(
                discovered.token_endpoint,
                form,
                headers={"Accept": "application/json", **headers},
                loopback_allowed=self._loopback_allowed,
                most=MOST,
            )
        except FetchRefused as refused:
            raise self._silence(discovered.issuer, refused, now=now) from None
        if answer.status != 200:
            raise IssuerRefused(f"the token endpoint answered with status {answer.status}")
        return _object(answer.body)

    async def _of(self, issuer: str, *, now: datetime) -> _Kept:
        async with self._lock(issuer):
            kept = self._kept.get(issuer)
            if kept is not None and now - kept.at < KEPT:
                return kept
            try:
                raw = await self._fetched(issuer.removesuffix("/") + _WELL_KNOWN, issuer, now=now)
                found = read(raw, issuer, loopback_allowed=self._loopback_allowed)
            except IssuerRefused:
                if kept is None or now - kept.at >= KEPT_WHEN_AWAY:
                    raise
                return kept
            same_keys = kept is not None and kept.discovered.jwks_uri == found.jwks_uri
            made = self._kept[issuer] = _Kept(found, now)
            if kept is not None and same_keys:
                made.keys, made.keys_at, made.tried_at = kept.keys, kept.keys_at, kept.tried_at
            return made

    def _lock(self, issuer: str) -> asyncio.Lock:
        # Of many who need the same at once one asks.
        return self._busy.setdefault(issuer, asyncio.Lock())

    def _check_silence(self, issuer: str, *, now: datetime) -> None:
        since, why = self._silent.get(issuer, (_NEVER, ""))
        if now - since < LEFT_ALONE:
            raise IssuerRefused(why)

    def _silence(self, issuer: str, refused: FetchRefused, *, now: datetime) -> IssuerRefused:
        self._silent[issuer] = now, str(refused)
        return IssuerRefused(str(refused))

    async def _fetched(self, address: str, issuer: str, *, now: datetime) -> bytes:
        self._check_silence(issuer, now=now)
        try:
            answer = await self._get(address, loopback_allowed=self._loopback_allowed, redirects=0, most=MOST)
        except FetchRefused as refused:
            raise self._silence(issuer, refused, now=now) from None
        if answer.status != 200:
            raise IssuerRefused(f"the provider answered with status {answer.status}")
        return answer.body


def _object(raw: bytes) -> dict[str, Any]:
    try:
        plain = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise IssuerRefused("the provider's answer is not JSON") from None
    if not isinstance(plain, dict):
        raise IssuerRefused("the provider's answer is not a JSON object")
    return plain


def _texts(plain: Mapping[str, Any], name: str) -> list[str]:
    told = plain.get(name)
    return [text for text in told if isinstance(text, str)] if isinstance(told, list) else []


def _is_address(text: object, *, loopback_allowed: bool) -> bool:
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_allowed and is_loopback(host))
