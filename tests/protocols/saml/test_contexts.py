"""RequestedAuthnContext against a ladder of three rungs (C-224)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from metadata.saml.names import SAML, SAMLP
from protocols.saml import status
from protocols.saml.idp import contexts
from protocols.saml.idp.contexts import ContextDemand
from protocols.saml.status import Refused
from tests.protocols.saml.party import CLASSES, LADDER

PIN, PASSWORD, TOTP = f"{CLASSES}unspecified", f"{CLASSES}PasswordProtectedTransport", f"{CLASSES}TimeSyncToken"
OTHER_PASSWORD, MFA, UNKNOWN = f"{CLASSES}Password", "https://refeds.org/profile/mfa", f"{CLASSES}Kerberos"
COMPARISONS = ("exact", "minimum", "maximum", "better")


def demand(comparison: str | None, *classes: str) -> ContextDemand:
    requested = etree.Element(f"{{{SAMLP}}}RequestedAuthnContext")
    if comparison is not None:
        requested.set("Comparison", comparison)
    for name in classes:
        etree.SubElement(requested, f"{{{SAML}}}AuthnContextClassRef").text = name
    return contexts.read(requested, ladder=LADDER)


@pytest.mark.parametrize(
    ("comparison", "asked", "expected"),
    [
        (None, [PASSWORD], {"password": PASSWORD, "second-factor": PASSWORD}),
        ("exact", [PASSWORD], {"password": PASSWORD, "second-factor": PASSWORD}),
        ("exact", [OTHER_PASSWORD], {"password": OTHER_PASSWORD, "second-factor": OTHER_PASSWORD}),
        ("exact", [TOTP, PASSWORD], {"password": PASSWORD, "second-factor": TOTP}),
        ("exact", [PASSWORD, TOTP], {"password": PASSWORD, "second-factor": PASSWORD}),
        ("exact", [UNKNOWN, PIN], {"pin": PIN, "password": PIN, "second-factor": PIN}),
        ("minimum", [PASSWORD], {"password": PASSWORD, "second-factor": TOTP}),
        ("minimum", [OTHER_PASSWORD], {"password": OTHER_PASSWORD, "second-factor": TOTP}),
        ("minimum", [PIN], {"pin": PIN, "password": PASSWORD, "second-factor": TOTP}),
        ("minimum", [MFA], {"second-factor": MFA}),
        ("better", [PIN], {"password": PASSWORD, "second-factor": TOTP}),
        ("better", [PIN, PASSWORD], {"second-factor": TOTP}),
        ("maximum", [PASSWORD], {"pin": PIN, "password": PASSWORD, "second-factor": PASSWORD}),
        ("maximum", [PIN], {"pin": PIN, "password": PIN, "second-factor": PIN}),
    ],
)
def test_each_comparison_has_a_defined_answer(
    comparison: str | None, asked: list[str], expected: dict[str, str]
) -> None:
    """C-224."""
    found = demand(comparison, *asked)
    assert found.classes == expected
    assert found.least == next(iter(expected))


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_class_that_we_do_not_know_is_no_authn_context(comparison: str) -> None:
    """C-224."""
    with pytest.raises(Refused) as refusal:
        demand(comparison, UNKNOWN)
    assert refusal.value.status == status.NO_AUTHN_CONTEXT


def test_better_than_the_best_cannot_be_had() -> None:
    with pytest.raises(Refused) as refusal:
        demand("better", TOTP)
    assert refusal.value.status == status.NO_AUTHN_CONTEXT


def test_a_malformed_demand_is_the_requesters_fault() -> None:
    for comparison, classes in (("about", [PIN]), ("exact", [])):
        with pytest.raises(Refused) as refusal:
            demand(comparison, *classes)
        assert refusal.value.status.code == status.REQUESTER


@given(
    st.sampled_from(COMPARISONS),
    st.lists(st.sampled_from([PIN, PASSWORD, OTHER_PASSWORD, TOTP, MFA, UNKNOWN]), min_size=1),
)
def test_nobody_is_described_as_more_than_they_proved(comparison: str, asked: list[str]) -> None:
    """C-224: never a higher class than reached, and never a lower assurance than demanded."""
    try:
        found = demand(comparison, *asked)
    except Refused:
        return
    heights = {name: height for height, rung in enumerate(LADDER) for name in rung.classes}
    order = [rung.assurance for rung in LADDER]
    assert list(found.classes) == order[order.index(found.least) :]
    for assurance, name in found.classes.items():
        assert heights[name] <= order.index(assurance)
        if comparison == "exact":
            assert name in asked
        if comparison == "minimum":
            assert heights[name] >= min(heights[known] for known in asked if known in heights)
        if comparison == "maximum":
            assert heights[name] <= max(heights[known] for known in asked if known in heights)
