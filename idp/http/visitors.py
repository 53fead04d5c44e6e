"""Who stands at the door: the one module that reads the session cookie."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from directory import devices
from idp.core import ids
from idp.core.crypto import Keyring, same
from idp.core.errors import Unavailable
from idp.core.floor import Floor
from idp.http import client, cookies
from idp.http.language import language_of
from idp.signin import sessions
from idp.signin.question import Visitor
from idp.signin.sessions import Session


async def visitor_of(request: Request, floor: Floor) -> Visitor:
    """The visitor of a request, with the session if there is one. Raises `Unavailable`: without the store nobody is let in (D26)."""
    jar = cookies.read(request.headers.get("cookie"))
    session = None
    if cookie := jar.get(cookies.SESSION):
        session = await sessions.find(floor.store, floor.keyring, cookie, now=int(floor.now.timestamp()))
    browser = jar.get(cookies.BROWSER, "")
    return Visitor(
        session=session,
        browser=browser_key(floor.keyring, browser) if browser else None,
        address=client.address_of(request, floor.settings.trusted_proxies),
        lang=language_of(request, jar),
        binding=browser,
        device=devices.hashed(floor.keyring, token) if (token := jar.get(cookies.ENROLLED)) else None,
        by_card=cookies.BY_CARD in jar,
        group_id=_number(jar.get(cookies.GROUP, "")),
        upstream_id=_number(jar.get(cookies.NETWORK, "")),
        agent=request.headers.get("user-agent", ""),
    )


def carries_session(request: Request) -> bool:
    """Whether the browser sent a session cookie at all: a cross-site POST does not (D25)."""
    return cookies.SESSION in cookies.read(request.headers.get("cookie"))


@dataclass(frozen=True, slots=True)
class Binding:
    """The browser's binding: its keyed hash, and the cookie to set when the browser had none yet."""

    key: bytes
    cookie: str | None

    def attach(self, response: Response) -> Response:
        """Sets the cookie, if one is due."""
        if self.cookie is not None:
            response.headers.append("set-cookie", cookies.written(cookies.BROWSER, self.cookie, same_site="None"))
        return response


def bind(visitor: Visitor, keyring: Keyring) -> Binding:
    """The binding of this browser, made if it has none."""
    if visitor.browser is not None:
        return Binding(visitor.browser, None)
    made = ids.token()
    return Binding(browser_key(keyring, made), made)


def attach_session(response: Response, cookie: str | None) -> Response:
    """Sets the session cookie, if there is a new one."""
    if cookie is not None:
        response.headers.append("set-cookie", cookies.written(cookies.SESSION, cookie))
    return response


def go_on(place: str, moved: tuple[Session, str] | None) -> Response:
    """The way to a page of our own with a session that moved on (`sessions.move_on`); to the front door without one that ended meanwhile."""
    response = RedirectResponse(place if moved else "/", status_code=303)
    return attach_session(response, moved[1] if moved else None)


def forget_session(response: Response) -> Response:
    """Takes the session's cookie away."""
    response.headers.append("set-cookie", cookies.gone(cookies.SESSION))
    return response


def enrol_device(response: Response, token: str) -> None:
    """Makes this browser the school's device that has the token, for as long as browsers keep anything."""
    response.headers.append("set-cookie", cookies.written(cookies.ENROLLED, token, max_age=cookies.LONGEST))


def keep_enrolled(response: Response, request: Request, visitor: Visitor) -> None:
    """Begins the life of an enrolled device's cookie anew, where there is one: a device in use is never forgotten by its browser."""
    if visitor.device is not None:
        enrol_device(response, cookies.read(request.headers.get("cookie"))[cookies.ENROLLED])


Of = Literal["staff", "parent"]
"""Whose account proved itself on a device. One address may have one of each (D15)."""
_DEVICE: Final[dict[Of, str]] = {"staff": cookies.DEVICE, "parent": cookies.PARENTS_DEVICE}


def device_of(request: Request, keyring: Keyring, email: str, *, of: Of = "staff") -> str | None:
    """The name of this browser as a device on which the account with this address proved itself before, else None (D2)."""
    name, _, mark = cookies.read(request.headers.get("cookie")).get(_DEVICE[of], "").partition(".")
    return f"device {name}" if name and same(mark, _device_mark(keyring, of, name, email)) else None


def remember_device(response: Response, keyring: Keyring, email: str, *, of: Of = "staff") -> None:
    """Marks this browser as one on which the account proved itself."""
    name = ids.short_id()
    value = f"{name}.{_device_mark(keyring, of, name, email)}"
    response.headers.append(
        "set-cookie", cookies.written(_DEVICE[of], value, same_site="Strict", max_age=cookies.HALF_A_YEAR)
    )


def remember_email(response: Response, email: str | None) -> None:
    """Keeps the user name for the next time, or forgets the one that was kept (R97)."""
    kept = cookies.written(cookies.EMAIL, quote(email), max_age=cookies.HALF_A_YEAR) if email else None
    response.headers.append("set-cookie", kept or cookies.gone(cookies.EMAIL))


def remembered_email(request: Request) -> str:
    """The kept user name, or nothing."""
    return unquote(cookies.read(request.headers.get("cookie")).get(cookies.EMAIL, ""), errors="ignore")[:254]


def remember_card(response: Response, visitor: Visitor, *, by_card: bool) -> None:
    """The next child of this device is asked for its card first, or for its group, as this one was."""
    if by_card != visitor.by_card:
        kept = cookies.written(cookies.BY_CARD, "1", max_age=cookies.HALF_A_YEAR) if by_card else None
        response.headers.append("set-cookie", kept or cookies.gone(cookies.BY_CARD))


def remember_group(response: Response, visitor: Visitor, group_id: int) -> None:
    """The next child of this device begins at the tiles of that group."""
    if group_id != visitor.group_id:
        kept = cookies.written(cookies.GROUP, str(group_id), max_age=cookies.HALF_A_YEAR)
        response.headers.append("set-cookie", kept)


def remember_network(response: Response, visitor: Visitor, upstream_id: int) -> None:
    """Who stands here next is offered that network provider as a way in."""
    if upstream_id != visitor.upstream_id:
        kept = cookies.written(cookies.NETWORK, str(upstream_id), max_age=cookies.HALF_A_YEAR)
        response.headers.append("set-cookie", kept)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _device_mark(keyring: Keyring, of: Of, name: str, email: str) -> str:
    return keyring.mac("token", "device", of, name, email).hex()[:32]


def browser_key(keyring: Keyring, cookie: str) -> bytes:
    """What is kept of the cookie that binds attempts to a browser."""
    return keyring.mac("token", "browser", cookie)


async def lenient_visitor_of(request: Request, floor: Floor) -> Visitor:
    """Like `visitor_of`, but nobody is signed in when the store is away: only for pages that decide nothing."""
    try:
        return await visitor_of(request, floor)
    except Unavailable:
        jar = cookies.read(request.headers.get("cookie"))
        address = client.address_of(request, floor.settings.trusted_proxies)
        known = jar.get(cookies.BROWSER)
        browser = browser_key(floor.keyring, known) if known else None
        return Visitor(session=None, browser=browser, address=address, lang=language_of(request, jar))
