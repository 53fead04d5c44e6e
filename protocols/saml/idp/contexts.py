"""Authentication contexts: what a request demands of the sign-in, and which class the answer then names (Core 3.3.2.2.1, C-224)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from metadata.saml import document
from metadata.saml.names import SAML
from protocols.saml import status
from protocols.saml.status import Refused

_COMPARISONS: Final = frozenset({"exact", "minimum", "maximum", "better"})


@dataclass(frozen=True, slots=True)
class Rung:
    """One degree of assurance: our name for it, and the classes it satisfies; the first is named when nobody asked."""

    assurance: str
    classes: tuple[str, ...]


Ladder = tuple[Rung, ...]
"""Weakest first. Who stands on a rung has climbed those below, and may truthfully be described by their classes."""


@dataclass(frozen=True, slots=True)
class ContextDemand:
    """`least` is the assurance to reach; `classes` names the class to assert, for it and for every assurance above it."""

    least: str
    classes: Mapping[str, str]


def no_demand(ladder: Ladder) -> ContextDemand:
    """Any sign-in will do, and is called by its own name."""
    return ContextDemand(ladder[0].assurance, {rung.assurance: rung.classes[0] for rung in ladder})


def read(requested: Element, *, ladder: Ladder) -> ContextDemand:
    """What a RequestedAuthnContext demands. Raises `Refused`, with NoAuthnContext where no rung can satisfy it."""
    comparison = requested.get("Comparison", "exact")
    if comparison not in _COMPARISONS or not len(requested):
        raise Refused(status.malformed("RequestedAuthnContext"))
    # Declarations (AuthnContextDeclRef) describe somebody else's classes: we know none.
    asked = [document.text(reference) for reference in requested.findall(f"{{{SAML}}}AuthnContextClassRef")]
    heights = {name: height for height, rung in enumerate(ladder) for name in rung.classes}
    known = {name: heights[name] for name in asked if name in heights}
    if not known:
        raise Refused(status.NO_AUTHN_CONTEXT)
    if comparison == "exact":
        return _exact(known, ladder)
    # "Better" is stronger than each of the classes named, which is the stricter of the two readings of Core.
    lowest = {"minimum": min(known.values()), "better": max(known.values()) + 1, "maximum": 0}[comparison]
    highest = max(known.values()) if comparison == "maximum" else len(ladder) - 1
    if lowest >= len(ladder):
        raise Refused(status.NO_AUTHN_CONTEXT)
    return ContextDemand(
        ladder[lowest].assurance,
        {ladder[at].assurance: _own_name(ladder[min(at, highest)], known) for at in range(lowest, len(ladder))},
    )


def _exact(known: Mapping[str, int], ladder: Ladder) -> ContextDemand:
    """The first class asked for that the person has reached: Core calls the list ordered by preference."""
    lowest = min(known.values())
    return ContextDemand(
        ladder[lowest].assurance,
        {
            ladder[at].assurance: next(name for name, height in known.items() if height <= at)
            for at in range(lowest, len(ladder))
        },
    )


def _own_name(rung: Rung, known: Mapping[str, int]) -> str:
    """The name by which the party asked for this rung, else its usual one."""
    return next((name for name in rung.classes if name in known), rung.classes[0])
