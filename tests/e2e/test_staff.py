"""Staff sign in, with one step or two, and the school's word holds at every moment."""

from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.demo import Demo
from tests.e2e.walk import Colleague, Walk

COORDINATOR = "ICT-coördinator"


async def _teacher(walk: Walk) -> Colleague:
    return next(person for person in await walk.staff() if person.role == "leerkracht")


async def test_a_teacher_comes_in_by_redirect_and_again_by_form(begin: Begin) -> None:
    walk = await begin(1440, 900)
    teacher = await _teacher(walk)
    await walk.look("Wie staat er voor de poort?")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.look("Woorden openen deuren")
    await walk.press("Inloggen")
    await walk.give_password(teacher)
    await walk.look("Welkom,")
    first = (await walk.received())["NameID"]
    # The publisher forgets, and the gate does not: whoever signs out there is signed out here too.
    await walk.page.context.clear_cookies(name="taalpaleis_bezoek")
    await walk.page.goto(walk.sites.taalpaleis)
    # The form crosses the border without the session cookie; the gate asks its own address once and answers without a page (D25).
    async with walk.page.expect_request(lambda asked: asked.method == "POST") as crossing:
        await walk.press("Inloggen met een formulier (POST)")
    sent = await (await crossing.value).all_headers()
    assert walk.sites.idp in (await crossing.value).url
    assert "__Host-session" not in sent.get("cookie", "")
    await walk.look("Welkom,")
    assert (await walk.received())["NameID"] == first


async def test_a_request_by_form_begins_a_sign_in_too(begin: Begin) -> None:
    walk = await begin()
    teacher = await _teacher(walk)
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen met een formulier (POST)")
    await walk.give_password(teacher)
    await walk.look("Welkom,")
    await walk.press("Opnieuw bewijzen")
    await walk.look("Inloggen als medewerker")


async def test_a_coordinator_gives_the_code_of_the_app(begin: Begin) -> None:
    walk = await begin(820, 1180)
    coordinator = next(person for person in await walk.staff() if person.totp_secret)
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.give_password(coordinator)
    await walk.look("Bevestig dat u het bent")
    await walk.give_code(coordinator.totp_secret, "Bevestigen")
    await walk.look("Welkom,")
    assert "ict-coordinator" in (await walk.received())["roles"]


async def test_a_coordinator_without_an_app_sets_it_up_and_gets_a_mail(begin: Begin) -> None:
    walk = await begin(1440, 900)
    newcomer = next(p for p in await walk.staff() if p.role == COORDINATOR and not p.totp_secret)
    await walk.page.goto(walk.sites.mailbox)
    await walk.look("Mails van de poort")
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.give_password(newcomer)
    await walk.look("Stel inloggen in twee stappen in")
    secret = "".join((await walk.page.locator(".secret-text").inner_text()).split())
    await walk.give_code(secret, "Aanzetten")
    await walk.look("Bewaar uw herstelcodes")
    await walk.page.get_by_label("Ik heb de codes bewaard").check()
    await walk.press("Verder")
    await walk.look("Welkom,")
    await _mail_about(walk, "Inloggen in twee stappen staat aan", newcomer.email)


async def _mail_about(walk: Walk, subject: str, recipient: str) -> None:
    """The gate mails within seconds; the mailbox is refreshed as people do it."""
    letter = await walk.mail(recipient, subject)
    await walk.press("Vernieuwen")
    await expect(letter).to_have_count(1)
    await walk.look("Mails van de poort")


async def test_a_publisher_that_no_school_ticked_gets_nothing(begin: Begin) -> None:
    walk = await begin()
    teacher = await _teacher(walk)
    await walk.page.goto(walk.sites.wereldwijs)
    await walk.look("De wereld in je klas")
    await walk.press("Inloggen")
    await walk.give_password(teacher)
    await walk.look("heeft geen toestemming gegeven voor Wereldwijs")
    await walk.press("Terug naar Wereldwijs")
    await walk.look("Dat lukte niet")
    assert walk.page.url.startswith(walk.sites.wereldwijs)
    walk.expect_refusals()


async def test_who_works_at_two_schools_carries_the_word_of_the_chosen_one(begin: Begin) -> None:
    walk = await begin()
    both = (await walk.staff())[1]
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.give_password(both)
    await walk.look("Voor welke school werkt u nu?")
    await walk.page.get_by_role("button", name="Basisschool Het Nergensbos").click()
    await walk.look("Basisschool Het Nergensbos heeft geen toestemming gegeven voor Rekenrijk")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen")
    await walk.look("Welkom,")
    assert (await walk.received())["urn:oid:2.5.4.10"] == "Basisschool Het Nergensbos"


async def test_a_yes_that_is_taken_back_stops_the_next_sign_in(begin: Begin, demo: Demo) -> None:
    walk = await begin()
    coordinator = next(person for person in await walk.staff() if person.totp_secret)
    teacher = await _teacher(walk)
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.give_password(teacher)
    await walk.look("Welkom,")
    await demo.idp("consent", "withdraw", "--school", "99LS", "--party", "rekenrijk")
    try:
        await walk.page.goto(f"{walk.sites.rekenrijk}/start")
        await walk.look("heeft geen toestemming gegeven voor Rekenrijk")
        await _mail_about(walk, "Toestemming ingetrokken: Rekenrijk", coordinator.email)
    finally:
        await demo.idp("consent", "give", "--school", "99LS", "--party", "rekenrijk")
    await walk.page.goto(f"{walk.sites.rekenrijk}/start")
    await walk.look("Welkom,")
