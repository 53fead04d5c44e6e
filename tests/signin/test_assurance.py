"""Four levels, one name each, and every name that a party may ask for leads to one of them."""

import pytest

from idp.signin.assurance import ACR, LEVELS, Level, by_password, level_of, methods


def test_every_level_that_somebody_reaches_has_one_name() -> None:
    assert set(ACR) == set(Level) - {Level.NONE}
    assert len(set(ACR.values())) == len(ACR)


def test_our_own_names_lead_to_their_own_levels() -> None:
    assert {LEVELS[uri] for uri in ACR.values()} == set(ACR)
    assert all(LEVELS[uri] is level for level, uri in ACR.items())


def test_a_childs_secret_is_no_password() -> None:
    assert level_of("pupil", ("pin",), second_factor=False) is Level.PUPIL_SECRET
    assert level_of("pupil", ("card",), second_factor=True) is Level.PUPIL_SECRET
    assert level_of("staff", ("pwd",), second_factor=False) is Level.PASSWORD
    assert level_of("staff", ("pwd", "otp"), second_factor=True) is Level.TWO_FACTORS


@pytest.mark.parametrize(("length", "level"), [(8, Level.PASSWORD), (14, Level.PASSWORD), (15, Level.PASSPHRASE)])
def test_c310_a_password_that_stands_alone_is_told_by_its_length(length: int, level: Level) -> None:
    ways = by_password("x" * length)
    assert level_of("staff", ways, second_factor=False) is level
    assert level_of("staff", (*ways, "otp"), second_factor=True) is Level.TWO_FACTORS
    assert methods(ways, level=level) == ("pwd",), "how long it is leaves us as a level only"


def test_higher_includes_lower() -> None:
    assert Level.NONE < Level.PUPIL_SECRET < Level.PASSWORD < Level.PASSPHRASE < Level.TWO_FACTORS


@pytest.mark.parametrize(
    ("ways", "level", "told"),
    [
        (("pin",), Level.PUPIL_SECRET, ("pin",)),
        (("pwd",), Level.PASSWORD, ("pwd",)),
        (("pwd", "otp"), Level.TWO_FACTORS, ("pwd", "otp", "mfa")),
        (("pwd", "recovery"), Level.TWO_FACTORS, ("pwd", "otp", "mfa")),
        (("hwk", "user"), Level.TWO_FACTORS, ("hwk", "user", "mfa")),
        (("pwd", "swk", "user", "swk", "user"), Level.TWO_FACTORS, ("pwd", "swk", "user", "mfa")),
        (("pwd", "something new"), Level.PASSWORD, ("pwd",)),
    ],
)
def test_parties_are_told_the_methods_of_rfc_8176(ways: tuple[str, ...], level: Level, told: tuple[str, ...]) -> None:
    assert methods(ways, level=level) == told
