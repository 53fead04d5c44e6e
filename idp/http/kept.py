"""Pages that differ from one visitor to the next in a few words only: rendered once, cut up at those words, filled in for whoever comes next.

What a page shows is the key under which it is kept, so that nothing kept is ever stale (D10): another word, and it is another page. The words that
belong to one visitor or one attempt are marked as his own; they are not part of the key and not kept.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from markupsafe import escape

MOST = 300
"""So many pages of some ten kilobytes; the one that was made first goes."""

_MARK = re.compile("\x02([0-9]+)\x03")


class Own(str):
    """A word of one visitor. A template may write it, also within a text, and may ask whether it is there; it must not change it."""

    __slots__ = ()


def own(word: str | None) -> str | None:
    """The word, marked as this visitor's; nothing stays nothing, so that a template can tell."""
    return Own(word) if word else word


class Kept:
    """The pages of one process that were rendered before."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str, bytes], tuple[list[str], list[int]]] = {}

    def html(self, render: Callable[..., str], lang: str, template: str, context: Mapping[str, Any]) -> str:
        """What `render(lang, template, **context)` gives; the context holds nothing but what JSON knows.

        Raises `ValueError` for a template that changes an own word.
        """
        words: list[str] = []

        def marked(word: Any) -> str:
            words.append(word)
            return f"\x02{len(words) - 1}\x03"

        told = orjson.dumps(context, default=marked, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
        place = (lang, template, told)
        cut = self._pieces.get(place)
        if cut is None:
            if told.count(b"\\u0002") != len(words):
                # Somebody is called like one of our marks: nothing of that is kept.
                return render(lang, template, **context)
            cut = _cut(render(lang, template, **orjson.loads(told)))
            if len(self._pieces) >= MOST:
                del self._pieces[next(iter(self._pieces))]
            self._pieces[place] = cut
        pieces, places = cut
        made = pieces.copy()
        escaped = _escaped(words)
        made[1::2] = [escaped[number] for number in places]
        return "".join(made)


def _escaped(words: list[str]) -> list[str]:
    # At once: a page of tiles has a hundred words.
    escaped = str(escape("\x02".join(words))).split("\x02")
    return escaped if len(escaped) == len(words) else [str(escape(str(word))) for word in words]


def _cut(html: str) -> tuple[list[str], list[int]]:
    """The pieces, with an own word's place wherever one stands (the second of every two), and which of the words that is."""
    pieces = _MARK.split(html)
    if any("\x02" in piece for piece in pieces[::2]):
        raise ValueError("the template changes a word that is one visitor's own")
    return pieces, [int(number) for number in pieces[1::2]]
