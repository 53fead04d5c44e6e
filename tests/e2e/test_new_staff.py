"""From an invitation to an account of one's own, by the keyboard, with and without scripts; then the password is forgotten (R16, R85, C-314)."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.demo import Demo
from tests.e2e.walk import Walk

FIRST, SECOND = "Vlinder-onder-de-tafel-3", "Zeven-kikkers-op-een-dak"
THIRD = "Regen op het zolderraam 12"


class Judged(set[str]):
    """Every page: axe is a script itself."""

    def __contains__(self, title: object) -> bool:
        return True


@pytest.mark.parametrize(("script", "width"), [("on", 1440), ("off", 390)])
async def test_invited_activated_forgotten_and_signed_in_again(
    begin: Begin, demo: Demo, script: str, width: int
) -> None:
    email = f"lies.{script}@luchtspiegel.example"
    person = ("--email", email, "--first-name", "Lies", "--surname", "Kok", "--role", "support")
    await demo.idp("staff", "invite", "--school", "99LS", *person, "--until", "2027-07-30")
    walk = await begin(width, 900, script=script)
    if script == "off":
        walk.seen = Judged()
    await walk.page.goto(await _link(walk, email, "Uitnodiging van"))
    await walk.look("Werkt u bij")
    await walk.press("Ja, dat klopt")
    await walk.look("Kies een wachtwoord")
    assert "token" not in walk.page.url
    await walk.page.get_by_text("Gebruikersovereenkomst (versie").click()
    await expect(walk.page.get_by_role("heading", name="Gegevens van leerlingen")).to_be_visible()
    await walk.page.get_by_label("Ik heb de gebruikersovereenkomst gelezen").press("Space")
    await _types(walk, FIRST)
    await walk.look("Uw wachtwoord is opgeslagen")
    await walk.press("Inloggen")
    await _signs_in(walk, email, FIRST)
    await _changes_password(walk, SECOND, email)
    await walk.page.context.clear_cookies()
    await _forgets(walk, email)
    await _types(walk, THIRD)
    await walk.look("Uw nieuwe wachtwoord werkt")
    await walk.press("Inloggen")
    await _signs_in(walk, email, THIRD)


async def _types(walk: Walk, password: str) -> None:
    field = walk.page.get_by_label("Nieuw wachtwoord", exact=True)
    await field.fill(password)
    await field.press("Enter")


async def _signs_in(walk: Walk, email: str, password: str) -> None:
    await walk.look("Inloggen als medewerker")
    await walk.page.get_by_label("E-mailadres").fill(email)
    field = walk.page.get_by_label("Wachtwoord", exact=True)
    await field.fill(password)
    await field.press("Enter")
    await walk.look("Dag Lies")


async def _changes_password(walk: Walk, password: str, email: str) -> None:
    await walk.press("Wachtwoord veranderen")
    await walk.look("Wachtwoord veranderen")
    await _types(walk, "welkom2026")
    await expect(walk.page.get_by_role("alert")).to_contain_text("te makkelijk te raden")
    await _types(walk, f"{password} 4")
    await walk.look("Waar u bent ingelogd")
    await expect(walk.page.get_by_role("status")).to_contain_text("Uw nieuwe wachtwoord werkt")
    await expect(walk.page.get_by_text("deze browser", exact=True)).to_have_count(1)
    walk.expect_refusals()
    await _letter(walk, email, "Uw wachtwoord is veranderd")


async def _forgets(walk: Walk, email: str) -> None:
    await walk.page.goto(walk.sites.idp)
    await walk.page.get_by_role("button", name="Medewerker").click()
    await walk.look("Inloggen als medewerker")
    await walk.press("Gebruikersnaam of wachtwoord vergeten?")
    await walk.look("Gebruikersnaam of wachtwoord vergeten")
    field = walk.page.get_by_label("E-mailadres")
    await field.fill(email)
    await field.press("Enter")
    await walk.look("Kijk in uw postvak")
    await walk.page.goto(await _link(walk, email, "Kies een nieuw wachtwoord voor Poortwachter"))
    await walk.look("Kies een nieuw wachtwoord")
    assert "token" not in walk.page.url


async def _letter(walk: Walk, email: str, subject: str) -> str:
    """The newest mail to this address about this, as soon as it is there."""
    return await (await walk.mail(email, subject)).first.inner_text()


async def _link(walk: Walk, email: str, subject: str) -> str:
    found: list[str] = re.findall(r"http\S+\?token=\S{36}", await _letter(walk, email, subject))
    return found[0]
