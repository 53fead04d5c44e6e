"""The least an ASGI application can answer, served as the product is, and how long a signature takes on the core where it is: the yardstick."""

import time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

BODY = b'{"hello":"' + b"o" * 200 + b'"}'
SIGNATURE: Final = "/signature"
SIGNATURES = 40
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    body = _signature_us() if scope["path"] == SIGNATURE else BODY
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _signature_us() -> bytes:
    began = time.process_time()
    for _ in range(SIGNATURES):
        KEY.sign(b"measure" * 50, padding.PKCS1v15(), SHA256())
    return str(round((time.process_time() - began) / SIGNATURES * 1e6, 1)).encode()
