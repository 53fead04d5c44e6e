"""Every refusal has its sentences, in both languages, with a clause."""

import pytest

from idp.sandbox import checking, explaining
from idp.sandbox.exchanges import Exchange, KeptStep
from idp.sandbox.seen import Step, address, told
from protocols.oidc.op import asked
from protocols.saml import status
from protocols.saml.status import Status
from protocols.watching import may_keep
from tests.clock import Clock

MORE_OIDC = [
    "request.redirect_uri",
    "authorize.access_denied",
    "authorize.login_required",
    "client.assertion",
    "client.method",
    "client.secret",
    "code.late",
    "code.probe",
    "code.used",
    "code.verifier",
    "token.invalid_grant",
    "trial.iss",
    "trial.state",
    "par.invalid_request",
]


def test_every_check_of_a_request_is_explained() -> None:
    silent = {asked.hints.__name__, asked.language_wished.__name__, asked.classes_wished.__name__} - {"hints"}
    known = explaining.sentences("oidc")
    names = [check.__name__ for check in asked.CHECKS if check.__name__ not in silent]
    assert [name for name in (*names, *MORE_OIDC) if name not in known] == []


def test_every_status_is_explained() -> None:
    known = explaining.sentences("saml")
    of_logout = {"ENDED", "ENDED_IN_PART", "UNKNOWN_PRINCIPAL"}
    told_of = [value for name, value in vars(status).items() if isinstance(value, Status) and name not in of_logout]
    assert len(told_of) >= 8
    assert [one for one in told_of if f"saml.{(one.detail or one.code).rpartition(':')[2]}" not in known] == []


@pytest.mark.parametrize("name", ["oidc", "saml", "checks"])
def test_both_languages_say_what_and_what_to_do(name: str) -> None:
    for key, said in explaining.sentences(name).items():
        assert set(said) == {"clause", "nl", "en"}, key
        assert all(len(said[lang]) == 2 and all(said[lang]) for lang in ("nl", "en")), key
        assert said["clause"], key


def test_a_fault_without_sentences_says_that_something_is_wrong() -> None:
    found = explaining.explained("oidc", "authorize.iets_nieuws", "nl")
    assert (found.key, found.tone) == ("authorize.iets_nieuws", "wrong")
    assert "error_description" in found.mend


def test_every_line_of_the_list_has_its_sentences() -> None:
    assert {key for key, _ in (*checking.OIDC, *checking.SAML)} == set(explaining.sentences("checks"))


def exchange(clock: Clock, *steps: Step) -> Exchange:
    return Exchange("x", tuple(KeptStep(clock.now, step) for step in steps))


def test_the_newest_exchange_that_tells_anything_decides(clock: Clock) -> None:
    excepted = {"state": {"length": 22}, "nonce": {"length": 22}}
    whole = {**excepted, "code_challenge_method": "S256"}
    wrong = exchange(clock, Step("authorize", "c", {}, {}), Step("token", "c", {}, {}, "code.verifier"))
    right = exchange(clock, Step("authorize", "c", whole, {}), Step("token", "c", {}, {}))
    trial = exchange(clock, Step("authorize", "c", whole, {"trial": "iss"}))
    taken = exchange(clock, Step("authorize", "c", whole, {"trial": "state"}), Step("token", "c", {}, {}))

    def verdicts(*seen: Exchange) -> dict[str, str]:
        return {line.key: line.verdict for line in checking.checklist(seen, "c", "oidc", "nl")}

    assert set(verdicts().values()) == {"open"}
    assert [verdicts(wrong, right)[key] for key in ("pkce", "nonce", "state_sent")] == ["failed"] * 3
    assert [verdicts(right, wrong)[key] for key in ("pkce", "nonce", "state_sent")] == ["passed"] * 3
    without_pkce = exchange(clock, Step("authorize", "c", excepted, {}), Step("token", "c", {}, {}))
    assert verdicts(without_pkce)["pkce"] == "failed"
    assert [verdicts(trial, taken)[key] for key in ("iss", "state_checked")] == ["passed", "failed"]
    assert {line.verdict for line in checking.checklist([right], "another", "oidc", "nl")} == {"open"}


def test_who_is_not_under_test_and_who_exists_hands_nothing_over() -> None:
    """What every sign-in pays: this comparison."""
    assert not any(may_keep(None, school_id) for school_id in (None, 7))
    assert [may_keep(7, school_id) for school_id in (None, 7, 8)] == [True, True, False]


def test_what_is_kept_of_parameters() -> None:
    values = {"scope": "s" * 400, "state": "geheim", "client_secret": "geheim", "naam": "geheim", "x y": "geheim"}
    kept = told(values, plain=("scope",), measured=("state", "client_secret"))
    assert kept["scope"].endswith("…")
    assert kept["others"] == ["naam"]
    assert "geheim" not in repr(kept)
    assert address("https://a:b@h.example:8443/p?k=v&l=#f") == "https://h.example:8443/p?k=…&l=…"
    assert address("https://[broken") == "…"
