"""Where the link of an MDM leads: whatever opens it becomes a device of the school (D23, C-310).

The token stands behind the # of the address, which browsers send to nobody; device.js puts it into the form of this page and sends that. A GET
enrols nothing, so that programs which look at links spend none, and the form carries a ticket of this browser, so that no other site can make
somebody's browser a device of a school of its choice.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import device_links
from directory.device_links import PATH
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.http import forms, headers, problems, visitors
from idp.http.anew import SHORTCUT
from idp.http.resources import resources_of
from idp.signin import flow


async def ask(request: Request) -> Response:
    """The page that reads the token out of its own address and sends it."""
    resources = resources_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    binding = visitors.bind(visitor, resources.floor.keyring)
    response = resources.pages.respond(
        request, "device.html", headers=headers.PAGE, action=PATH, ticket=_ticket(resources.floor, binding.key)
    )
    return binding.attach(response)


async def enrol(request: Request) -> Response:
    """Enrols this browser and goes on to the school's shortcut; a device that is one of the school's already only goes on."""
    floor = resources_of(request).floor
    problems.speak_to(request, "pupil")
    form = await forms.form_of(request)
    visitor = await visitors.visitor_of(request, floor)
    if visitor.browser is None or not same(_ticket(floor, visitor.browser), form.get("ticket", "")):
        raise Problem("csrf", status=403, detail="wrong ticket of the page that enrols")
    today = flow.today(floor.now)
    async with floor.database.begin() as db:
        came = await device_links.follow(
            db, floor.keyring, form.get("token", ""), device=visitor.device, now=floor.now, today=today
        )
    if isinstance(came, str):
        raise Problem(came, status=410, detail="a link that enrols no device")
    query = urlencode({"INSTELLING_REF": came.instelling_ref})
    response = RedirectResponse(f"{SHORTCUT}?{query}", status_code=303)
    if came.token is None:
        visitors.keep_enrolled(response, request, visitor)
    else:
        visitors.enrol_device(response, came.token)
    return response


def _ticket(floor: Floor, browser: bytes) -> str:
    return floor.keyring.mac("ticket", "school device", browser).hex()[:32]


ROUTES = [Route(PATH, ask, methods=["GET"]), Route(PATH, enrol, methods=["POST"])]
