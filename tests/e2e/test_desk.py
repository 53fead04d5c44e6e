"""The coordinator's desk in a real browser: signing in once more, looking, importing a file, on three widths."""

from io import BytesIO
from pathlib import Path

from playwright.async_api import expect
from starlette.routing import Route

from idp.core import clock
from idp.demo.generator import write_school
from idp.web.desk import rooms
from idp.web.desk.guards import ADDRESS
from tests.e2e.conftest import Begin
from tests.e2e.walk import Walk
from tests.web import by_keyboard

NOUNS = (
    ("Vandaag", "Wat vandaag aandacht vraagt"),
    ("Medewerkers", "Medewerkers"),
    ("Invalkrachten", "Invalkrachten van vandaag"),
    ("Importeren", "Importeren"),
    ("Schooljaar", "Overgang naar schooljaar"),
    ("Uitgeverijen", "Uitgeverijen"),
    ("Inloggen op school", "Netwerken van de school"),
    ("Logboek en privacy", "Logboek"),
)


async def _sits_down(walk: Walk) -> None:
    """From the account page to the desk; the browser never leaves the gate."""
    coordinator = next(person for person in await walk.staff() if person.totp_secret)
    await walk.page.goto(f"{walk.sites.idp}/desk")
    await walk.look("Inloggen als medewerker")
    await walk.page.get_by_label("E-mailadres").fill(coordinator.email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(coordinator.password)
    await walk.press("Inloggen")
    await walk.look("Bevestig dat u het bent")
    await walk.give_code(coordinator.totp_secret, "Bevestigen")
    await walk.look("Wat vandaag aandacht vraagt")


async def test_a_coordinator_walks_along_every_noun_imports_a_file_and_invites_somebody(
    begin: Begin, tmp_path: Path
) -> None:
    walk = await begin(1440, 900)
    await _sits_down(walk)
    rail = walk.page.get_by_role("navigation", name="Beheer van de school")
    wide = []
    for noun, heading in NOUNS:
        await rail.get_by_role("link", name=noun).click()
        await walk.look(heading)
        for width in (390, 820, 1440):
            await walk.page.set_viewport_size({"width": width, "height": 900})
            if await walk.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append((noun, width))
    assert wide == []
    made = BytesIO()
    year = clock.school_year(clock.utc_now())
    write_school(made, seed=5, school_year=year, brin="99LS", pupils=225, groups=10, mail_domain="luchtspiegel.example")
    file = tmp_path / "school.xml"
    file.write_bytes(made.getvalue())
    await rail.get_by_role("link", name="Importeren").click()
    await walk.press("Bestand importeren")
    await walk.look("Bestand importeren")
    await walk.page.get_by_label("Bestand").set_input_files(file)
    await walk.press("Wijzigingen bekijken")
    await walk.look("Wijzigingen bekijken")
    await walk.press("Niet importeren")
    await walk.look("Importeren")
    await expect(walk.page.get_by_role("status")).to_contain_text("Er is niets gewijzigd")

    await _finds_and_invites_staff(walk)


async def _finds_and_invites_staff(walk: Walk) -> None:
    """On a telephone."""
    await walk.page.set_viewport_size({"width": 390, "height": 844})
    await (
        walk.page.get_by_role("navigation", name="Beheer van de school").get_by_role("link", name="Medewerkers").click()
    )
    await walk.page.get_by_label("Zoek op naam of e-mailadres").fill("zzzz")
    await walk.press("Zoeken")
    await expect(walk.page.get_by_role("heading", name="Niemand gevonden")).to_be_visible()
    await walk.press("Medewerker toevoegen")
    await walk.page.get_by_label("Roepnaam").fill("Fleur")
    await walk.page.get_by_label("Achternaam").fill("Bos")
    await walk.page.get_by_label("E-mailadres").fill("fleur.bos@elders.example")
    await walk.page.get_by_label("IB'er").check()
    latest = await walk.page.get_by_label("Laatste dag").get_attribute("max")
    await walk.page.get_by_label("Laatste dag").fill(latest or "")
    await walk.press("Uitnodigen")
    await walk.look("Wacht op antwoord")
    await expect(walk.page.get_by_role("row", name="Fleur Bos")).to_be_visible()
    await walk.press("Intrekken Fleur Bos")
    await expect(walk.page.get_by_role("status")).to_contain_text("De uitnodiging is ingetrokken")


async def test_every_page_of_the_desk_works_by_keyboard_at_twice_the_size(begin: Begin) -> None:
    """WCAG 2.2, 1.4.4, 1.4.10, 2.1.1, 2.4.3: with the school as it is, not as a sample; a desk of 1440 px at 200 % has room for 720."""
    walk = await begin(720, 900)
    await _sits_down(walk)
    base, found, seen = walk.page.url, [], 0
    for path in _plain():
        answered = await walk.page.goto(base + path)
        assert answered is not None
        if answered.headers.get("content-type", "").startswith("text/html") and answered.ok:
            seen += 1
            found += [(path, told) for told in await by_keyboard.walked(walk.page)]
            wide = await walk.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            found += [(path, "wider than its window")] * wide
    walk.expect_refusals()
    assert found == []
    assert seen > 35


def _plain() -> list[str]:
    """The desk's pages that have no number in their address, files left out."""
    here = f"{ADDRESS}/{{school}}"
    paths = [
        route.path.removeprefix(here)
        for route in rooms.ROUTES
        if isinstance(route, Route) and "GET" in (route.methods or ())
    ]
    files = {"/networks/shortcuts/zip", "/privacy/audit-report"}
    return sorted(path for path in set(paths) if not path.startswith(ADDRESS) and "{" not in path and path not in files)
