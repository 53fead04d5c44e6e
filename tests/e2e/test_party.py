"""A publisher's developer, from the first sign-in to an exchange that is explained, in a real browser."""

import asyncio

from playwright.async_api import expect

from tests.e2e.conftest import Begin


async def test_from_the_account_to_a_sign_in_that_is_explained(begin: Begin) -> None:
    walk = await begin(820, 1180)
    contact = next(person for person in await walk.staff() if person.role == "partijcontact")
    await walk.page.goto(f"{walk.sites.idp}/party")
    await walk.look("Inloggen als medewerker")
    await walk.page.get_by_label("E-mailadres").fill(contact.email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(contact.password)
    await walk.press("Inloggen")
    await walk.look("Bevestig dat u het bent")
    await walk.give_code(contact.totp_secret, "Bevestigen")
    await walk.look("Testomgeving van Rekenrijk")
    async with walk.page.context.expect_page() as opened:
        await walk.page.get_by_role("link", name="Inloggen als referentiepersoon").click()
    software = await opened.value
    await expect(software.get_by_role("heading", level=1)).to_contain_text("Als wie logt u in?")
    await software.get_by_role("button", name="Zoë van der Referentie").click()
    await expect(software.get_by_role("main")).to_contain_text("Zoë")
    assert software.url.startswith(walk.sites.rekenrijk)
    # The last step is written down after its answer went out: who is quicker looks again, as the button says.
    async with asyncio.timeout(20):
        await walk.press("Kijk opnieuw")
        while "Alles klopt" not in await walk.page.get_by_role("main").inner_text():
            await walk.press("Kijk opnieuw")
    await walk.press("Bekijk")
    await walk.look("Uitwisseling")
    await expect(walk.page.get_by_role("main")).to_contain_text("Referentieschool Rekenrijk")
    await walk.page.get_by_role("link", name="Controlelijst").click()
    await walk.look("Controlelijst")
    await walk.press("Adressen proberen")
    await expect(walk.page.get_by_role("main")).to_contain_text("Wij hebben uw adressen bezocht")
    await expect(walk.page.get_by_text("Niet in orde", exact=True)).to_have_count(0)
