"""What a page weighs: the bytes that a first visit takes."""

import re

from idp.http.pages import shared

LIGHT = 60_000
READS_A_CARD = {"third_party/qr/index.js", "third_party/qr/decode.js"}
"""The camera's page fetches what reads a card by itself, after it is there."""


def weighed(text: str) -> int:
    """The page as it is, before it is packed, and everything it names as it is sent, each once."""
    static = shared().static
    places = set(re.findall(r"/static/([0-9a-f]{12}/[\w./-]+)", text))
    sent = [static.respond(place, accepts="gzip") for place in places if place[13:] not in READS_A_CARD]
    return len(text.encode()) + sum(len(one.body) for one in sent if one is not None)
