"""A small browser for journeys over HTTP: cookies as browsers keep them, forms as pages show them, redirects one by one.

It knows sites: a cross-site POST leaves Lax cookies behind, which is how the product is met in the world (D25).
"""

import html
import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2 as httpx

from tests.knocking import Knocker

BASE = "https://inloggen.example"
"""Where the product is, in tests."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: hidden fields are filled in, the rest is what a person can choose."""

    action: str
    hidden: dict[str, str]
    choices: dict[str, list[str]]


_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
_CONTROL = re.compile(r"<(?:input|button)\b([^>]*)>", re.S)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')

_BEHIND = re.compile(r"<section[^>]* hidden data-behind=.*?</section>", re.S)


def forms_of(text: str) -> list[Form]:
    """Every form of a page."""
    found = []
    for opening, inside in _FORM.findall(text):
        hidden: dict[str, str] = {}
        choices: dict[str, list[str]] = {}
        for control in _CONTROL.findall(inside):
            attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(control)}
            if "name" not in attributes:
                continue
            if attributes.get("type") == "hidden":
                hidden[attributes["name"]] = attributes.get("value", "")
            else:
                choices.setdefault(attributes["name"], []).append(attributes.get("value", ""))
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(opening)}
        found.append(Form(attributes.get("action", ""), hidden, choices))
    return found


@dataclass
class Page:
    """One response."""

    response: httpx.Response
    url: str

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """The source, without the places where a long address may break, and without what a script alone opens."""
        return _BEHIND.sub("", self.response.text).replace("<wbr>", "").replace('<span class="domain">', "")

    @property
    def location(self) -> str | None:
        """Where a redirect leads, absolute."""
        target = self.response.headers.get("location")
        return urljoin(self.url, target) if target is not None else None

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the redirect's target."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location or "").query).items()}

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.text, re.S)
        return html.unescape(found.group(1)).strip() if found else ""

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.S)
        return html.unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""

    @property
    def doors(self) -> dict[str, dict[str, str]]:
        """Where each link of a sign-in leads: the ways in by their names, groups, schools and children by their numbers, the way back by what it
        asks again."""
        doors: dict[str, dict[str, str]] = {}
        for address, door in re.findall(
            r'<a class="(?:door|button(?: button-(?:quiet|main|big))*|tile(?: tile-(?:word|school))?)" href="(/signin/[^"/]+/([^"/]+))"',
            self.text,
        ):
            name, _, number = door.rpartition("-")
            kind, value = BACK.get(door) or (name.rpartition("-")[2] or "way", number)
            kind = "school" if kind == "at" else kind
            doors.setdefault(kind, {})[value] = address
        return doors

    def form(self, name: str) -> Form:
        """The form that offers a control with this name."""
        for form in forms_of(self.text):
            if name in form.choices:
                return form
        raise AssertionError(f"no form with {name!r} on {self.title!r} ({self.status} at {urlsplit(self.url).path})")

    def offers(self, name: str) -> list[str]:
        """The values of a control, in the page's order; empty when the page has no such control. The ways in are controls too, and groups."""
        found = next((form.choices[name] for form in forms_of(self.text) if name in form.choices), [])
        return list(self.doors.get(name, found))


BACK = {
    "ways": ("back", "way"),
    "schools": ("back", "school"),
    "groups": ("back", "group"),
    "tiles": ("back", "child"),
    "card": ("instead", "card"),
    "same": ("who", "same"),
    "other": ("who", "other"),
}
"""Links that ask again what was answered, by the last part of their address."""


@dataclass
class Browser:
    """One browser at one network address. `cookies` maps name to (value, SameSite)."""

    client: httpx.AsyncClient
    base: str
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)
    language: str = "nl"
    knocker: Knocker | None = None

    async def request(
        self, method: str, url: str, *, data: dict[str, str] | None = None, cross_site: bool = False, **more: str
    ) -> Page:
        """One request, no redirect followed."""
        target = urljoin(self.base, url)
        lax = method == "GET" or not cross_site
        sent = {name: value for name, (value, same_site) in self.cookies.items() if lax or same_site == "None"}
        headers = {"Accept": "text/html", "Accept-Language": self.language, **more}
        if sent:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sent.items())
        content = urlencode(data).encode() if data is not None else None
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = await self._ask(method, target, headers, content)
        for cookie in response.headers.get_list("set-cookie"):
            self._keep(cookie)
        return Page(response, target)

    async def _ask(self, method: str, target: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
        """By the short way where nobody listens in; the client knows of each cookie all the same."""
        if self.knocker is not None and not any(self.client.event_hooks.values()):
            response = await self.knocker.knock(method, self.base, target, {**self.client.headers, **headers}, content)
            if response is not None:
                if "set-cookie" in response.headers:
                    response.request = httpx.Request(method, target)
                    self.client.cookies.extract_cookies(response)
                return response
        return await self.client.request(method, target, headers=headers, content=content)

    def _keep(self, cookie: str) -> None:
        pair, *attributes = (part.strip() for part in cookie.split(";"))
        name, _, value = pair.partition("=")
        given = {key.lower(): text for key, _, text in (part.partition("=") for part in attributes)}
        assert not name.startswith("__Host-") or (
            "secure" in given and given.get("path") == "/" and "domain" not in given
        )
        if given.get("max-age") == "0":
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = (value, given.get("samesite", "Lax"))

    async def follow(self, page: Page) -> Page:
        """Follows redirects as long as they stay with us."""
        for _ in range(10):
            if page.status not in {302, 303} or not (page.location or "").startswith(self.base):
                return page
            page = await self.request("GET", page.location or "")
        raise AssertionError("too many redirects")

    async def get(self, url: str) -> Page:
        """A page, redirects within our own site followed."""
        return await self.follow(await self.request("GET", url))

    async def post(self, url: str, data: dict[str, str], *, cross_site: bool = False) -> Page:
        """A form sent, redirects within our own site followed."""
        return await self.follow(await self.request("POST", url, data=data, cross_site=cross_site))

    async def choose(self, page: Page, name: str, value: str, **more: str) -> Page:
        """Fills in (or presses) one control of a page and sends its form; or goes in by the door of that name."""
        known = page.doors.get(name, {})
        if value in known or (known and name != "back"):
            return await self.get(known.get(value) or f"{next(iter(known.values())).rpartition('-')[0]}-{value}")
        form = page.form(name)
        return await self.post(form.action, {**form.hidden, name: value, **more})

    def drop(self, name: str) -> Self:
        """Forgets one cookie."""
        self.cookies.pop(name, None)
        return self
