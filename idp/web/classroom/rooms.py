"""Every page of the classroom, in one list: fixed words before the ids of children."""

from starlette.routing import Route

from idp.web.classroom import cards, child, group, home, home_child, home_paper, mine, printing, whole

ROUTES: list[Route] = [
    *mine.ROUTES,
    *group.ROUTES,
    *whole.ROUTES,
    *printing.ROUTES,
    *cards.ROUTES,
    *home.ROUTES,
    *home_paper.ROUTES,
    *home_child.ROUTES,
    *child.ROUTES,
]
