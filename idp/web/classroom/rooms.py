"""Every page of the classroom, in one list: fixed words before the ids of children."""

from starlette.routing import Route

from idp.web.classroom import cards, child, group, mine, printing, whole

ROUTES: list[Route] = [
    *mine.ROUTES,
    *group.ROUTES,
    *whole.ROUTES,
    *printing.ROUTES,
    *cards.ROUTES,
    *child.ROUTES,
]
