"""A person in front of a browser: reads the guide, clicks what it says, and looks at every page on the way with axe's eyes."""

from dataclasses import dataclass, field
from typing import Any

import pyotp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from idp.core import clock
from idp.demo.sites import Sites
from tests.e2e.chromium import complaints
from tests.web.by_axe import BY_COLOUR, BY_CONTENT, SERIOUS

ON_THE_WAY = 30_000
"""Milliseconds: nobody waits as long, but on a machine that does five other things a browser may take its time to start."""

expect.set_options(timeout=ON_THE_WAY)

_GIVEN: dict[str, int] = {}
"""The step of the last code given, by secret: the walks of a run share one demonstration."""


@dataclass(frozen=True)
class Pupil:
    """A child as the guide shows it; a PIN, or the names of pictures; `home` is its login code for home."""

    name: str
    group: str
    pictures: list[str]
    pin: str
    home: str


@dataclass(frozen=True)
class Colleague:
    """A member of staff as the guide shows it."""

    email: str
    password: str
    role: str
    totp_secret: str


_PUPILS = """all => all.map(card => ({
  name: card.querySelector("strong").textContent,
  group: card.querySelector(".demo-name small").textContent.split(", ").pop(),
  pictures: [...card.querySelectorAll(".demo-picture small")].map(e => e.textContent),
  pin: card.querySelector("code")?.textContent ?? "",
  home: card.querySelector(".demo-code").textContent,
}))"""
_STAFF = """all => all.map(card => {
  const said = [...card.querySelectorAll("code")].map(e => e.textContent);
  const role = card.querySelector(".demo-name small").textContent;
  return {email: said[0], password: said[1], role, totp_secret: (said[2] ?? "").replaceAll(" ", "")};
})"""


@dataclass
class Walk:
    """One browser with a clean slate. `complaints` are what the browser or axe had against a page."""

    page: Page
    sites: Sites
    seen: set[str]
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, page: Page, sites: Sites, seen: set[str]) -> "Walk":
        """`seen` are the pages that axe has judged already in this run, by title and width."""
        walk = cls(page, sites, seen)
        page.on("console", lambda message: walk.complaints.extend(complaints(message.text)))
        page.on("pageerror", lambda error: walk.complaints.append(str(error)))
        page.set_default_timeout(ON_THE_WAY)
        return walk

    async def look(self, heading: str) -> None:
        """Waits for the page with this heading and has axe look at it."""
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading, timeout=ON_THE_WAY)
        known = f"{await self.page.title()} {self.page.viewport_size}"
        if known in self.seen:
            return
        self.seen.add(known)
        await self.page.evaluate(Axe().axe_script)
        for question in (BY_CONTENT, BY_COLOUR):
            found = (await self.page.evaluate(question))["violations"]
            self.complaints += [f"{heading}: {v['id']}" for v in found if v["impact"] in SERIOUS]

    def expect_refusals(self) -> None:
        """Forgets what the browser itself writes down of pages that are refusals."""
        self.complaints = [told for told in self.complaints if "Failed to load resource" not in told]

    async def press(self, name: str) -> None:
        """Presses the one button or follows the one link with this name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        await button.or_(self.page.get_by_role("link", name=name, exact=True)).click()

    async def pupils(self) -> list[Pupil]:
        """The children of the guide."""
        await self.page.goto(self.sites.idp)
        found: list[dict[str, Any]] = await self.page.eval_on_selector_all(".demo-pupil", _PUPILS)
        return [Pupil(**child) for child in found]

    async def staff(self) -> list[Colleague]:
        """The staff of the guide."""
        await self.page.goto(self.sites.idp)
        found: list[dict[str, Any]] = await self.page.eval_on_selector_all(".demo-staff", _STAFF)
        return [Colleague(**person) for person in found]

    async def choose(self, child: Pupil) -> None:
        """From the groups to the page that asks for the secret."""
        await self.look("In welke groep zit je?")
        await self.press(child.group)
        await self.look("Wie ben jij?")
        await self.press(child.name)

    async def tap(self, child: Pupil) -> None:
        """Taps the three pictures."""
        await self.look("Tik op jouw drie plaatjes")
        for picture in child.pictures:
            await self.press(picture)

    async def give_pin(self, child: Pupil) -> None:
        """Taps the PIN on the keypad; it leaves with the fourth digit."""
        await self.look("Wat is jouw pincode?")
        for digit in child.pin:
            await self.press(digit)

    async def give_password(self, person: Colleague) -> None:
        """From the groups of the school to whatever follows the password."""
        await self.look("In welke groep zit je?")
        await self.press("Anders inloggen")
        await self.look("Wie staat er voor de poort?")
        await self.page.get_by_role("link", name="Medewerker").click()
        await self.look("Inloggen als medewerker")
        await self.page.get_by_label("E-mailadres").fill(person.email)
        await self.page.get_by_label("Wachtwoord", exact=True).fill(person.password)
        await self.press("Inloggen")

    async def give_code(self, secret: str, button: str) -> None:
        """Types the code that an authenticator app shows now; the next one, where this one was given a moment ago (a code works once)."""
        app = pyotp.TOTP(secret)
        step = max(app.timecode(clock.utc_now()), _GIVEN.get(secret, 0) + 1)
        _GIVEN[secret] = step
        await self.page.get_by_label("Code uit de app").fill(app.generate_otp(step))
        await self.press(button)

    async def mail(self, recipient: str, subject: str = "") -> Locator:
        """In the mailbox: the mails to this address about this, as soon as there is one. Until then nothing is drawn anew."""
        for _ in range(40):
            _, *letters = (await (await self.page.request.get(self.sites.mailbox)).text()).split("<article")
            if any(recipient in letter and subject in letter for letter in letters):
                break
            await self.page.wait_for_timeout(250)
        await self.page.goto(self.sites.mailbox)
        about = self.page.get_by_role("heading", name=subject) if subject else self.page.get_by_role("heading")
        return self.page.locator("article", has_text=recipient).filter(has=about)

    async def received(self) -> dict[str, str]:
        """What the publisher's page says it got: value by the protocol's name."""
        rows = "all => all.map(row => [row.querySelector('code').textContent, row.querySelector('td').textContent])"
        return dict(await self.page.eval_on_selector_all("tbody tr", rows))
