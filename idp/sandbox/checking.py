"""The checklist of right software, worked out from what was seen of it: its last exchanges, and what it did with an answer it never asked for. Pure.

Each line is judged by the newest exchange that tells anything about it: who mended his software signs in once and sees it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from idp.sandbox.exchanges import Exchange
from idp.sandbox.explaining import WHOLE, Language, sentences
from idp.sandbox.seen import Step

Verdict = Literal["passed", "failed", "open"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the list. `open`: nothing was seen yet that tells; `mend` then says how to see it."""

    key: str
    verdict: Verdict
    clause: str
    what: str
    mend: str


Judge = Callable[[Exchange], bool | None]
"""Whether this exchange shows that the software does it right; None where it shows neither."""


def checklist(
    exchanges: Sequence[Exchange],
    connection: str,
    protocol: str,
    lang: Language,
    *,
    but_for: frozenset[str] = frozenset(),
) -> list[Checked]:
    """Every line for one client or entity, by its exchanges, the newest first. `but_for` are lines that its registration has no use for."""
    mine = [exchange for exchange in exchanges if exchange.steps[0].step.connection == connection]
    told = sentences("checks")
    return [
        Checked(key, _verdict(judge, mine), told[key]["clause"], *told[key][lang])
        for key, judge in (SAML if protocol == "saml" else OIDC)
        if key not in but_for
    ]


def useless(details: Mapping[str, object]) -> frozenset[str]:
    """The lines that make no sense for a connection with these details."""
    return frozenset() if details.get("initiate_login_uri") else frozenset({"third_party"})


def _verdict(judge: Judge, exchanges: Sequence[Exchange]) -> Verdict:
    shown = next((found for exchange in exchanges if (found := judge(exchange)) is not None), None)
    return "open" if shown is None else "passed" if shown else "failed"


def _step(exchange: Exchange, endpoint: str) -> Step | None:
    """The last step at an endpoint."""
    steps = [kept.step for kept in exchange.steps if kept.step.endpoint == endpoint]
    return steps[-1] if steps else None


def _redeemed(exchange: Exchange) -> bool:
    return any(kept.step.endpoint == "token" and kept.step.fault is None for kept in exchange.steps)


def _without(*faults: str) -> Judge:
    """Right where something was redeemed, and none of these went wrong."""

    def judge(exchange: Exchange) -> bool | None:
        if not set(faults).isdisjoint(exchange.faults):
            return False
        return True if _redeemed(exchange) else None

    return judge


def _pkce(exchange: Exchange) -> bool | None:
    """Also for who is excepted from it: right is what everybody does."""
    asked, fine = _step(exchange, "authorize"), _without("challenge_s256", "code.verifier", "code.verifier_missing")
    shown = fine(exchange)
    return shown if not shown or asked is None else asked.asked.get("code_challenge_method") == "S256"


def _sends(name: str) -> Judge:
    def judge(exchange: Exchange) -> bool | None:
        asked = _step(exchange, "authorize")
        return name in asked.asked if asked is not None and asked.fault is None else None

    return judge


def _trial(exchange: Exchange, name: str) -> bool | None:
    """Right software leaves an answer alone in which we made a mistake on purpose."""
    asked = _step(exchange, "authorize")
    if asked is None or asked.answered.get("trial") != name:
        return None
    return _step(exchange, "token") is None


def _state_checked(exchange: Exchange) -> bool | None:
    if "code.probe" in exchange.faults:
        return False
    tried = _step(exchange, "probe")
    return True if tried is not None and "status" in tried.answered else _trial(exchange, "state")


def _iss(exchange: Exchange) -> bool | None:
    return _trial(exchange, "iss")


def _userinfo(exchange: Exchange) -> bool | None:
    return True if _step(exchange, "userinfo") is not None else None


def _reachable(exchange: Exchange) -> bool | None:
    tried = _step(exchange, "probe")
    return bool(tried.answered.get("status", 599) < 500) if tried is not None else None


def _third_party(exchange: Exchange) -> bool | None:
    tried = _step(exchange, "probe_start")
    return WHOLE.issubset(tried.answered.get("parameters", ())) if tried else None


def _saml_signed(exchange: Exchange) -> bool | None:
    asked = _step(exchange, "sso")
    if asked is None or "saml.signature" in exchange.faults:
        return None if asked is None else False
    return bool(asked.asked.get("signature"))


def _saml_without(fault: str) -> Judge:
    def judge(exchange: Exchange) -> bool | None:
        asked = _step(exchange, "sso")
        if asked is None or (asked.fault is not None and asked.fault != fault):
            return None
        return asked.fault is None

    return judge


OIDC: Final[tuple[tuple[str, Judge], ...]] = (
    ("pkce", _pkce),
    ("state_sent", _sends("state")),
    ("state_checked", _state_checked),
    ("nonce", _sends("nonce")),
    ("redirect", _without("request.redirect_uri", "code.redirect_uri")),
    ("iss", _iss),
    ("client_auth", _without("client", "client.method", "client.secret", "client.assertion")),
    ("code_once", _without("code.used")),
    ("userinfo", _userinfo),
    ("reachable", _reachable),
    ("third_party", _third_party),
)
SAML: Final[tuple[tuple[str, Judge], ...]] = (
    ("saml_signed", _saml_signed),
    ("saml_address", _saml_without("saml.address")),
    ("saml_destination", _saml_without("saml.destination")),
    ("saml_clock", _saml_without("request.expired")),
)
