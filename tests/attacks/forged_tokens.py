"""Tokens that look like our ID tokens and are not: every way in which somebody might make one (C-127, V-11 to V-17)."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.browser import Browser
from tests.conformance.relying_party import b64, keys_of, unb64, unverified


@dataclass(frozen=True, slots=True)
class Forger:
    """Somebody who has one good token and our public keys, and a private key of his own."""

    genuine: str
    header: dict[str, Any]
    claims: dict[str, Any]
    public: dict[str, str]
    private: rsa.RSAPrivateKey

    @classmethod
    async def at(cls, browser: Browser, genuine: str) -> Self:
        """A forger with a token and what is published."""
        header, claims = unverified(genuine)
        (public,) = [key for key in await keys_of(browser) if key["kid"] == header["kid"]]
        return cls(genuine, header, claims, public, rsa.generate_private_key(65537, 2048))

    @property
    def own_jwk(self) -> dict[str, str]:
        """The public half of the forger's key, under our kid."""
        numbers = self.private.public_key().public_numbers()
        n, e = b64(numbers.n.to_bytes(256)), b64(numbers.e.to_bytes(3))
        return {"kty": "RSA", "n": n, "e": e, "kid": self.header["kid"]}

    def written(self, header: dict[str, Any], claims: dict[str, Any] | None = None) -> str:
        """Header and claims, unsigned."""
        return ".".join(b64(json.dumps(part).encode()) for part in (header, claims or self.claims))

    def by_own_key(self, header: dict[str, Any], claims: dict[str, Any] | None = None) -> str:
        """RS256 with the forger's key."""
        message = self.written(header, claims)
        signature = self.private.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{message}.{b64(signature)}"

    def by_secret(self, secret: bytes) -> str:
        """HS256 under a secret, with our kid."""
        message = self.written({**self.header, "alg": "HS256"})
        return f"{message}.{b64(hmac.digest(secret, message.encode(), hashlib.sha256))}"

    def keeping_the_signature(self, **members: Any) -> str:
        """Other header members over our own signature."""
        _, _, signature = self.genuine.split(".")
        return f"{self.written({**self.header, **members})}.{signature}"

    def make(self, kind: str) -> str:
        """One forgery by its name in `FORGERIES`."""
        return FORGERIES[kind](self)


def _pem(public: dict[str, str]) -> bytes:
    return _loaded(public).public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _der(public: dict[str, str]) -> bytes:
    return _loaded(public).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _loaded(public: dict[str, str]) -> rsa.RSAPublicKey:
    n, e = (int.from_bytes(unb64(public[member])) for member in ("n", "e"))
    return rsa.RSAPublicNumbers(e, n).public_key()


def _other_person(forger: Forger) -> str:
    head, _, signature = forger.genuine.split(".")
    return f"{head}.{b64(json.dumps({**forger.claims, 'sub': '0' * 64}).encode())}.{signature}"


def _without_signature(forger: Forger) -> str:
    head, payload, _ = forger.genuine.split(".")
    return f"{head}.{payload}."


def _json_serialisation(forger: Forger, signatures: list[dict[str, str]]) -> str:
    _, payload, _ = forger.genuine.split(".")
    return json.dumps({"payload": payload, "signatures": signatures})


FORGERIES: dict[str, Callable[[Forger], str]] = {
    "a stranger's key under our kid": lambda f: f.by_own_key(f.header),
    "a stranger's key without kid": lambda f: f.by_own_key({"alg": "RS256", "typ": "JWT"}),
    "a stranger's key under a strange kid": lambda f: f.by_own_key({**f.header, "kid": "vreemd"}),
    "kid of another type": lambda f: f.by_own_key({**f.header, "kid": ["vreemd"]}),
    "alg none": lambda f: f.written({"alg": "none", "typ": "JWT"}) + ".",
    "alg None": lambda f: f.written({**f.header, "alg": "None"}) + ".",
    "alg none over our signature": lambda f: f.keeping_the_signature(alg="none"),
    "no alg": lambda f: f.written({"typ": "JWT", "kid": f.header["kid"]}) + ".",
    "alg of another type": lambda f: f.keeping_the_signature(alg=["RS256"]),
    "HS256 with our public key as PEM": lambda f: f.by_secret(_pem(f.public)),
    "HS256 with our public key as DER": lambda f: f.by_secret(_der(f.public)),
    "HS256 with our modulus": lambda f: f.by_secret(f.public["n"].encode()),
    "HS256 with an empty key": lambda f: f.by_secret(b""),
    "an embedded jwk": lambda f: f.by_own_key({**f.header, "jwk": f.own_jwk}),
    "a jku of the stranger": lambda f: f.by_own_key({**f.header, "jku": "https://boos.example/jwks"}),
    "an x5u of the stranger": lambda f: f.by_own_key({**f.header, "x5u": "https://boos.example/cert.pem"}),
    "an x5c of the stranger": lambda f: f.by_own_key({**f.header, "x5c": [f.own_jwk["n"]]}),
    "an unknown crit": lambda f: f.keeping_the_signature(crit=["vreemd"], vreemd=1),
    "an empty crit": lambda f: f.keeping_the_signature(crit=[]),
    "b64 false": lambda f: f.keeping_the_signature(b64=False, crit=["b64"]),
    "b64 false without crit": lambda f: f.keeping_the_signature(b64=False),
    "PS256 under our kid": lambda f: f.keeping_the_signature(alg="PS256"),
    "ES256 under the kid of an RSA key": lambda f: f.keeping_the_signature(alg="ES256"),
    "a header of more than 8 KiB": lambda f: f.keeping_the_signature(pad="x" * 9000),
    "a token of more than 16 KiB": lambda f: f.genuine + "A" * 17000,
    "another person": _other_person,
    "no signature": _without_signature,
    "two parts": lambda f: f.genuine.rpartition(".")[0],
    "four parts": lambda f: f.genuine + ".AAAA",
    "five parts": lambda f: f.genuine + ".AAAA.AAAA",
    "one part": lambda f: "niets",
    "not base64": lambda f: "!!!." + f.genuine.partition(".")[2],
    "no JSON": lambda f: f"{b64(b'{')}.{b64(b'{}')}.AAAA",
    "a list as header": lambda f: f"{b64(b'[]')}.{b64(b'{}')}.AAAA",
    "a nested list": lambda f: f"{b64(b'[' * 5000)}.{b64(b'{}')}.AAAA",
    "characters that are no ASCII": lambda f: f.genuine + "é",
    "white space around": lambda f: f" {f.genuine} ",
    "JSON serialisation without a signature": lambda f: _json_serialisation(f, []),
    "JSON serialisation": lambda f: _json_serialisation(
        f, [{"protected": f.genuine.split(".")[0], "signature": f.genuine.split(".")[2]}]
    ),
}
"""What a forger might try, by name."""
