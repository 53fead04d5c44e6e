"""Every page of the boards, in one list: fixed words before the number of a board."""

from starlette.routing import Route

from idp.web.board import choice, invitation, overview, parties, people, ticks

ROUTES: list[Route] = [
    *invitation.ROUTES,
    *choice.ROUTES,
    *overview.ROUTES,
    *ticks.ROUTES,
    *parties.ROUTES,
    *people.ROUTES,
]
