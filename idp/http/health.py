"""`/livez`: the process answers. `/readyz`: it can serve people, database and store included (R-12)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.core.errors import Misconfigured, Unavailable
from idp.core.hot import Statement
from idp.http.resources import resources_of

_WRITABLE = Statement("SELECT 1 WHERE current_setting('transaction_read_only') = 'off'")
_ONE = Statement("SELECT 1")


async def livez(_: Request) -> Response:
    """Never looks beyond the process."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when database and store answer, else 503 with which one does not."""
    floor = resources_of(request).floor
    missing = []
    try:
        if await floor.database.hot.row(_ONE if floor.database.sqlite else _WRITABLE) is None:
            missing.append("database")
    except Unavailable:
        missing.append("database")
    try:
        await floor.store.check()
    except (Unavailable, Misconfigured):
        missing.append("store")
    return JSONResponse(
        {"status": "unavailable" if missing else "ok", "missing": missing}, status_code=503 if missing else 200
    )


ROUTES = [Route("/livez", livez), Route("/readyz", readyz)]
