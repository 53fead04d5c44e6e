"""Questions with their answers, by subject and by word (R160). The texts are data: one file for each subject in `questions/`."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("questions")
MOST_FOUND: Final = 12
_IN_QUESTION, _IN_WORDS, _IN_ANSWER = 6, 4, 1


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line), or a list (`kind` is `points` or `steps`)."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question in one language. `links` lead to pages of ours: address and text."""

    key: str
    subject: str
    question: str
    blocks: tuple[Block, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject in one language, with its questions in their order."""

    key: str
    name: str
    about: str
    answers: tuple[Answer, ...]


@cache
def subjects(lang: str) -> tuple[Subject, ...]:
    """Every subject, in its order. Raises nothing: a test reads every file."""
    return tuple(_subject(key, table, lang) for key, table in _tables())


def subject(lang: str, key: str) -> Subject | None:
    """One subject by its key, or None."""
    return next((one for one in subjects(lang) if one.key == key), None)


def search(lang: str, text: str) -> list[Answer]:
    """The questions that hold every word of the text, or where none does some of them; the best first."""
    words = [word for word in _words(text) if len(word) > 1][:8]
    scored = [(scores, one) for one, index in _index(lang) if any(scores := [_score(index, word) for word in words])]
    whole = [pair for pair in scored if all(pair[0])] or scored
    return [one for _, one in sorted(whole, key=lambda pair: -sum(pair[0]))][:MOST_FOUND]


@cache
def _tables() -> tuple[tuple[str, dict[str, Any]], ...]:
    read = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}
    return tuple(sorted(read.items(), key=lambda pair: (pair[1]["order"], pair[0])))


def _subject(key: str, table: Mapping[str, Any], lang: str) -> Subject:
    answers = tuple(
        Answer(
            key=one["key"],
            subject=key,
            question=one[lang]["question"],
            blocks=tuple(_blocks(one[lang]["answer"])),
            links=tuple((link["to"], link[lang]) for link in one.get("links", ())),
        )
        for one in table["questions"]
    )
    return Subject(key, table[lang]["name"], table[lang]["about"], answers)


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs stand apart by an empty line; a list's lines begin with `- `, the steps of one that is done in order with `1. `."""
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in part.splitlines()]
        for mark, kind in (("- ", "points"), ("1. ", "steps")):
            if all(line.startswith(mark) for line in lines):
                yield Block(kind, tuple(line.removeprefix(mark) for line in lines))
                break
        else:
            yield Block("text", (" ".join(lines),))


@dataclass(frozen=True, slots=True)
class _Found:
    question: str
    words: str
    answer: str


@cache
def _index(lang: str) -> tuple[tuple[Answer, _Found], ...]:
    # Who looks for "mfa" or "fusie" finds it in either language: the words of a question are shared.
    shared = {(key, one["key"]): one["words"] for key, table in _tables() for one in table["questions"]}
    return tuple(
        (one, _Found(*(f" {' '.join(_words(text))}" for text in (one.question, shared[part.key, one.key], _told(one)))))
        for part in subjects(lang)
        for one in part.answers
    )


def _told(one: Answer) -> str:
    return " ".join(line for block in one.blocks for line in block.lines)


def _score(index: _Found, word: str) -> int:
    """A word counts where another one begins with it; from four letters on also inside one, for Dutch puts words together."""
    wanted = word if len(word) > 3 else f" {word}"
    found = ((index.question, _IN_QUESTION), (index.words, _IN_WORDS), (index.answer, _IN_ANSWER))
    return sum(weight for text, weight in found if wanted in text)


def _words(text: str) -> list[str]:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    # IP-adres and ipadres are one word, and so are e-mail and email.
    return re.findall(r"[a-z0-9]+", re.sub(r"[-'’]", "", plain))
