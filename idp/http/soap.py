"""What a program that speaks SOAP gets when its request cannot go on: a fault (SOAP 1.1, 4.4), never a page."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.core.errors import Problem

_FAULT: Final = (
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault>'
    "<faultcode>S:{code}</faultcode><faultstring>{text}</faultstring></S:Fault></S:Body></S:Envelope>"
)
_CODES: Final = {"soap.version": "VersionMismatch", "soap.header": "MustUnderstand"}
_OF_HTTP: Final = frozenset({403, 404, 405, 429, 503})
"""What HTTP itself has a word for, whatever the body says."""


def spoken(request: Request) -> bool:
    """Whether an address is one of those that hear SOAP; they all end like this."""
    path: str = request.scope["path"]
    return path.endswith("/saml/slo/soap")


def fault(problem: Problem) -> Response:
    """The fault for a broken rule: its code and reference, in our own letters."""
    code = _CODES.get(problem.code, "Server" if problem.status >= 500 else "Client")
    text = _FAULT.format(code=code, text=f"{problem.code}, reference {problem.reference}")
    return Response(text, status_code=_status(problem), media_type="text/xml", headers=problem.headers)


def _status(problem: Problem) -> int:
    """SOAP 1.1, 6.2: 500 with a fault. Bindings 3.2.3.3: 403 to whom we do not speak with."""
    if problem.code == "party.unknown":
        return 403
    return problem.status if problem.status in _OF_HTTP else 500
