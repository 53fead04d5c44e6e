"""The command line: one module per noun, thin over the packages that own the rules.

Control enters at `main`. What runs for months (`serve`, `worker`, `demo`) starts without typer, and a noun's module, with the part of the
product that it needs, is imported when that noun is asked for (D43). Nothing here holds a rule, a query, or a text for a school's people.

Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 database or store away, 78 wrongly configured.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typer import Context, Typer

PROCESSES: Final = {
    "serve": "Serves the product until it is told to stop.",
    "worker": "Does the background work: mails, imports at night, the jobs of the timetable.",
    "demo": "Serves a demo school, three publishers to sign in to, and the mails that were sent.",
}
NOUNS: Final = {
    "migrate": "Brings the database to this version's shape.",
    "schools": "School accounts: add, import, show, list; their groups and networks.",
    "imports": "What was imported at a school: list, show, say yes to what waits, undo.",
    "systems": "The administration systems that schools couple with: where they are, as whom we ask.",
    "couplings": "A school's coupling with its administration system: agreement, key, how it runs.",
    "locations": "Locations of one administration that are accounts of their own: who delivers to whom.",
    "people": "Staff, second factors, pupils' secrets.",
    "boards": "Who acts or looks for all schools of a board: list, invite, give and take roles.",
    "staff": "Who works at a school: list, invite, roles, last days, addresses that wait, the end.",
    "substitutes": "The seat of each group: who has it today, giving it, ending it.",
    "parties": "Publishers and network providers, and their connections.",
    "sources": "Where others publish the metadata of parties: add, import, refresh, list, remove.",
    "upstreams": "Network providers by which people sign in: add, list, switch, link.",
    "sandbox": "A party under test: its reference people, its last exchanges explained, the checklist.",
    "agreements": "Processing agreements with the platform, for a board with all its schools or for one: record, list, end.",
    "consent": "What a school allows a party, at the school's request.",
    "reorganise": "Mergers, splits, changes of code, closures, transfers of pupils.",
    "eckid": "How many pupils have an ECK-iD; replaced ones.",
    "register": "DUO's list of schools: names, boards, and what differs here.",
    "applications": "Schools that ask for an account: list, look at one beside the register, say yes or no.",
    "school-year": "How the schools stand before 1 August, and beginning the year where it did not.",
    "operators": "The platform's own people, helpdesk and operators: add, list, remove.",
    "refusals": "What a page of refusal said, by the code on it, without the party.",
    "notices": "Outages and news on the sign-in pages and on Actueel: add, list, end.",
    "mails": "Mails that came back: who is told that an address does not work.",
    "jobs": "The work between requests: when it is due, what it did, and doing it now.",
    "ledger": "The record of what happened: whether it is whole, and one school's part of it.",
    "keys": "Our signing keys, and the keys that seal what is stored.",
}


def main() -> None:
    """The command `idp`. Ends the process with its exit code."""
    words = sys.argv[1:]
    if words and words[0] in PROCESSES:
        sys.exit(_start(words[0], words[1:]))
    asked = next((word for word in words if not word.startswith("-")), "")
    application(asked)()


def application(asked: str | None = None) -> "Typer":
    """The commands as a typer application: whole, or with only the noun that is asked for filled in, which is enough to run it."""
    import typer

    app = typer.Typer(
        name="idp",
        help="Runs and administers Poortwachter. Settings come from the environment or a .env file: IDP_BASE_URL and so on.",
        no_args_is_help=True,
        add_completion=False,
        # A traceback that shows local variables would show secrets.
        pretty_exceptions_enable=False,
    )
    for name, text in PROCESSES.items():
        own_words = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
        app.command(name, help=text, context_settings=own_words)(_process(name))
    for name, text in NOUNS.items():
        if asked not in (None, name):
            app.command(name, help=text)(_not_asked)
        elif name == "migrate":
            app.command(name, help=text)(import_module("idp.cli.database").migrate)
        else:
            app.add_typer(import_module(f"idp.cli.{name.replace('-', '_')}").app, name=name, help=text)
    return app


def _start(name: str, words: list[str]) -> int:
    code: int = getattr(import_module("idp.cli.serve"), name)(words)
    return code


def _process(name: str) -> "Callable[[Context], None]":
    import typer

    def start(context: typer.Context) -> None:
        raise typer.Exit(_start(name, context.args))

    return start


def _not_asked() -> None:
    """Stands in the list of commands and never runs."""
