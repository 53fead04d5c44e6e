"""Everything that a school can do at its desk can be done by a command too: the table in operations names every form of the desk."""

import re

from starlette.routing import Route

from idp.web.desk import rooms
from idp.web.desk.guards import ADDRESS
from tests.architecture.documents import OPERATIONS, rows, ticked

HEADING = "### What a school does itself, and the command for it"


def test_every_form_of_the_desk_stands_beside_its_command() -> None:
    told = rows(OPERATIONS, below=HEADING)
    addresses = [address for row in told for address in ticked(row[1])]
    routes = [route for route in rooms.ROUTES if isinstance(route, Route) and "POST" in (route.methods or ())]
    forms = {re.sub(r":\w+\}", "}", route.path.removeprefix(f"{ADDRESS}/{{school}}/")) for route in routes}
    assert len(forms) > 40
    assert set(addresses) == forms
    assert len(addresses) == len(forms), "each once"
    assert all(command.startswith("idp ") for row in told for command in ticked(row[2]))
    assert all(row[2] for row in told)
