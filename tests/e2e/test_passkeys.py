"""A passkey in a real browser: made on the account page, then a way in, then the second step, then removed; the device is a virtual one."""

from playwright.async_api import CDPSession, expect

from tests.e2e.conftest import Begin
from tests.e2e.walk import Colleague, Walk

DEVICE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
HERE = "/account/two-steps"
HEADING = "Inloggen in twee stappen"
WIDTHS = (390, 820, 1440)


async def _plug_in(walk: Walk) -> tuple[CDPSession, str]:
    devices = await walk.page.context.new_cdp_session(walk.page)
    await devices.send("WebAuthn.enable")
    added = await devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devices, str(added["authenticatorId"])


async def _teacher(walk: Walk) -> Colleague:
    return next(person for person in await walk.staff() if person.role == "leerkracht")


async def _password(walk: Walk, person: Colleague) -> None:
    await walk.look("Inloggen als medewerker")
    await walk.page.get_by_label("E-mailadres").fill(person.email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(person.password)
    await walk.press("Inloggen")


async def _fits(walk: Walk, heading: str) -> None:
    """No page is wider than any of the three screens, and axe has nothing against it."""
    await walk.look(heading)
    for width in WIDTHS:
        await walk.page.set_viewport_size({"width": width, "height": 900})
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await walk.page.evaluate(wide), (heading, width)
        await walk.look(heading)


async def _sign_out(walk: Walk) -> None:
    await walk.page.goto(f"{walk.sites.idp}/account")
    await walk.press("Uitloggen")
    await walk.look("U bent uitgelogd")


async def test_a_teacher_makes_uses_and_removes_a_passkey(begin: Begin) -> None:
    walk = await begin(1440, 900)
    teacher = await _teacher(walk)
    devices, device = await _plug_in(walk)
    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await _password(walk, teacher)
    await _fits(walk, HEADING)

    await walk.page.get_by_label("Naam van het apparaat").fill("Laptop van school")
    await walk.press("Passkey maken")
    await expect(walk.page.get_by_role("heading", name="Bewaar uw herstelcodes")).to_be_visible()
    await expect(walk.page.get_by_text("Laptop van school").first).to_be_visible()
    await _fits(walk, HEADING)
    made = await devices.send("WebAuthn.getCredentials", {"authenticatorId": device})
    assert [one["isResidentCredential"] for one in made["credentials"]] == [True]

    await _sign_out(walk)
    await _signs_in_by_keyboard(walk)
    await _is_the_second_step(walk, teacher)

    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await walk.look(HEADING)
    await walk.page.get_by_role("button", name="Verwijderen Laptop van school").click()
    await expect(walk.page.get_by_role("status").first).to_contain_text("De passkey is verwijderd")
    await _sign_out(walk)
    await walk.page.goto(f"{walk.sites.idp}/account/two-steps")
    await _password(walk, teacher)
    await walk.look(HEADING)


async def _signs_in_by_keyboard(walk: Walk) -> None:
    """From the password page with nothing but Tab and Enter."""
    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await _fits(walk, "Inloggen als medewerker")
    button = walk.page.get_by_role("button", name="Inloggen met passkey")
    for _ in range(20):
        await walk.page.keyboard.press("Tab")
        if await button.evaluate("button => button === document.activeElement"):
            break
    await walk.page.keyboard.press("Enter")
    await walk.look(HEADING)
    await _sign_out(walk)


async def _is_the_second_step(walk: Walk, teacher: Colleague) -> None:
    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await _password(walk, teacher)
    await _fits(walk, "Bevestig dat u het bent")
    await walk.press("Bevestigen met passkey")
    await walk.look(HEADING)
    await _sign_out(walk)
    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await _password(walk, teacher)
    await walk.look("Bevestig dat u het bent")
    await walk.press("Bevestigen met passkey")
    await walk.look(HEADING)


async def test_who_closes_the_question_is_told_and_goes_on_with_the_password(begin: Begin) -> None:
    walk = await begin(820, 1180)
    teacher = await _teacher(walk)
    devices, device = await _plug_in(walk)
    await devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    await walk.page.goto(f"{walk.sites.idp}{HERE}")
    await walk.look("Inloggen als medewerker")
    await walk.press("Inloggen met passkey")
    await expect(walk.page.get_by_role("status")).to_contain_text("Er is niets gebeurd")
    await _password(walk, teacher)
    await walk.look(HEADING)


async def test_without_a_script_the_other_ways_are_there(begin: Begin) -> None:
    walk = await begin(820, 1180, script="off")
    await walk.page.goto(walk.sites.idp)
    await walk.page.get_by_role("button", name="Medewerker").click()
    await expect(walk.page.get_by_role("button", name="Inloggen", exact=True)).to_be_visible()
    await expect(walk.page.get_by_role("button", name="Inloggen met passkey")).to_have_count(0)
