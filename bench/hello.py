"""The least an ASGI application can answer, served as the product is: the yardstick's second figure."""

from typing import Any

BODY = b'{"hello":"' + b"o" * 200 + b'"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
