"""What a browser's script does with a puzzle, for tests without a browser."""

import html
import json
import re

import altcha

from tests.browser import Page


def solved(asked: str) -> str:
    """The field `puzzle` for what a page asked."""
    challenge = altcha.Challenge.from_dict(json.loads(asked))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def asked_of(page: Page) -> str:
    """The puzzle that a page asks; "" for a page that asks none."""
    found = re.search(r'data-puzzle="([^"]*)"', page.text)
    return html.unescape(found.group(1)) if found else ""
