"""Every page of the test environment, in one list."""

from starlette.routing import Route

from idp.web.party import check, connection, exchanges, people, start

ROUTES: list[Route] = [*start.ROUTES, *people.ROUTES, *exchanges.ROUTES, *check.ROUTES, *connection.ROUTES]
