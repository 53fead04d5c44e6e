"""The keys in a party's metadata: those that it signs with, and those to which it wants its assertions encrypted (Metadata 2.4.1.1).

Of the methods that a party lists for a key the first one that is ours counts; a key without any gets what every implementation must know
(XML Encryption 1.1, 5.1). CBC and RSA 1.5 are not among ours (C-210): both let a stranger read by asking often enough.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml.etree import _Element as Element

from metadata.saml import certificates, document, names
from metadata.saml.certificates import Certificate
from metadata.saml.names import DS, MD, XENC, XENC11
from metadata.saml.party import EncryptionKey

CONTENTS: Final = (names.AES128_GCM, names.AES256_GCM)
TRANSPORTS: Final = (names.RSA_OAEP_MGF1P, names.RSA_OAEP)
DIGESTS: Final = (names.SHA1, names.SHA256)
MASKS: Final = (names.MGF1_SHA1, names.MGF1_SHA256)

_WEAK_CONTENTS: Final = frozenset({f"{XENC}{name}-cbc" for name in ("tripledes", "aes128", "aes192", "aes256")})
_WEAK_TRANSPORTS: Final = frozenset({f"{XENC}rsa-1_5"})


def read(role: Element) -> tuple[tuple[str, ...], tuple[EncryptionKey, ...]]:
    """The certificates that a role signs with, and the keys to encrypt to, in the order of the document.

    Raises `ValueError`, in words for the operator: also when a key is meant for encryption and none can be used, because what a party wants
    encrypted is never sent in the clear.
    """
    signing: dict[str, None] = {}
    encryption: dict[str, EncryptionKey] = {}
    unusable = False
    for descriptor in role.findall(f"{{{MD}}}KeyDescriptor"):
        use = descriptor.get("use")
        if use not in {None, "signing", "encryption"}:
            raise ValueError("a KeyDescriptor has a use other than signing and encryption")
        methods = descriptor.findall(f"{{{MD}}}EncryptionMethod")
        for element in descriptor.iter(f"{{{DS}}}X509Certificate"):
            found = certificates.load(document.text(element))
            # IIP-MD11: without `use` a key serves both.
            if use != "encryption":
                signing[found.text] = None
            if use != "signing":
                key = _encryption_key(found, methods)
                # A key that says nothing of encryption may well be for signatures alone.
                unusable |= key is None and (use == "encryption" or bool(methods))
                if key is not None:
                    encryption.setdefault(found.text, key)
    if unusable and not encryption:
        raise ValueError("no encryption key can be used: an RSA key with AES-GCM and RSA-OAEP is needed")
    return tuple(signing), tuple(encryption.values())


def _encryption_key(certificate: Certificate, methods: Sequence[Element]) -> EncryptionKey | None:
    if not isinstance(certificate.key, rsa.RSAPublicKey):
        return None
    listed = [method.get("Algorithm", "") for method in methods]
    content = next((name for name in listed if name in CONTENTS), None)
    if content is None and not _WEAK_CONTENTS.isdisjoint(listed):
        return None
    transport = next((found for method in methods if (found := _transport(method))), None)
    if transport is None and not {*_WEAK_TRANSPORTS, *TRANSPORTS}.isdisjoint(listed):
        return None
    return EncryptionKey(
        certificate.text,
        content or names.AES128_GCM,
        *(transport or (names.RSA_OAEP_MGF1P, names.SHA1, names.MGF1_SHA1)),
    )


def _transport(method: Element) -> tuple[str, str, str] | None:
    """A way to carry the key: OAEP with its digest and its mask (XML Encryption 1.1, 5.5.2); None for anything else."""
    algorithm = method.get("Algorithm", "")
    digest = _of(method, f"{{{DS}}}DigestMethod", names.SHA1)
    # The older name fixes the mask.
    mask = _of(method, f"{{{XENC11}}}MGF", names.MGF1_SHA1) if algorithm == names.RSA_OAEP else names.MGF1_SHA1
    known = algorithm in TRANSPORTS and digest in DIGESTS and mask in MASKS
    return (algorithm, digest, mask) if known else None


def _of(method: Element, name: str, otherwise: str) -> str:
    found = method.find(name)
    return otherwise if found is None else found.get("Algorithm", "")
