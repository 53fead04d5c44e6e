"""Passwords (D1, R91, R92, C-310, C-311): what is good enough, and how it is kept."""

import asyncio
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.errors import Problem
from idp.core.settings import Settings
from idp.credentials import known_passwords, passwords
from idp.credentials.known_passwords import WIDTH
from idp.credentials.passwords import SHORTEST, Hasher, refuse_weak
from tests.house import PASSWORD, House

CHEAP = Settings(_env_file=None, argon2_memory_kib=8, argon2_passes=1, argon2_queue=3)
GOOD = st.text(st.characters(categories=["L", "N", "P", "Z", "S"]), max_size=60).map(
    lambda text: f"Zx{text}Qv8 kiwi" + text
)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kiwi-7x", "too_short"),
        ("k1wi-per", None),
        ("a" * 127 + "1b", "too_long"),
        ("8305716294", "no_letter"),
        ("kersenboom-fiets", "no_digit"),
        ("de regenboog 7 fietsen", "holds_name"),
        ("Regenboog1", "holds_name"),
        ("regenboog-2026!", "holds_name"),
        ("Jansen-fietst-7-uur", "holds_name"),
        ("welkom-bij-de-regenboog-7", None),
        ("regenbogen maken 7 kleuren", None),
        ("Welkom01", "too_common"),
        ("wachtwoord123", "too_common"),
        ("P@ssw0rd2026!", "too_common"),
        ("Qwerty123", "too_common"),
        ("12345678a", "too_common"),
        ("abcdefgh1", "too_common"),
        ("kat9876543", "too_common"),
        ("a1a1a1a1a1", "too_common"),
        ("zomer2026", "too_common"),
        ("correct paard batterij 9", None),
        ("écoles-à-vélo-4", None),
        ("пароль-на-7-дней", None),
        ("🐢🐢 schildpad 7", None),
        ("        a1", "too_common"),
        ("1qaz2wsx", "too_common"),
        ("Liverpool1", "too_common"),
        ("Vlinder2026!", "too_common"),
        ("sanne-1998", "too_common"),
        ("5unsh1ne99", "too_common"),
        ("vlinder-onder-de-tafel-3", None),
    ],
)
def test_what_is_good_enough(password: str, why: str | None) -> None:
    assert refuse_weak(password, longest=128, names=("De Regenboog", "Jansen", "Jip")) == why


def test_the_file_of_known_passwords_is_whole_and_small() -> None:
    content = known_passwords.FILE.read_bytes()
    marks = [content[place : place + WIDTH] for place in range(0, len(content), WIDTH)]
    assert marks == sorted(set(marks))
    assert 60_000 < len(marks) < 1024 * 1024 // WIDTH
    assert known_passwords.written(["b", "a", "a"]) == b"".join(sorted(map(known_passwords.mark, "ab")))


def test_hardly_any_other_password_is_taken_for_a_known_one() -> None:
    mistaken = [number for number in range(20_000) if known_passwords.holds(f"geen lijst kent zin {number}")]
    assert len(mistaken) < 5


@given(password=GOOD)
def test_every_character_is_allowed_and_none_is_demanded_but_a_letter_and_a_digit(password: str) -> None:
    assert refuse_weak(password, longest=200) is None


@given(password=st.text(max_size=40), longest=st.integers(20, 128))
def test_what_passes_keeps_every_rule(password: str, longest: int) -> None:
    if refuse_weak(password, longest=longest) is None:
        assert SHORTEST <= len(password) <= longest
        assert any(c.isalpha() for c in password)
        assert any(c.isdigit() for c in password)


def test_the_sources_own_maximum_is_no_maximum_here() -> None:
    """R91 says 8 to 20; the newest source recommends passphrases, so the cap is a setting (D1)."""
    assert refuse_weak("vier losse woorden en 1 getal", longest=Settings(_env_file=None).password_max_length) is None


def test_a_very_long_text_is_refused_without_long_thought() -> None:
    assert refuse_weak("ab1" * 6000, longest=128) == "too_long"


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    made = Hasher(CHEAP)
    yield made
    made.close()


async def test_a_hash_fits_its_password_and_no_other(hasher: Hasher) -> None:
    phc = await hasher.hash(PASSWORD)
    assert phc.startswith("$argon2id$")
    assert PASSWORD not in phc
    assert await hasher.verify(PASSWORD, phc)
    for other in (PASSWORD[:-1], PASSWORD + "x", PASSWORD.upper(), ""):
        assert not await hasher.verify(other, phc)
    assert await hasher.hash(PASSWORD) != phc, "salted"


@given(password=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
async def test_composition_does_not_matter_and_nothing_else_is_changed(password: str) -> None:
    hasher = Hasher(CHEAP)
    phc = await hasher.hash(unicodedata.normalize("NFC", password))
    assert await hasher.verify(unicodedata.normalize("NFD", password), phc)
    assert not await hasher.verify(password + "\u200d", phc)
    hasher.close()


async def test_nobodys_password_is_nothing_at_all(hasher: Hasher) -> None:
    for guess in ("", "nobody has this password", PASSWORD):
        assert not await hasher.verify(guess, None)


@pytest.mark.parametrize("broken", ["", "plain text", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_a_hash_that_is_none_fits_nothing(hasher: Hasher, broken: str) -> None:
    assert not await hasher.verify("plain text", broken)


async def test_other_parameters_are_told(hasher: Hasher) -> None:
    stronger = Hasher(CHEAP.model_copy(update={"argon2_passes": 2}))
    phc = await hasher.hash(PASSWORD)
    assert not hasher.outdated(phc)
    assert stronger.outdated(phc)
    assert await stronger.verify(PASSWORD, phc)
    stronger.close()


async def test_the_queue_has_as_many_places_as_the_setting_says(hasher: Hasher) -> None:
    with hasher.place(), hasher.place():
        with hasher.place(), pytest.raises(Problem) as busy:
            hasher.place().__enter__()
        assert (busy.value.code, busy.value.status) == ("busy", 503)
        assert int(busy.value.headers["Retry-After"]) > 0
        with hasher.place():
            pass


async def test_a_place_is_free_again_whatever_happened(hasher: Hasher) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), hasher.place():
            raise ZeroDivisionError
    with hasher.place(), hasher.place(), hasher.place():
        assert await hasher.verify(PASSWORD, await hasher.hash(PASSWORD))


async def test_of_many_new_passwords_at_once_one_stays(house: House) -> None:
    async def change(number: int) -> None:
        async with house.floor.database.begin() as db:
            await passwords.set_password(db, house.people["juf"], f"phc {number}", now=house.clock.now)

    await asyncio.gather(*(change(number) for number in range(5)))
    async with house.floor.database.read() as db:
        assert (await passwords.known_hash(db, house.people["juf"]) or "").startswith("phc ")


async def test_a_renewed_hash_never_undoes_a_changed_password(house: House) -> None:
    async with house.floor.database.begin() as db:
        old = await passwords.known_hash(db, house.people["juf"]) or ""
        assert await passwords.rehash(db, house.people["juf"], old=old, new="the same, stronger")
        await passwords.set_password(db, house.people["juf"], "another", now=house.clock.now)
        assert not await passwords.rehash(db, house.people["juf"], old="the same, stronger", new="too late")
        assert await passwords.known_hash(db, house.people["juf"]) == "another"
