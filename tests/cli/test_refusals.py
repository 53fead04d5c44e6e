"""`idp refusals explain`: a code that nobody was given, and none at all (D37)."""

from idp.core.errors import Problem
from tests.cli.conftest import Installation


def test_a_code_that_is_not_kept_is_not_explained(idp: Installation) -> None:
    assert idp("refusals", "explain", "WJYV-TQRS", "--json").error["error"] == "not_found"
    assert idp("refusals", "explain", "brief 2026-114").code == 1


def test_the_code_of_a_failure_tells_what_it_was_from_any_process(idp: Installation) -> None:
    """Nothing is kept of it, so that nobody fills a store by asking for what is not there."""
    told = idp.json("refusals", "explain", Problem("signin.expired").reference)
    assert (told["code"], told["at"], told["school"]) == ("signin.expired", None, None)
    assert "signin.expired" in idp("refusals", "explain", Problem("signin.expired").reference).out
