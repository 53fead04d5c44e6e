"""Every page of the helpdesk, in one list."""

from starlette.routing import Route

from idp.web.helpdesk import (
    agreements,
    applications,
    lost_factors,
    mails,
    notices,
    reasons,
    reorganisations,
    schools,
    sessions,
    today,
)

ROUTES: list[Route] = [
    *today.ROUTES,
    *schools.ROUTES,
    *agreements.ROUTES,
    *reasons.ROUTES,
    *sessions.ROUTES,
    *lost_factors.ROUTES,
    *mails.ROUTES,
    *applications.ROUTES,
    *reorganisations.ROUTES,
    *notices.ROUTES,
]
