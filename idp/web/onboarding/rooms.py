"""Every public page of an application, in one list."""

from starlette.routing import Route

from idp.web.onboarding import asked, mine

ROUTES: list[Route] = [*asked.ROUTES, *mine.ROUTES]
