"""Every page of the desk, in one list."""

from starlette.routing import Route

from idp.web.desk import choice, networks, today

ROUTES: list[Route] = [
    *choice.ROUTES,
    *today.ROUTES,
    *networks.ROUTES,
]
