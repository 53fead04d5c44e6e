"""What stories about passkeys do: a device at a page that asks for one."""

import html
import json
import re

from mfa import ceremony, challenges, passkeys
from tests.authenticator import Passkey
from tests.browser import Browser, Page, forms_of
from tests.house import BASE, House

PLACE = ceremony.Place("inloggen.example", BASE)


def asked_on(page: Page, what: str = "prove") -> str:
    """What a page asks the browser for, as the script reads it."""
    found = re.search(rf'data-passkey="{what}" data-asked="([^"]*)"', page.text)
    assert found is not None, f"no passkey asked on {page.title!r} ({page.status})"
    return html.unescape(found.group(1))


def offers_passkey(page: Page) -> bool:
    return "data-asked=" in page.text


async def give(browser: Browser, page: Page, told: str, **more: str) -> Page:
    """The form that the script sends."""
    form = next(form for form in forms_of(page.text) if "passkey" in form.hidden)
    return await browser.post(form.action, {**form.hidden, "passkey": told, **more})


async def has_passkey(house: House, name: str, passkey: Passkey | None = None) -> Passkey:
    """A passkey of somebody, kept as the product keeps it."""
    made = passkey or Passkey(BASE)
    floor, person_id = house.floor, house.people[name]
    async with floor.database.begin() as db:
        handle = await passkeys.handle_of(db, person_id)
        challenge = challenges.issue(floor.keyring, "test", now=floor.now)
        asked = ceremony.to_make(PLACE, challenge, handle=handle, account=name, called=name, known=())
        told = made.make(json.dumps(asked))
        new = ceremony.verify_new(PLACE, told, ceremony.read(told))
        kept = await passkeys.keep(db, person_id, new, handle=handle, name="Laptop", now=floor.now)
        assert kept is not None
    return made
