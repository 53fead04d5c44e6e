"""Data for a party's server (R34, R70): the schools that agreed to it at this moment, and their groups. Nobody in particular is in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent import data
from consent.data import AgreedSchool, Caller
from idp.http.resources import Resources, resources_of
from idp.signin.flow import today
from metadata.oidc.clients import Client
from protocols.attributes import catalogue
from protocols.attributes.catalogue import GROUPS_SCOPE, SCHOOLS_SCOPE
from protocols.oidc.op import addresses, bearers, codes, data_access
from protocols.oidc.op.bearers import NotAllowed
from protocols.oidc.op.codes import DataToken

HEADERS: Final = {"Cache-Control": "no-store"}
MOST: Final = 500
"""Schools in one answer."""
LONGEST_REF: Final = 64


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a client that may ask."""

    resources: Resources
    request: Request
    client: Client
    caller: Caller


Work = Callable[[Call], Awaitable[Any]]


async def schools(request: Request) -> Response:
    """GET only: the schools that agreed, some at a time; `next` is the address of those that follow."""
    return await _answered(request, SCHOOLS_SCOPE, _schools)


async def groups(request: Request) -> Response:
    """GET only: the groups of one school that agreed, of this school year."""
    return await _answered(request, GROUPS_SCOPE, _groups)


async def _answered(request: Request, scope: str, work: Work) -> Response:
    resources = resources_of(request)
    floor = resources.floor
    try:
        came = await bearers.brought(request)
        token = codes.read_data(floor.keyring, came.token, now=floor.now)
        if token is None:
            raise NotAllowed("invalid_token", scheme=came.scheme)
        await bearers.check_key(request, floor, came, token.key)
        if scope not in token.scope:
            raise NotAllowed("insufficient_scope", status=403, scheme=came.scheme)
        found = await _found(resources, request, token, scope, work)
    except NotAllowed as refused:
        return bearers.refusal(refused, realm="data", headers=HEADERS)
    return Response(orjson.dumps(found), media_type="application/json", headers=HEADERS)


async def _found(resources: Resources, request: Request, token: DataToken, scope: str, work: Work) -> Any:
    """What the call gets. This process may know the client as it was: then it is asked once more with what is true now (D10). Raises `NotAllowed`."""
    for known in (resources.parties.client, resources.parties.reload_client):
        client = await known(token.client_id)
        if client is not None and scope in data_access.scope_of(client, token):
            caller = Caller(client.id, client.version, client.party_id, token.id, client.fields)
            found = await work(Call(resources, request, client, caller))
            if found is not None:
                return found
    raise NotAllowed("invalid_token", scheme="Bearer" if token.key is None else "DPoP")


async def _schools(call: Call) -> dict[str, Any] | None:
    floor, after = call.resources.floor, _ref(call.request.query_params.get("after", ""))
    agreed = await data.schools(
        floor.database.hot, call.resources.field_sets, call.caller, after=after, most=MOST, today=today(floor.now)
    )
    if agreed is None:
        return None
    answer: dict[str, Any] = {"schools": [_plain(school) for school in agreed.schools]}
    if agreed.last is not None:
        following = urlencode({"after": agreed.last})
        answer["next"] = f"{floor.settings.base_url}{addresses.DATA_SCHOOLS}?{following}"
    return answer


async def _groups(call: Call) -> dict[str, Any] | None:
    floor, ref = call.resources.floor, _ref(call.request.path_params["instelling_ref"])
    found = await data.groups(floor.database.hot, call.resources.field_sets, call.caller, ref, today=today(floor.now))
    if found is None:
        return None
    # A school that did not agree and one that does not exist look alike.
    plain = [{"name": group.name, "kind": group.kind, "year_group": group.year_group} for group in found]
    return {"groups": [{name: value for name, value in group.items() if value is not None} for group in plain]}


def _ref(given: str) -> str:
    """What may be looked up; anything else is nobody's name."""
    return given if given.isascii() and given.isprintable() and len(given) <= LONGEST_REF else ""


def _plain(school: AgreedSchool) -> dict[str, Any]:
    """What the school ticked of itself, under the names of the claims; and what it ticked of its people, so that nobody has to try."""
    values = {
        "brin": ("school_brin", school.brin),
        "location": ("school_location", school.brin + school.location if school.brin and school.location else None),
        "school_name": ("school_name", school.name),
        "instelling_ref": ("instelling_ref", school.instelling_ref),
    }
    told = {claim: value for field, (claim, value) in values.items() if field in school.fields and value is not None}
    ticked = [field.claim for field in catalogue.CATALOGUE if field.claim and field.name in school.fields]
    return {**told, "claims": ticked}


ROUTES = [
    Route(addresses.DATA_SCHOOLS, schools, methods=["GET"]),
    Route(addresses.DATA_GROUPS, groups, methods=["GET"]),
]
