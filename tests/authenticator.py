"""A passkey in software, as a test needs one: it makes credentials and signs, honestly or in any way that a test asks for."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(told: str) -> bytes:
    return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Passkey:
    """One credential on one device. Change an attribute to make it lie."""

    origin: str
    key: Key = field(default_factory=_new_key)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes | None = None
    counts: bool = False
    count: int = 0
    flags: int = PRESENT | VERIFIED
    cross_origin: bool = False
    rp_id: str | None = None
    alg: int | None = None

    def make(self, asked: str, **client: Any) -> str:
        """The answer to a page that asks for a new passkey."""
        options = json.loads(asked)
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["attestation"] == "none"
        self.handle = raw(options["user"]["id"])
        attested = (
            bytes(16)
            + len(self.credential_id).to_bytes(2)
            + self.credential_id
            + cbor2.dumps(self._cose() | ({3: self.alg} if self.alg else {}))
        )
        data = self._data(self.rp_id or options["rp"]["id"], self.flags | ATTESTED) + attested
        made = {
            "clientDataJSON": text(self._client("webauthn.create", options, client)),
            "attestationObject": text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal", "nonsense"],
        }
        return self._told(made)

    def prove(self, asked: str, **client: Any) -> str:
        """The answer to a page that asks for this passkey."""
        options = json.loads(asked)
        if self.counts:
            self.count += 1
        data = self._data(self.rp_id or options["rpId"], self.flags)
        said = self._client("webauthn.get", options, client)
        proof = {
            "clientDataJSON": text(said),
            "authenticatorData": text(data),
            "signature": text(self._sign(data + hashlib.sha256(said).digest())),
        }
        return self._told({**proof, "userHandle": text(self.handle)} if self.handle else proof)

    def but(self, **changes: Any) -> "Passkey":
        """The same passkey with something else about it."""
        return replace(self, **changes)

    def _told(self, response: dict[str, Any]) -> str:
        name = text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _client(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**said, "crossOrigin": self.cross_origin, **changes}).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        return self.key.sign(data)

    def _cose(self) -> dict[int, Any]:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            point = self.key.public_key().public_numbers()
            return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        if isinstance(self.key, rsa.RSAPrivateKey):
            numbers = self.key.public_key().public_numbers()
            return {1: 3, 3: -257, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
        return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}
