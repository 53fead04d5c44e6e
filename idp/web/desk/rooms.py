"""Every page of the desk, in one list."""

from starlette.routing import Route

from idp.web.desk import (
    choice,
    coupling,
    deputy,
    evidence,
    held_mails,
    imports,
    locations,
    networks,
    newcomers,
    reorganisations,
    school_year,
    second_steps,
    staff,
    staff_acts,
    substitutes,
    table,
    today,
    transfer_pupil,
    transfers,
)

ROUTES: list[Route] = [
    *choice.ROUTES,
    *today.ROUTES,
    *staff.ROUTES,
    *newcomers.ROUTES,
    *held_mails.ROUTES,
    *staff_acts.ROUTES,
    *second_steps.ROUTES,
    *coupling.ROUTES,
    *locations.ROUTES,
    *table.ROUTES,
    *imports.ROUTES,
    *substitutes.ROUTES,
    *deputy.ROUTES,
    *school_year.ROUTES,
    *networks.ROUTES,
    *reorganisations.ROUTES,
    *transfers.ROUTES,
    *transfer_pupil.ROUTES,
    *evidence.ROUTES,
]
