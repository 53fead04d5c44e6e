"""Staff sign in with address and password (R82, R91-R93, R96-R98), and an attacker elsewhere is not their trouble (D2)."""

import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from directory import people
from directory.models import Person
from idp.core import throttle
from idp.core.settings import Settings
from idp.credentials import passwords, terms
from idp.credentials.passwords import Hasher
from idp.http import cookies
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, PASSWORD, House
from tests.inside import lapse, stored
from tests.journeys.stories import at_our_door, ledger_actions, step_of, teacher_signs_in

JUF = "juf@regenboog.example"


def waiting(page: Page) -> int:
    found = re.search(r'data-wait="(\d+)"', page.text)
    return int(found.group(1)) if found else 0


async def tries(browser: Browser, how_many: int, *, email: str = JUF, password: str = "Verkeerd-1") -> Page:
    page = await at_our_door(browser)
    for _ in range(how_many):
        page = await browser.choose(page, "email", email, password=password)
    return page


async def test_address_and_password_are_enough_for_a_teacher(house: House) -> None:
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"


@pytest.mark.parametrize("email", ["JUF@Regenboog.example", "  juf@regenboog.example "])
async def test_an_address_is_read_as_people_type_it(house: House, email: str) -> None:
    browser = house.browser()
    page = await browser.choose(await at_our_door(browser), "email", email, password=PASSWORD)
    assert page.heading == "Dag Juf"


async def test_a_password_is_the_same_however_a_keyboard_composes_it(house: House) -> None:
    composed = "Café-crème-brûlée-7"
    async with house.floor.database.begin() as db:
        phc = await house.resources.hasher.hash(unicodedata.normalize("NFC", composed))
        await passwords.set_password(db, house.people["juf"], phc, now=house.clock.now)
    for form in ("NFC", "NFD"):
        browser = house.browser()
        typed = unicodedata.normalize(form, composed)
        page = await browser.choose(await at_our_door(browser), "email", JUF, password=typed)
        assert page.heading == "Dag Juf", form


@pytest.mark.parametrize(
    "password",
    [PASSWORD + " ", PASSWORD[:-1], PASSWORD.lower(), "", PASSWORD + "x" * 200, "x" * 60_000],
    ids=["space behind", "one short", "lower case", "empty", "longer than allowed", "very long"],
)
async def test_nothing_is_cut_off_or_overlooked(house: House, password: str) -> None:
    page = await tries(house.browser(), 1, password=password)
    assert "horen niet bij elkaar" in page.text
    assert await stored(house, "session") == 0


async def test_a_password_as_long_as_allowed_counts_to_its_last_letter(house: House) -> None:
    longest = house.floor.settings.password_max_length
    right = "a7" + "b" * (longest - 3) + "c"
    async with house.floor.database.begin() as db:
        phc = await house.resources.hasher.hash(right)
        await passwords.set_password(db, house.people["juf"], phc, now=house.clock.now)
    browser = house.browser()
    for wrong in (right[:-1] + "d", right + "x"):
        page = await tries(browser, 1, password=wrong)
        assert "horen niet bij elkaar" in page.text
    assert (await browser.choose(page, "email", JUF, password=right)).heading == "Dag Juf"


async def test_a_password_set_anew_works_at_once_and_the_old_one_no_more(house: House) -> None:
    async with house.floor.database.begin() as db:
        phc = await house.resources.hasher.hash("Nieuwe-fiets-8")
        await passwords.set_password(db, house.people["juf"], phc, now=house.clock.now)
    browser = house.browser()
    page = await tries(browser, 1, password=PASSWORD)
    assert "horen niet bij elkaar" in page.text
    assert (await browser.choose(page, "email", JUF, password="Nieuwe-fiets-8")).heading == "Dag Juf"


async def test_the_user_name_is_remembered_on_request_only(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    assert cookies.EMAIL not in browser.cookies
    page = await at_our_door(browser)
    await browser.choose(page, "email", JUF, password=PASSWORD, remember="1")
    page = await at_our_door(browser)
    assert f'value="{JUF}"' in page.text
    await browser.choose(page, "email", JUF, password=PASSWORD)
    assert cookies.EMAIL not in browser.cookies, "unticked is forgotten"


async def test_any_user_name_that_a_school_knows_fits_in_the_cookie(house: House) -> None:
    odd = 'łucja;"x"@regenboog.example'
    async with house.floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="staff", first_name="Łucja", prefix=None, surname="Nowak", email=odd, now=house.clock.now
        )
        await people.employ(db, house.school.id, person_id, ["teacher"])
        phc = await house.resources.hasher.hash(PASSWORD)
        await passwords.set_password(db, person_id, phc, now=house.clock.now)
        await terms.record(db, person_id, by="test", now=house.clock.now)
    browser = house.browser()
    page = await browser.choose(await at_our_door(browser), "email", odd, password=PASSWORD, remember="1")
    assert page.heading == "Dag Łucja"
    assert odd.replace('"', "&#34;") in (await at_our_door(browser)).text


async def test_wrong_ones_get_slow_and_the_right_one_after_the_pause_works(house: House) -> None:
    browser = house.browser()
    page = await tries(browser, 6)
    assert 3 <= waiting(page) <= 5
    page = await browser.choose(page, "email", JUF, password=PASSWORD)
    assert waiting(page) > 0, "not even the right one during a pause"
    await lapse(house, seconds=5)
    assert (await browser.choose(page, "email", JUF, password=PASSWORD)).heading == "Dag Juf"


async def test_an_attacker_elsewhere_slows_neither_the_known_device_nor_the_school(house: House) -> None:
    own = house.browser()
    await teacher_signs_in(own)
    attacker = house.browser(ELSEWHERE)
    assert waiting(await tries(attacker, 6)) > 0
    at_school = house.browser("192.0.2.12")
    page = await at_school.choose(await at_our_door(at_school), "email", JUF, password=PASSWORD)
    assert page.heading == "Dag Juf"
    # Even from the attacker's own network, as behind one address of a whole board.
    own_elsewhere = house.browser(ELSEWHERE)
    own_elsewhere.cookies = {cookies.DEVICE: own.cookies[cookies.DEVICE]}
    page = await own_elsewhere.choose(await at_our_door(own_elsewhere), "email", JUF, password=PASSWORD)
    assert page.heading == "Dag Juf"
    stranger = house.browser(ELSEWHERE)
    page = await stranger.choose(await at_our_door(stranger), "email", JUF, password=PASSWORD)
    assert waiting(page) > 0, "while the attacker's network still waits"


async def test_a_known_device_is_known_to_its_own_account_only(house: House) -> None:
    own = house.browser(ELSEWHERE)
    await teacher_signs_in(own)
    page = await tries(own, 5, email="ict@regenboog.example")
    stranger = house.browser(ELSEWHERE)
    page = await tries(stranger, 1, email="ict@regenboog.example")
    assert waiting(page) > 0, "counted where every stranger on this network is counted"


@pytest.mark.parametrize("mark", ["", "x", ".", "abc.", "abc." + "0" * 32])
async def test_a_made_up_device_is_no_device(house: House, mark: str) -> None:
    for turn in range(5):
        browser = house.browser(ELSEWHERE)
        browser.cookies[cookies.DEVICE] = f"{turn}{mark}", "Strict"
        await tries(browser, 1)
    browser = house.browser(ELSEWHERE)
    browser.cookies[cookies.DEVICE] = mark, "Strict"
    assert waiting(await tries(browser, 1)) > 0


async def test_an_ipv6_subscriber_has_one_counter_whatever_address_he_takes(house: House) -> None:
    for host in range(5):
        page = await tries(house.browser(f"2001:db8:77:{host}::{host}"), 1)
        assert waiting(page) == 0
    assert waiting(await tries(house.browser("2001:db8:77:ffff::1"), 1)) > 0
    assert waiting(await tries(house.browser("2001:db8:78::1"), 1)) == 0


async def test_somebody_who_sprays_over_many_accounts_slows_his_own_network(house: House) -> None:
    floor = house.floor
    network = floor.keyring.mac("token", "throttle", "staff", "198.51.100.77/32")
    for _ in range(throttle.STAFF_OF_A_NETWORK.free + 10):
        await throttle.failed(floor.store, network, throttle.STAFF_OF_A_NETWORK)
    assert waiting(await tries(house.browser(ELSEWHERE), 1, email="wie@regenboog.example")) > 0
    assert waiting(await tries(house.browser("203.0.113.9"), 1, email="wie@regenboog.example")) == 0
    own = house.browser()
    await teacher_signs_in(own)
    own_here = house.browser(ELSEWHERE)
    own_here.cookies = {cookies.DEVICE: own.cookies[cookies.DEVICE]}
    page = await own_here.choose(await at_our_door(own_here), "email", JUF, password=PASSWORD)
    assert page.heading == "Dag Juf", "a device that the account knows does not wait for its network"


@pytest.fixture
async def busy(house: House, settings: Settings) -> AsyncIterator[House]:
    """The house while every place in the password queue is taken."""
    hasher = Hasher(settings.model_copy(update={"argon2_queue": 1}))
    resources = house.resources
    house.app.state.resources = replace(resources, hasher=hasher)
    with hasher.place():
        yield house
    house.app.state.resources = resources
    hasher.close()


async def test_a_full_queue_answers_busy_and_costs_no_try(busy: House) -> None:
    browser = busy.browser()
    page = await at_our_door(browser)
    form = page.form("email")
    for _ in range(8):
        answer = await browser.request("POST", form.action, data={**form.hidden, "email": JUF, "password": PASSWORD})
        assert answer.status == 503
        assert int(answer.response.headers["retry-after"]) > 0
        assert "Het is erg druk" in answer.text
    assert await stored(busy, "failures") == 0


async def test_when_it_is_quiet_again_the_same_page_works(house: House, settings: Settings) -> None:
    hasher = Hasher(settings.model_copy(update={"argon2_queue": 1}))
    house.app.state.resources = replace(house.resources, hasher=hasher)
    browser = house.browser()
    page = await at_our_door(browser)
    with hasher.place():
        assert (await browser.choose(page, "email", JUF, password=PASSWORD)).status == 503
    assert (await browser.choose(page, "email", JUF, password=PASSWORD)).heading == "Dag Juf"
    hasher.close()


async def test_a_hash_of_other_parameters_is_renewed_by_signing_in(house: House, settings: Settings) -> None:
    stronger = Hasher(settings.model_copy(update={"argon2_passes": 3}))
    house.app.state.resources = replace(house.resources, hasher=stronger)

    async def known() -> str:
        async with house.floor.database.read() as db:
            return await passwords.known_hash(db, house.people["juf"]) or ""

    before = await known()
    page = await tries(house.browser(), 1)
    assert await known() == before, "a wrong password renews nothing"
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"
    assert "t=3" in await known()
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"
    assert page.status == 200
    stronger.close()


async def test_the_ledger_tells_failures_from_successes_and_names_nobody(house: House) -> None:
    browser = house.browser()
    page = await tries(browser, 1)
    await browser.choose(page, "email", JUF, password=PASSWORD)
    assert (await ledger_actions(house))[-2:] == ["signin.failed", "signin.passed"]


async def test_a_disabled_account_is_one_that_does_not_exist(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
    page = await tries(house.browser(), 1, password=PASSWORD)
    assert step_of(page) == "password"
    assert "horen niet bij elkaar" in page.text
