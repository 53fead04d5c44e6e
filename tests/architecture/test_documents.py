"""What the documents say is there: links, files, settings, commands, exit codes, fields, steps, directions, codes."""

import configparser
import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from idp.cli import PROCESSES, application, output, serve
from idp.core.settings import Settings
from idp.demo import run as demo
from idp.signin.assurance import ACR
from idp.signin.steps import RULES
from protocols.attributes.catalogue import CATALOGUE
from tests.architecture.documents import (
    ARCHITECTURE,
    DOCUMENTS,
    OPERATIONS,
    PACKAGES,
    ROOT,
    SPECS,
    product,
    rows,
    text_of,
    ticked,
    without_blocks,
)


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
    return plain.strip().replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text_of(path), re.M)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(path), f"{target} has no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_names_that_are_mentioned_exist(document: Path) -> None:
    for said in ticked(without_blocks(text_of(document))):
        if re.fullmatch(rf"(?:{'|'.join((*PACKAGES, 'tests', 'docs', 'bench'))})/[\w./-]*", said):
            # What `make bench` and `make screenshots` write is not part of a checkout.
            assert said in {"bench/results.json", "bench/.peers", "docs/screens/"} or (ROOT / said).exists(), said
        elif re.fullmatch(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+", said):
            assert said in explained_codes() or _importable(said), said


@cache
def explained_codes() -> set[str]:
    """The codes of problems that operations explains."""
    return {code for row in rows(OPERATIONS, below="## When something goes wrong") for code in ticked(row[0])}


def _importable(dotted: str) -> bool:
    """Whether this is a module, or something that a module defines."""
    module, _, name = dotted.rpartition(".")
    if importlib.util.find_spec(module) is None:
        return False
    return hasattr(importlib.import_module(module), name) or importlib.util.find_spec(dotted) is not None


def test_every_setting_is_documented() -> None:
    told = {name for row in rows(OPERATIONS, below="## Settings") for name in ticked(row[0])}
    known = {f"IDP_{name.upper()}" for name in Settings.model_fields} | {demo.PORT_SETTING, demo.FOLDER_SETTING}
    assert told == known


def test_every_setting_that_a_document_names_exists() -> None:
    known = {name for row in rows(OPERATIONS, below="## Settings") for name in ticked(row[0])}
    for document in DOCUMENTS:
        assert set(re.findall(r"\bIDP_[A-Z0-9_]+", text_of(document))) <= known, document.name


@cache
def commands() -> dict[tuple[str, ...], TyperCommand]:
    """Every command by its words, as typer has them."""
    whole = get_command(application())
    assert isinstance(whole, TyperGroup)
    return dict(_inside(whole, ()))


def _inside(group: TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    for name, one in group.commands.items():
        if isinstance(one, TyperGroup):
            yield from _inside(one, (*words, name))
        elif isinstance(one, TyperCommand):
            yield (*words, name), one


def _named(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a line that name its command."""
    return next((words[:most] for most in (3, 2, 1) if words[:most] in commands()), words[:2])


def written_commands(text: str) -> Iterator[str]:
    """Lines with a command: in blocks, and between backticks. `add|remove` stands for two."""
    blocks = re.findall(r"^ *```(?:sh|text|console)\n(.*?)^ *```", text, re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += ticked(without_blocks(text))
    for line in lines:
        found = re.search(r"(?:^|[ |;]|bin/)idp ([a-z-].*)", line.partition("#")[0].replace(r"\|", "|"))
        if found and (words := found[1].split())[0] in {name for name, *_ in commands()}:
            second = words[1].split("|") if len(words) > 1 else [""]
            yield from (" ".join((words[0], word, *words[2:])) for word in second)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_a_document_exists_with_its_options(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in written_commands(text_of(document)):
        words = tuple(shlex.split(line.replace("...", "")))
        asked = set(re.findall(r"--[a-z][a-z-]*", line))
        if words[0] in PROCESSES:
            assert asked <= _options_of_process(words, capsys), line
        elif words[:1] in commands():
            assert asked <= _options(commands()[words[:1]]), line
        elif len(words) > 1 and not words[1].startswith("-") and words[1] != "NOUN":
            assert _named(words) in commands() or words in {named[:2] for named in commands()}, line
            assert asked <= (_options(commands()[_named(words)]) if _named(words) in commands() else set()), line


def _options(command: TyperCommand) -> set[str]:
    both = (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
    return {"--help", *both}


def _options_of_process(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        getattr(serve, words[0])([word for word in words[1:2] if word == serve.SEED_NATION] + ["--help"])
    return set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))


def test_every_command_is_documented() -> None:
    told = {
        _named(tuple(line.split())) if line.split()[0] not in {*PROCESSES, "migrate"} else (line.split()[0],)
        for row in rows(OPERATIONS, below="## Commands")
        for line in written_commands(row[0])
    }
    assert set(commands()) <= told | {(name,) for name in PROCESSES}


def test_exit_codes_are_those_of_the_command_line() -> None:
    part = text_of(OPERATIONS).split("| exit code | meaning |", 1)[1].split("\n\n", 1)[0]
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", part, re.M)}
    assert told == {0, output.REFUSED, 2, output.UNAVAILABLE, output.MISCONFIGURED}


def test_the_table_of_fields_is_the_catalogue() -> None:
    about = {"pupil": "pupils", "staff": "staff"}
    expected = [
        [
            f"`{field.name}`",
            field.meaning_en,
            f"`{field.scope}`, `{field.claim}`" if field.claim else "over SAML only",
            f"`{field.uri}`",
            f"`{field.bare}`",
            "everybody" if len(field.applies_to) == 2 else about[min(field.applies_to)],
        ]
        for field in CATALOGUE
    ]
    assert rows(SPECS, below="## What can be told about a person") == expected


def test_the_levels_are_those_of_the_sign_in() -> None:
    part = text_of(SPECS).split("| how well proven |", 1)[1].split("\n\n", 1)[0]
    assert [ticked(line)[-1] for line in part.splitlines()[2:]] == list(ACR.values())


def test_the_order_of_steps_is_that_of_the_rules() -> None:
    told = re.findall(r"\((\w+), Step\.(\w+)\)", text_of(ARCHITECTURE))
    assert told == [(rule.__name__, step.name) for rule, step in RULES]


def test_the_directions_are_those_that_are_held() -> None:
    held = configparser.ConfigParser()
    held.read(ROOT / ".importlinter", "utf-8")
    layers = held["importlinter:contract:layers"]["layers"].split("\n")
    part = text_of(ARCHITECTURE).split("\n## 4. Directions\n", 1)[1].split("```", 2)[1]
    told = [re.split(r"\s{2,}", line)[0] for line in part.splitlines()[1:]]
    assert told == [layer for layer in layers if layer]


def codes_of(text: str) -> set[str]:
    """The codes of the problems that a module can raise."""
    raised = re.findall(r"(?:Problem|Unanswerable)\(\s*\"([a-z_.]+)\"", text)
    return {*raised, *re.findall(r"code\"?(?:: str|:)?\s?=?\s?\"([a-z]+\.[a-z_]+)\"", text)}


def test_every_problem_code_is_explained() -> None:
    told = explained_codes()
    raised = set().union(*(codes_of(text) for path, text in product().items() if "demo" not in path.parts))
    assert not raised - told, sorted(raised - told)
    everywhere = "".join(product().values())
    known = {code for code in told if f'"{code}"' in everywhere or code.endswith(".unavailable")}
    assert not told - known, sorted(told - known)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_a_machine_or_half_made_stands_in_a_document(document: Path) -> None:
    assert re.findall(r"\b(?:TODO|FIXME|XXX|TBD)\b|/(?:work|home|root|tmp)/", text_of(document)) in ([], ["TODO"])
