"""One question to an administration system: SOAP over `idp.core.outgoing`, and what each way of going wrong means to a coordinator.

The address is the operator's own word, so nothing here guards against where it leads.
"""

import ssl
from collections.abc import Callable
from typing import Final

from directory.imports.uwlr.faults import Refused
from idp.core import outgoing
from idp.core.outgoing import Broken, Head, Sent
from idp.core.outgoing import Endpoint as Endpoint
from idp.core.outgoing import Patience as Patience
from idp.core.outgoing import parse_endpoint as parse_endpoint

_XML: Final = frozenset({"text/xml", "application/xml", "application/soap+xml"})

PATIENCE: Final = Patience()


async def post(
    endpoint: Endpoint,
    action: str,
    body: bytes,
    take: Callable[[bytes], None],
    *,
    tls: ssl.SSLContext,
    patience: Patience = PATIENCE,
) -> None:
    """Sends `body` and hands what is answered to `take`, piece by piece. What `take` raises ends the connection. Raises `Refused`.

    `patience.total` is kept by the caller, who may have more than one question.
    """
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        # SOAP 1.1, 6.1.1: quoted.
        "SOAPAction": f'"{action}"',
        "Accept": "text/xml",
    }
    try:
        await outgoing.exchange(
            endpoint, Sent("POST", headers, body), judge=_judge, take=take, tls=tls, patience=patience
        )
    except Broken as broken:
        raise Refused("not_uwlr" if broken.trouble == "not_http" else broken.trouble) from None


def _judge(head: Head) -> None:
    """Refuses by status and kind; a fault comes with 500 (SOAP 1.1, 6.2)."""
    if head.status not in (200, 500):
        raise Refused(_of_status(head.status))
    kinds = [value.partition(";")[0].strip().lower() for value in head.all("content-type")]
    if len(kinds) != 1 or kinds[0] not in _XML:
        raise Refused("not_uwlr" if head.status == 200 else "las_server_fault")
    if head.folded:
        raise Refused("not_uwlr")


def _of_status(status: int) -> str:
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return "redirected"
        case 401 | 403 | 407 | 495 | 496:
            return "forbidden"
        case 408 | 425 | 429 | 502 | 503 | 504:
            return "las_unavailable"
        case _:
            return "http_error"
