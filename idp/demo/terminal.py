"""The guide in short, for the terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from idp.demo.guide import Guide
from idp.http.pages import Pages

_ABOUT: Final = {
    "two_schools": ("at two schools",),
    "to_enrol": ("has to set up the second step",),
    "party_contact": ("of Rekenrijk",),
}

READY: Final = "Ctrl-C ends everything."


def lines(shown: Guide, pages: Pages, *, folder: Path, settings: Path) -> Iterator[str]:
    """What to open, who can sign in, with what, and where things are."""
    yield ""
    yield "Poortwachter, the demonstration. The schools, the people and the publishers in it do not exist."
    yield ""
    yield f"  Begin at        {shown.front_door}/   (the same as below, with more explanation and a QR code)"
    for party in shown.parties:
        yield f"  {party.name:<14}  {party.url}   ({party.protocol})"
    for shortcut in shown.shortcuts:
        yield f"  Pupil shortcut  {shortcut.url}"
    yield f"  Home            {shown.front_door}/thuis   (a pupil's login code, or a parent's password; then the child's secret)"
    yield f"  Mails           {shown.mailbox_url}"
    yield f"  Administration  {shown.las_url}   (the school's own system, read over UWLR)"
    yield ""
    yield "  Pupils: choose the group, the picture, then the secret."
    for pupil in shown.pupils:
        secret = pupil.secret
        told = secret if isinstance(secret, str) else ", ".join(pages.text("nl", f"picture.{key}") for key in secret)
        at_home = f"   (home: {pupil.home_code})" if pupil.home_code else ""
        yield f"    {pupil.group:<12}  {pupil.name:<16}  {told}{at_home}"
    for parent in shown.parents:
        yield f"  A parent of {' and '.join(parent.children)}: choose 'Thuis', then 'Inloggen als ouder'."
        yield f"    {parent.email:<40}  choose a password with the mail that lies at {shown.mailbox_url}"
    yield "  Staff: choose 'Anders inloggen', then 'Medewerker'."
    for person in shown.staff:
        role = pages.text("nl", f"role.{person.role}")
        yield f"    {person.email:<40}  {person.password}   {', '.join([role, *_ABOUT.get(person.about, ())])}"
        if person.totp_secret:
            yield f"    {'':<40}  authenticator app: {person.totp_secret}"
    yield ""
    yield f"  Teacher         {shown.front_door}/classroom   (the groups, and with what each pupil signs in)"
    yield f"  Coordinator     {shown.front_door}/desk   (or 'Mijn account', then 'Naar het beheer')"
    yield "    Try there: the coupling with the administration, an import, a substitute, a merger, a new colleague."
    yield f"  Party contact   {shown.front_door}/party   (a publisher's developer: reference people, exchanges explained)"
    yield f"  Helpdesk        {shown.front_door}/helpdesk   (the platform's own people: schools, refusals explained, sessions, notices)"
    yield "  Open Wereldwijs to see a refusal: no school allowed it. Take a yes back and see it stop at once:"
    yield f"    (set -a; . {settings}; .venv/bin/idp consent withdraw --school 99LS --party rekenrijk)"
    yield f"  Everything is kept in {folder}; remove that folder to begin anew."
    yield ""
    yield READY
