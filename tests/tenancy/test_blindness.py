"""D37: whoever runs the platform is not shown which school uses which party; by construction, over every command there is."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer

from idp.cli import NOUNS
from idp.main import every_route

SCHOOL, PARTY = {"school", "schools", "at_school"}, {"party", "publisher", "upstream"}


def commands(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every command below a word, with its arguments and options by name."""
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from commands(command, *words, name)
        else:
            yield (*words, name), {param.name: param for param in command.params}


def every_command() -> dict[tuple[str, ...], dict[str, Any]]:
    nouns = {
        noun: typer.main.get_command(import_module(f"idp.cli.{noun.replace('-', '_')}").app)
        for noun in NOUNS
        if noun != "migrate"
    }
    return dict(one for noun, group in nouns.items() for one in commands(group, noun))


def test_a_command_that_takes_a_school_and_a_party_asks_for_the_schools_request() -> None:
    """Nor does one tell which parties a school uses without it: all of `consent`, and the ledger of a school."""
    every = every_command()
    both = {words for words, given in every.items() if SCHOOL & given.keys() and PARTY & given.keys()}
    assert len(both) > 4
    assert {words for words in both if "request" not in every[words]} == set()
    telling = {words for words in every if words[0] == "consent" or words == ("ledger", "export")}
    assert {words for words in telling if "request" not in every[words]} == set()


def test_there_is_no_address_where_everything_is_counted() -> None:
    assert not [route.path for route in every_route() if "metrics" in route.path]
