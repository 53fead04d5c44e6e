"""Pictures of parties, from our own address (C-048): a page of ours loads nothing from anybody else."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.http.resources import resources_of
from metadata.oidc import logos

HEADERS: Final = {
    # What is in it names it, so it never changes.
    "Cache-Control": "public, max-age=31536000, immutable",
    # Opened by itself it can do nothing at all.
    "Content-Security-Policy": "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
}


async def logo(request: Request) -> Response:
    """A picture under the name that carries its hash."""
    digest = request.path_params["digest"]
    body = await logos.find(resources_of(request).floor.database.hot, digest) if _is_one(digest) else None
    if body is None:
        raise Problem("not_found", status=404)
    return Response(body, media_type="image/png", headers=HEADERS)


def _is_one(digest: str) -> bool:
    return len(digest) == 32 and all(letter in "0123456789abcdef" for letter in digest)


ROUTES = [Route("/logos/{digest}", logo)]
