"""What an exchange tells, in the words of a developer: what was wrong, by which clause, and what to do. Pure but for reading its sentences once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from idp.sandbox.exchanges import Exchange
from idp.sandbox.seen import Step

FOLDER: Final = Path(__file__).with_name("explanations")
OTHER: Final = {"oidc": "authorize.invalid_request", "saml": "saml.Requester"}
"""What is said of a fault that has no sentences of its own: the answer itself tells more."""

Tone = Literal["wrong", "advice", "good"]
Language = Literal["nl", "en"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding: `what` happened, how to `mend` it, by which `clause`."""

    key: str
    tone: Tone
    clause: str
    what: str
    mend: str


def protocol_of(step: Step) -> str:
    """`oidc` or `saml`: which sentences count."""
    return "saml" if step.endpoint == "sso" else "oidc"


def findings(exchange: Exchange, lang: Language) -> list[Explained]:
    """Everything there is to say about an exchange, what was wrong first."""
    protocol = protocol_of(exchange.steps[0].step)
    keys = list(dict.fromkeys(_keys(exchange, protocol)))
    found = [explained(protocol, key, lang) for key in keys]
    return sorted(found, key=lambda one: ("wrong", "advice", "good").index(one.tone))


def explained(protocol: str, key: str, lang: Language) -> Explained:
    """The sentences for one key; those of another fault where it has none."""
    told = sentences(protocol)
    known = key if key in told else OTHER[protocol]
    what, mend = told[known][lang]
    tone: Tone = "advice" if key.startswith("advice.") else "good" if key.startswith("good.") else "wrong"
    return Explained(key, tone, told[known]["clause"], what, mend)


@cache
def sentences(name: str) -> Mapping[str, Any]:
    """One file of explanations."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def _keys(exchange: Exchange, protocol: str) -> list[str]:
    steps = [kept.step for kept in exchange.steps]
    keys = [step.fault for step in steps if step.fault is not None]
    return [*keys, *(_of_saml(steps) if protocol == "saml" else _of_oidc(steps, wrong=bool(keys)))]


def _of_saml(steps: list[Step]) -> list[str]:
    if steps[0].fault is not None:
        return []
    return ["good.whole"] if steps[0].asked.get("signature") else ["advice.unsigned", "good.whole"]


WHOLE: Final = frozenset({"state", "nonce", "code_challenge"})
"""What every request holds that software makes by itself."""


def _of_a_visit(step: Step) -> list[str]:
    if "trouble" in step.answered:
        return ["advice.trouble"]
    if step.endpoint == "probe":
        return ["good.probe"]
    return ["good.start" if WHOLE.issubset(step.answered.get("parameters", ())) else "advice.start"]


def _of_oidc(steps: list[Step], *, wrong: bool) -> list[str]:
    if steps[0].endpoint in {"probe", "probe_start"}:
        return [] if wrong else _of_a_visit(steps[0])
    asked = next((step for step in steps if step.endpoint == "authorize" and step.fault is None), None)
    if asked is None:
        return []
    redeemed = any(step.endpoint == "token" for step in steps)
    if trial := asked.answered.get("trial"):
        return [f"trial.{trial}"] if redeemed else ["good.trial"]
    advice = [f"advice.no_{name}" for name in ("state", "nonce") if name not in asked.asked]
    if not redeemed:
        return [*advice, "advice.not_redeemed"]
    if wrong:
        return advice
    read = any(step.endpoint == "userinfo" for step in steps)
    return [*advice, "good.whole" if read else "advice.no_userinfo"]
