"""The contracts of `.importlinter` cover the whole tree; `make check` runs them (architecture, section 4)."""

import configparser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HISTORY = "migrations"


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(ROOT / ".importlinter", encoding="utf-8")
    return read


def named(contracts: configparser.ConfigParser, contract: str, key: str) -> set[str]:
    text = contracts[f"importlinter:contract:{contract}" if contract else "importlinter"][key]
    return {name for line in text.splitlines() for name in line.replace("|", " ").split()}


def packages() -> set[str]:
    """The rooms of the house: top-level packages, and what stands directly in `idp`."""
    top = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    inside = {path.parent.name for path in ROOT.glob("idp/*/__init__.py")}
    inside |= {path.stem for path in ROOT.glob("idp/*.py") if path.stem != "__init__"}
    return {name for name in top if name != "idp"} | {f"idp.{name}" for name in inside}


def test_every_room_has_its_floor(contracts: configparser.ConfigParser) -> None:
    floors = named(contracts, "layers", "layers")
    assert packages() - {HISTORY} == {name if name.startswith("idp.") else name.partition(".")[0] for name in floors}


def test_every_top_level_package_is_looked_at(contracts: configparser.ConfigParser) -> None:
    assert named(contracts, "", "root_packages") == {name.partition(".")[0] for name in packages()}


def test_no_framework_below_the_plumbing_of_the_edges(contracts: configparser.ConfigParser) -> None:
    above = {"idp.cli", "idp.demo", "idp.http", "idp.main", "idp.web", "protocols", HISTORY}
    assert named(contracts, "no-web-below", "source_modules") == packages() - above


@pytest.mark.parametrize(
    ("contract", "may"),
    [
        ("saml-library", {"idp.demo", "idp.tables", "idp.worker", HISTORY}),
        ("terminal", {"idp.cli", "idp.demo", HISTORY}),
    ],
)
def test_who_is_not_forbidden_a_library_is_allowed_it_on_purpose(
    contracts: configparser.ConfigParser, contract: str, may: set[str]
) -> None:
    assert named(contracts, contract, "source_modules") >= packages() - may
