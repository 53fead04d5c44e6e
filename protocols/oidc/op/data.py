"""Data for a party's server: the schools that agreed to it at this moment and their groups (R34, R70), with nobody in particular in it; and for a
network provider the pupils whom it may name to us (D35), recorded as they leave."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent import data, pupil_lists
from consent.data import AgreedSchool, Caller
from consent.pupil_lists import Page
from consent.pupil_rows import Pupil
from idp.http.resources import Resources, resources_of
from idp.signin.flow import today
from metadata.oidc.clients import Client
from protocols import subjects
from protocols.attributes import catalogue
from protocols.attributes.catalogue import GROUPS_SCOPE, PUPIL_SCOPES, PUPILS_SCOPE, SCHOOLS_SCOPE
from protocols.attributes.outgoing import ReleasedPerson, to_claims
from protocols.oidc.op import addresses, bearers, codes, data_access
from protocols.oidc.op.bearers import NotAllowed
from protocols.oidc.op.codes import DataToken

HEADERS: Final = {"Cache-Control": "no-store"}
MOST: Final = 500
"""Schools in one answer."""
LONGEST_REF: Final = 64


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a client that may ask. `scope` is what is left of its token's scope."""

    resources: Resources
    request: Request
    client: Client
    caller: Caller
    scope: tuple[str, ...]


Work = Callable[[Call], Awaitable[Any]]


async def schools(request: Request) -> Response:
    """GET only: the schools that agreed, some at a time; `next` is the address of those that follow."""
    return await _answered(request, SCHOOLS_SCOPE, _schools)


async def groups(request: Request) -> Response:
    """GET only: the groups of one school that agreed, of this school year."""
    return await _answered(request, GROUPS_SCOPE, _groups)


async def pupils(request: Request) -> Response:
    """GET only: what changed behind `after` in the list of one school's pupils, some at a time; all of it without `after`."""
    return await _answered(request, PUPILS_SCOPE, _pupils)


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
        allowed = data_access.scope_of(client, token) if client is not None else ()
        if client is not None and scope in allowed:
            caller = Caller(client.id, client.version, client.party_id, token.id, client.fields)
            found = await work(Call(resources, request, client, caller, allowed))
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


async def _pupils(call: Call) -> dict[str, Any] | None:
    floor, client, sets = call.resources.floor, call.client, call.resources.field_sets
    ref, after = _ref(call.request.path_params["instelling_ref"]), _ref(call.request.query_params.get("after", ""))
    asked = client.fields & catalogue.asked_by_scopes(PUPIL_SCOPES.keys() & call.scope)

    def name_of(seed: bytes) -> str:
        return subjects.pairwise(floor.keyring, sector=client.sector, seed=seed)

    now = floor.now
    found = await pupil_lists.page(
        floor.database, sets, floor.keyring, call.caller, ref, asked, name_of, after=after, now=now, today=today(now)
    )
    if found is None:
        return None
    if not isinstance(found, Page):
        # A school that did not agree and one that does not exist look alike.
        return {"pupils": [], "gone": [], "whole": True}
    answer: dict[str, Any] = {"pupils": [_claims(name, one, found) for name, one in found.pupils]}
    answer |= {"gone": list(found.gone), "whole": found.whole, "marker": str(found.marker)}
    if found.more:
        here = addresses.DATA_PUPILS.format(instelling_ref=ref)
        answer["next"] = f"{floor.settings.base_url}{here}?{urlencode({'after': answer['marker']})}"
    return answer


def _claims(name: str, pupil: Pupil, found: Page) -> dict[str, Any]:
    """Under the names of the claims, by the one gate that everything about a person goes through."""
    released = ReleasedPerson(
        kind="pupil",
        subject=name,
        allowed=found.fields - {data.NEEDED},
        first_name=pupil.first_name,
        prefix=pupil.prefix,
        surname=pupil.surname,
        groups=(pupil.group,) if pupil.group else (),
        year_group=pupil.year_group,
        eckid=pupil.eckid,
    )
    return to_claims(released)


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
    Route(addresses.DATA_PUPILS, pupils, methods=["GET"]),
]
