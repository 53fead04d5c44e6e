"""libxmlsec in this process, for pysaml2, which would call an external program for each signature.

The class is what pysaml2 calls a crypto backend; it is handed to a client after that was built, so that nothing of pysaml2 needs replacing.
"""

import importlib
from pathlib import Path
from typing import Any

from lxml import etree
from saml2.sigver import (
    CryptoBackend,
    RSACrypto,
    SecurityContext,
    SignatureError,
    XmlsecError,
    import_rsa_key_from_file,
)

# python-xmlsec's type hints lag behind it.
xmlsec: Any = importlib.import_module("xmlsec")

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}EncryptedData"


class InProcess(CryptoBackend):  # type: ignore[misc]
    """One signature, directly in the element that the caller names, by the key or certificate that the caller trusts."""

    @property
    def version(self) -> str:
        """libxmlsec's."""
        return ".".join(map(str, xmlsec.get_libxmlsec_version()))

    def validate_signature(self, signedtext: Any, cert_file: str, cert_type: str, node_name: str, node_id: str) -> bool:
        """True for a true signature. Raises `SignatureError` for any other."""
        element = _named(_parsed(signedtext), node_name, node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(cert_file, xmlsec.KeyFormat.CERT_PEM)
        context.register_id(element, "ID")
        signatures = element.findall(_SIGNATURE)
        if len(signatures) != 1:
            raise SignatureError(f"{len(signatures)} signatures in the element")
        try:
            context.verify(signatures[0])
        except xmlsec.Error as error:
            raise SignatureError(str(error)) from error
        return True

    def decrypt(self, enctext: Any, key_file: str) -> str:
        """The message with what was encrypted in the clear. Raises `XmlsecError` when this key opens nothing in it, so that the next is tried."""
        root = _parsed(enctext)
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_file(key_file, xmlsec.KeyFormat.PEM))
        data = root.find(f".//{_ENCRYPTED}")
        try:
            xmlsec.EncryptionContext(manager).decrypt(data)
        except xmlsec.Error as error:
            raise XmlsecError(str(error)) from error
        return etree.tostring(root, encoding="unicode")

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        """The message with its prepared signature filled in."""
        root = _parsed(statement)
        element = _named(root, node_name, node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(key_file, xmlsec.KeyFormat.PEM)
        context.register_id(element, "ID")
        context.sign(element.find(_SIGNATURE))
        return etree.tostring(root, encoding="unicode")


def security(metadata: Any, *, key: Path, certificate: Path) -> Any:
    """What a pysaml2 client signs and verifies with: these files for its own signatures, the keys in `metadata` for those of others."""
    return SecurityContext(
        InProcess(),
        str(key),
        cert_file=str(certificate),
        enc_key_files=[str(key)],
        metadata=metadata,
        only_use_keys_in_metadata=True,
        sec_backend=RSACrypto(import_rsa_key_from_file(str(key))),
    )


def _parsed(statement: Any) -> Any:
    raw = statement if isinstance(statement, bytes) else str(statement).encode()
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))


def _named(root: Any, node_name: str, node_id: str) -> Any:
    """The one element of this name (`namespace:local`) and ID. Raises `SignatureError` for none or two."""
    namespace, _, local = node_name.rpartition(":")
    found = [element for element in root.iter(f"{{{namespace}}}{local}") if element.get("ID") == node_id]
    if len(found) != 1:
        raise SignatureError(f"{len(found)} elements with the ID that was signed")
    return found[0]
