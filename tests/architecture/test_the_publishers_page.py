"""docs/publishers.md says what the product does: every claim, attribute, scope and level, and no others."""

import re

from idp.signin.assurance import ACR
from protocols.attributes.catalogue import CATALOGUE
from tests.architecture.documents import ROOT, text_of

PAGE = text_of(ROOT / "docs/publishers.md")


def test_its_table_is_the_catalogue() -> None:
    rows = [
        re.findall(r"`([^`]+)`", line.split(" | ")[0] + line.split(" | ")[1] + line.split(" | ")[3])
        for line in PAGE.split("## What you can ask")[1].split("## How sure")[0].splitlines()
        if line.startswith("| `")
    ]
    assert rows == [[field.scope, field.claim, field.bare] for field in CATALOGUE if field.claim]
    assert [field.uri for field in CATALOGUE if f"`{field.uri}`" not in PAGE] == []


def test_its_levels_are_those_that_we_send() -> None:
    assert re.findall(r"^\| `([^`]+)` \|", PAGE.split("## How sure we are")[1], flags=re.M) == list(ACR.values())
