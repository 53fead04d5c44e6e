"""What holds for every file: it says what it is for, it is one idea long, it is named after its subject, and nothing in it is half made."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.documents import ROOT, nodes_of, text_of, tree_of

PRODUCT = ("idp", "protocols", "directory", "mfa", "consent", "metadata")
LONGEST = 400
TECHNIQUES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "handler",
    "service",
    "processor",
}


@cache
def trees(*packages: str) -> dict[str, tuple[str, ast.Module]]:
    """Text and syntax of every module of the packages, by path."""
    found = {}
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            found[str(path.relative_to(ROOT))] = (text_of(path), tree_of(path))
    return found


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every such piece of syntax in the product, with the path of its module."""
    for name in trees(*PRODUCT):
        for node in nodes_of(ROOT / name):
            if isinstance(node, kinds):
                yield name, node


def test_there_is_a_tree() -> None:
    assert len(trees(*PRODUCT)) > 100


def test_every_module_says_what_it_is_for() -> None:
    everything = [path for package in (*PRODUCT, "tests", "bench") for path in (ROOT / package).rglob("*.py")]
    assert [path.relative_to(ROOT) for path in everything if text_of(path).lstrip()[:3] not in ("", '"""')] == []
    assert [name for name, (text, _) in trees(*PRODUCT).items() if not text.strip()] == []


def test_every_public_function_states_its_contract() -> None:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    mute = [
        f"{name}: {node.name}"
        for name, (_, tree) in trees(*PRODUCT).items()
        for node in tree.body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert mute == []


def test_no_module_holds_two_ideas() -> None:
    lengths = {name: len(text.splitlines()) for name, (text, _) in trees(*PRODUCT).items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_module_is_named_after_its_technique() -> None:
    named = {name: set(re.split(r"[^a-z]+", name.removesuffix(".py"))) for name in trees(*PRODUCT)}
    # A page's template may be called base.html; a module may not.
    assert {name for name, words in named.items() if words & TECHNIQUES} == set()


def test_nothing_is_left_to_be_done() -> None:
    half_made = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    assert [name for name, (text, _) in trees(*PRODUCT).items() if half_made.search(text)] == []


TELLS_AND_GOES_ON = {
    "idp/jobs/loop.py",
    "idp/http/afterwards.py",
    "idp/http/doors.py",
    "idp/http/problems.py",
    "idp/core/together.py",
}
"""A background turn that failed is logged, and the next one comes; so is what is done after an answer, and nobody waits for it. A request that
failed is logged too, and whoever sent it gets a page with the reference: there is nobody above who would do more; where no
page can be made it is a bare one. Of many who asked
together, each is given his own answer or his own error.
"""


def test_no_fault_is_swallowed() -> None:
    """Who catches everything raises it again."""
    swallowing = [
        name
        for name, node in nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert set(swallowing) == TELLS_AND_GOES_ON


def test_time_is_read_in_one_place() -> None:
    """Everything below the edges gets `now` as an argument; only the clock's own module asks the machine."""
    reading = {
        name
        for name, node in nodes(ast.Call)
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else "") in {"now", "utcnow", "today", "time"}
        and re.search(r"\b(datetime|date)\.(now|utcnow|today)$|^time\.time$", ast.unparse(node.func))
        and not name.startswith("idp/demo/")
    }
    assert reading == {"idp/core/clock.py"}


def test_the_environment_is_read_at_the_edges() -> None:
    reading = {
        name
        for name, node in nodes(ast.Attribute)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and ast.unparse(node) in {"os.environ", "os.getenv"}
    }
    assert {name for name in reading if not name.startswith(("idp/cli/", "idp/demo/"))} == set()


def test_one_session_idea_only() -> None:
    """ADR 2: no ORM session anywhere."""
    names = {"AsyncSession", "Session", "sessionmaker", "async_sessionmaker", "relationship"}
    using = [
        name
        for name, node in nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy")
        and names & {alias.name for alias in node.names}
    ]
    assert using == []


def test_no_argument_is_a_bare_yes_or_no() -> None:
    """Booleans are given by name (`*`), so that a call reads as a sentence; what typer and pydantic call is theirs."""
    bare = [
        f"{name}: {node.name}"
        for name, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(arg.annotation, ast.Name) and arg.annotation.id == "bool" for arg in node.args.args)
        and not name.startswith("idp/cli/")
    ]
    assert bare == []
