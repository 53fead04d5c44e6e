"""Every page of the desk, in one list."""

from starlette.routing import Route

from idp.web.desk import choice, networks, newcomers, staff, staff_acts, today

ROUTES: list[Route] = [
    *choice.ROUTES,
    *today.ROUTES,
    *staff.ROUTES,
    *newcomers.ROUTES,
    *staff_acts.ROUTES,
    *networks.ROUTES,
]
