"""Whatever the rules of staff and schools refuse, the desk says in a sentence, in both languages."""

import ast
import tomllib
from pathlib import Path

import pytest

from directory.lifecycle.rehearsal import OBSTACLES

ROOT = Path(__file__).resolve().parents[2]
OF_THE_STAFF = (
    "accounts",
    "addresses",
    "days",
    "employments",
    "memberships",
    "offers",
    "review",
    "roles",
    "seats",
    "staff",
    "substitutes",
)


def refusals(module: Path) -> set[str]:
    """The codes that a module refuses with."""
    calls = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call))
    refused = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Refused")
    return {
        first.value
        for call in refused
        if isinstance(first := call.args[0], ast.Constant) and isinstance(first.value, str)
    }


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_refusal_has_its_sentence(language: str) -> None:
    texts = tomllib.loads((ROOT / f"idp/web/locale/desk.{language}.toml").read_text())["desk"]["staff"]["refused"]
    modules = [ROOT / f"directory/lifecycle/{name}.py" for name in OF_THE_STAFF]
    raised = set[str]().union(*map(refusals, [*modules, ROOT / "idp/web/desk/mailing.py"]))
    assert "no_role" in raised
    assert raised <= set(texts)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("room", ["reorganisation", "transfer"])
def test_every_refusal_of_a_change_of_schools_has_its_sentence(room: str, language: str) -> None:
    texts = tomllib.loads((ROOT / f"idp/web/locale/desk.{language}.toml").read_text())["desk"][room]
    modules = [*(ROOT / "directory/lifecycle").glob("reorganisation*.py"), ROOT / "directory/lifecycle/joining.py"]
    raised = set[str]().union(*map(refusals, [*modules, ROOT / "directory/lifecycle/transfers.py"])) - OBSTACLES.keys()
    assert "not_checked" in raised
    assert raised <= set(texts["refused"])
