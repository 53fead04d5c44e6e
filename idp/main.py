"""The application: builds its resources once and mounts every router in one list.

On the embedded default it also does the background work, as a task beside the requests; on a database server `idp worker` does (`idp.jobs`).
"""

import asyncio
import contextlib
import functools
import gc
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.fields import FieldSets
from idp.core import floor, log
from idp.core.clock import Clock, utc_now
from idp.core.db import Database
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.core.store import MonotonicClock
from idp.credentials.passwords import Hasher
from idp.http import health, pages, problems
from idp.http.doors import Doors
from idp.http.headers import SecurityHeaders
from idp.http.later import Later
from idp.http.measures import Measures
from idp.http.resources import Resources
from idp.jobs import loop
from idp.jobs.shift import Shift
from idp.signin.attempts import Attempt
from idp.signin.logout import Exit, Wires, guarded
from idp.signin.network_sessions import NetworkSession
from idp.signin.question import ON_TO_A_TARGET, Visitor
from idp.support.announcements import KnownAnnouncements
from idp.web import (
    account,
    again,
    chosen_password,
    device,
    factors,
    forgotten,
    front,
    home_door,
    logos,
    mailed,
    own_account,
    own_school,
    parent_password,
    shortcut,
    signin,
    support,
)
from idp.web.pictures import TILE_PICTURES
from metadata import keys
from metadata.decryption_keys import KnownOpeners
from metadata.keys import KnownKeys
from metadata.oidc.issuers import KnownIssuers
from metadata.parties import KnownParties
from metadata.upstreams import KnownUpstream, KnownUpstreams
from protocols.oidc.op import addresses, authorize, data, discovery, logout, lookups, pushing, token, userinfo
from protocols.oidc.op import target as oidc_target
from protocols.saml.idp import document
from protocols.saml.idp.addresses import SLO, SSO


async def _saml_sso(request: Request) -> Response:
    """Sign-ins over SAML, with the reader of XML that a process loads at the first one."""
    from protocols.saml.idp import sso

    return await sso.sso(request)


async def _saml_back(request: Request) -> Response:
    """Back from the pages to the party that asked over SAML."""
    from protocols.saml.idp import sso

    return await sso.resume(request)


async def _saml_target(request: Request) -> Response:
    """On to the learning material of a party over SAML."""
    from protocols.saml.idp import target

    return await target.resume(request)


# Plain routes: what every sign-in passes, without a framework's dependency machinery (ADR 0004).
ROUTES: list[Route] = [
    *authorize.ROUTES,
    *pushing.ROUTES,
    *token.ROUTES,
    *lookups.ROUTES,
    *userinfo.ROUTES,
    *data.ROUTES,
    *discovery.ROUTES,
    *logout.ROUTES,
    *oidc_target.ROUTES,
    Route(SSO, _saml_sso, methods=["GET", "POST"]),
    Route(SSO + "/{attempt}", _saml_back),
    Route(ON_TO_A_TARGET["saml"] + "/{attempt}", _saml_target),
    *document.ROUTES,
    *forgotten.ROUTES,
    *signin.ROUTES,
    *shortcut.ROUTES,
    *account.ROUTES,
    *factors.ROUTES,
    *again.ROUTES,
    *mailed.ROUTES,
    *chosen_password.ROUTES,
    *parent_password.ROUTES,
    *home_door.ROUTES,
    *own_account.ROUTES,
    *own_school.ROUTES,
    *device.ROUTES,
    *front.ROUTES,
    *logos.ROUTES,
    *support.ROUTES,
    *health.ROUTES,
]


def _desk() -> list[Route]:
    """The coordinators' desk, which a process loads when a coordinator comes."""
    from idp.web.desk import rooms

    return rooms.ROUTES


def _classroom() -> list[Route]:
    """The teachers' rooms, which a process loads when a teacher comes."""
    from idp.web.classroom import rooms

    return rooms.ROUTES


def _board() -> list[Route]:
    """The pages of a board, which a process loads when somebody of one comes."""
    from idp.web.board import rooms

    return rooms.ROUTES


def _party() -> list[Route]:
    """The test environment, which a process loads when a party's contact comes."""
    from idp.web.party import rooms

    return rooms.ROUTES


def _onboarding() -> list[Route]:
    """The pages by which a school comes to us, which a process loads when somebody applies."""
    from idp.web.onboarding import rooms

    return rooms.ROUTES


def _helpdesk() -> list[Route]:
    """The helpdesk's pages, which a process loads when somebody of the platform comes."""
    from idp.web.helpdesk import rooms

    return rooms.ROUTES


def _networks() -> list[Route]:
    """The roads to network providers and back, which a process loads when somebody comes by one."""
    from protocols.oidc.rp import callback
    from protocols.oidc.rp import leaving as oidc_exit
    from protocols.oidc.rp import logout as told_of_logout
    from protocols.oidc.rp import road as oidc_road
    from protocols.saml.sp import acs, own_metadata
    from protocols.saml.sp import slo as saml_slo

    return [
        *acs.ROUTES,
        *saml_slo.ROUTES,
        *told_of_logout.ROUTES,
        *own_metadata.ROUTES,
        *callback.ROUTES,
        *oidc_exit.ROUTES,
        *oidc_road.ROUTES,
    ]


def _single_logout() -> list[Route]:
    """SAML's single logout, which a process loads at the first one."""
    from protocols.saml.idp import slo

    return slo.ROUTES


def every_route() -> list[Route]:
    """What there is to ask for, with all that is loaded later."""
    return [
        *ROUTES,
        *_desk(),
        *_classroom(),
        *_board(),
        *_party(),
        *_helpdesk(),
        *_onboarding(),
        *_networks(),
        *_single_logout(),
    ]


def _wires() -> Wires:
    """How parties hear of a logout, which a process loads at the first one."""
    from idp.jobs.logouts import WIRES

    return WIRES


async def _roads(
    resources: Resources, visitor: Visitor, attempt: Attempt, upstream: KnownUpstream
) -> tuple[Attempt, Response]:
    """How somebody is sent to the network provider that he goes by; loaded when somebody does."""
    from protocols.oidc.rp import road as oidc_road
    from protocols.saml.sp import road as saml_road

    if upstream.saml is not None:
        return await saml_road.ask(resources, visitor, attempt, upstream, upstream.saml)
    assert upstream.oidc is not None  # noqa: S101 - a provider has one of the two
    return await oidc_road.ask(resources, visitor, attempt, upstream, upstream.oidc)


async def _exits(resources: Resources, at: NetworkSession) -> Exit:
    """How somebody leaves the network provider by which he came; loaded when somebody does."""
    from protocols.oidc.rp import leaving as oidc_exit
    from protocols.saml.sp import leaving as saml_exit

    upstream = await resources.upstreams.by_id(at.upstream_id)
    if upstream is None:
        return Exit()
    if upstream.saml is not None:
        return await saml_exit.exit_by(resources, upstream, at)
    return await oidc_exit.exit_by(resources, upstream, at)


async def gather(base: Floor) -> Resources:
    """Everything a request may use, on a floor that is laid."""
    signing = await keys.load(base.database, base.keyring, now=base.now)
    return Resources(
        floor=base,
        hasher=Hasher(base.settings),
        keys=KnownKeys(base.database, base.keyring, signing, now=base.now),
        parties=KnownParties(base.database.hot),
        field_sets=FieldSets(base.database),
        pages=pages.shared(),
        announcements=KnownAnnouncements(base.database),
        upstreams=KnownUpstreams(base.database.hot, base.keyring),
        openers=KnownOpeners(base.database.hot, base.keyring),
        issuers=KnownIssuers(loopback_allowed=base.settings.loopback),
        wires=_wires,
        roads=_roads,
        finishes={addresses.AUTHORIZE: authorize.finish, oidc_target.PLACE: oidc_target.finish},
        exits=_exits,
        post=guarded(loopback_allowed=base.settings.loopback),
    )


async def _ended(background: asyncio.Future[None] | None) -> None:
    if background is not None:
        background.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await background


async def _show_measures(app: Doors, settings: Settings) -> AsyncExitStack:
    """Shows the counters where that is asked for, until it is closed."""
    open_while = AsyncExitStack()
    if settings.metrics_address is not None:
        from idp.http import metrics_port

        await open_while.enter_async_context(metrics_port.shown(app.measures, settings.metrics_address))
    return open_while


@functools.cache
def _settle_memory() -> None:
    """What was loaded at start stays for good: the collector need not walk through it again and again (a third of a page's time at its worst).

    Once a process: what a second application left behind must not stay.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def create_app(
    settings: Settings | None = None,
    *,
    workers: int = 1,
    clock: Clock = utc_now,
    seconds: MonotonicClock = time.monotonic,
    database: Database | None = None,
    background: Callable[[Shift], Awaitable[None]] = loop.run_forever,
) -> Doors:
    """The application for these settings (the environment's by default); it connects when it starts, unless `database` is open already.

    `seconds` measures lifetimes in the embedded store. `background` is what an embedded installation does beside serving, until it is cancelled.
    Raises `Misconfigured` at start.
    """
    chosen = settings or Settings()
    log.set_up()
    pages.shared()  # read before the first request

    @asynccontextmanager
    async def lifespan(app: Doors) -> AsyncIterator[None]:
        resources = await gather(
            await floor.lay(chosen, workers=workers, clock=clock, seconds=seconds, database=database)
        )
        app.state.resources = resources
        if chosen.smtp_url is None:
            logging.getLogger("poortwachter").warning("no IDP_SMTP_URL: mails are kept and wait")
        _settle_memory()
        shift = Shift(resources.floor, TILE_PICTURES)
        shown = await _show_measures(app, chosen)
        beside = asyncio.ensure_future(background(shift)) if chosen.embedded else None
        try:
            yield
        finally:
            await _ended(beside)
            await shown.aclose()
            await resources.close()

    # No redirect to an address with one slash more or less: the framework would build it from the Host header (C-303).
    framework = {"docs_url": None, "redoc_url": None, "openapi_url": None, "redirect_slashes": False}
    app = Doors(doors=ROUTES, measures=Measures(started=clock().timestamp()), lifespan=lifespan, **framework)
    later = (
        Later("/desk", _desk, app.loaded),
        Later("/classroom", _classroom, app.loaded),
        Later("/board", _board, app.loaded),
        Later("/party", _party, app.loaded),
        Later("/nieuwe-school", _onboarding, app.loaded),
        Later("/helpdesk", _helpdesk, app.loaded),
        Later("/network", _networks, app.loaded),
        Later(SLO, _single_logout, app.loaded),
    )
    app.router.routes.extend(later)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(Problem, problems.on_problem)
    app.add_exception_handler(HTTPException, problems.on_http_exception)
    app.add_exception_handler(Exception, problems.on_crash)
    logging.getLogger("poortwachter").info("started", extra={"base_url": chosen.base_url, "embedded": chosen.embedded})
    return app
