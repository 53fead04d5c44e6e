"""Every page of the desk, in one list."""

from starlette.routing import Route

from idp.web.desk import choice, coupling, imports, networks, newcomers, staff, staff_acts, table, today

ROUTES: list[Route] = [
    *choice.ROUTES,
    *today.ROUTES,
    *staff.ROUTES,
    *newcomers.ROUTES,
    *staff_acts.ROUTES,
    *coupling.ROUTES,
    *table.ROUTES,
    *imports.ROUTES,
    *networks.ROUTES,
]
