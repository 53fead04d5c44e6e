"""Two languages, one set of keys; every text is used, says who can help, and speaks to children and adults each in their own way."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from directory.roles import ROLES
from idp.credentials.pupil_secrets import PICTURES
from idp.web.pictures import TILE_PICTURES
from tests.web.samples import LANGUAGES, WEB

ROOT = WEB.parents[1]
ERRORS = (
    "signin.pictures.wrong",
    "signin.pin.wrong",
    "signin.password.wrong",
    "signin.code.wrong",
    "signin.enrol.wrong",
    "signin.passkey.wrong",
)
"""Texts that a route names, not a template."""

OF_A_REFUSAL = re.compile(r"desk\.[a-z_]+\.refused\..+")
"""What is wrong with a form at the desk: named after the code that a rule refused it with."""
OF_AN_ACT = re.compile(r"(desk|classroom|party)\.done\.")
"""What was just done: a route names the last part."""

CODES = (
    "assurance.unreachable",
    "busy",
    "consent.no_agreement",
    "consent.not_given",
    "csrf",
    "database.unavailable",
    "internal",
    "method_not_allowed",
    "network.answer",
    "network.away",
    "network.declined",
    "network.disabled",
    "network.inactive",
    "network.unknown",
    "not_found",
    "party.disabled",
    "party.unknown",
    "person.excluded",
    "person.no_secret",
    "person.inactive",
    "rate_limited",
    "request.expired",
    "request.invalid",
    "request.redirect_uri",
    "school.not_on_network",
    "school.closed",
    "school.merged",
    "school.unknown",
    "shortcut.unknown",
    "signin.expired",
    "signin.inside",
    "signin.other_browser",
    "store.unavailable",
    "target.unknown",
)
PARTS = ("pupil", "pupil_now", "pupil_title", "staff", "staff_now", "staff_title", "staff_who")


def catalogue(lang: str) -> dict[str, str]:
    def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
        for key, value in table.items():
            if isinstance(value, str):
                yield prefix + key, value
            else:
                yield from flat(value, f"{prefix}{key}.")

    found: dict[str, str] = {}
    for path in sorted((WEB / "locale").glob(f"*{lang}.toml")):
        part = dict(flat(tomllib.loads(path.read_text("utf-8"))))
        assert not found.keys() & part.keys(), "a text stands in one file"
        found |= part
    return found


TEXTS = {lang: catalogue(lang) for lang in LANGUAGES}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def asked_keys() -> tuple[frozenset[str], frozenset[str]]:
    """What templates ask `t` for: keys, and patterns, in which a part that is only known when rendering matches anything."""
    asked = [(re.sub(r"\\(.)", r"\1", pattern), pattern) for pattern in set(_patterns())]
    return (
        frozenset(key for key, pattern in asked if ".+" not in pattern),
        frozenset(pattern for _, pattern in asked if ".+" in pattern),
    )


def _patterns() -> Iterator[str]:
    for path in (WEB / "templates").rglob("*.html"):
        for call in Environment(autoescape=True).parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                key = call.args[0]
                parts = key.nodes if isinstance(key, nodes.Concat) else [key]
                if not isinstance(key, nodes.Name):
                    yield "".join(re.escape(p.value) if isinstance(p, nodes.Const) else ".+" for p in parts)


def raised_codes() -> Iterator[str]:
    """Every code the product raises a `Problem` with, as it stands in the source."""
    for package in ("idp", "protocols", "directory", "consent", "metadata", "mfa"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text("utf-8")
            for node in ast.walk(ast.parse(text if re.search(r"\b(Problem|Unavailable)\(", text) else "")):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        if node.func.id == "Problem":
                            yield first.value
                        elif node.func.id == "Unavailable":
                            yield f"{first.value}.unavailable"


def problem_codes(lang: str) -> set[str]:
    return {
        key.removeprefix("problem.").removesuffix(".staff")
        for key in TEXTS[lang]
        if re.fullmatch(r"problem\..+\.staff", key)
    }


def test_both_languages_have_the_same_keys() -> None:
    assert set(TEXTS["nl"]) == set(TEXTS["en"])


def test_both_languages_have_the_same_placeholders() -> None:
    assert [key for key, text in TEXTS["nl"].items() if placeholders(text) != placeholders(TEXTS["en"][key])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty_or_ragged(lang: str) -> None:
    assert [key for key, text in TEXTS[lang].items() if not text.strip() or text != text.strip() or "  " in text] == []


def test_every_key_that_a_template_asks_for_exists() -> None:
    keys, patterns = asked_keys()
    assert len(keys) > 100
    assert keys - TEXTS["nl"].keys() == set()
    assert [each for each in map(re.compile, patterns) if not any(map(each.fullmatch, TEXTS["nl"]))] == []


def test_no_text_is_dead() -> None:
    keys, patterns = asked_keys()
    unasked = TEXTS["nl"].keys() - keys - set(ERRORS)
    dead = [key for key in unasked if not any(re.fullmatch(pattern, key) for pattern in patterns)]
    named = {text for _, text in strings_of_the_desk()}
    assert [key for key in dead if OF_AN_ACT.sub("", key) not in named and not OF_A_REFUSAL.fullmatch(key)] == []


def strings_of_the_desk() -> Iterator[tuple[str, str]]:
    """Every piece of text in the modules of desk, classroom and test environment: keys that a route hands to a template stand among them."""
    paths = [
        path
        for room in ("desk", "classroom", "party", "onboarding")
        for path in (ROOT / "idp" / "web" / room).glob("*.py")
    ]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.name, node.value


def test_texts_that_routes_name_exist() -> None:
    assert set(ERRORS) <= set(TEXTS["nl"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_speaks_to_pupils_and_to_staff(lang: str) -> None:
    codes = problem_codes(lang)
    assert set(CODES) <= codes
    missing = [
        f"problem.{code}.{part}" for code in codes for part in PARTS if f"problem.{code}.{part}" not in TEXTS[lang]
    ]
    assert missing == []


def test_every_problem_that_the_product_raises_has_a_text() -> None:
    raised = set(raised_codes())
    assert len(raised) > 5
    assert raised - problem_codes("nl") == set()


@pytest.mark.parametrize(("lang", "teacher"), [("nl", "juf of meester"), ("en", "your teacher")])
def test_a_child_is_always_sent_to_its_teacher(lang: str, teacher: str) -> None:
    assert [code for code in problem_codes(lang) if teacher not in TEXTS[lang][f"problem.{code}.pupil_now"]] == []


def test_staff_are_told_who_can_help() -> None:
    helpers = re.compile(
        r"ICT-coördinator|schoolbestuur|[Uu]itgeverij|netwerkleverancier|LAS-leverancier|helpdesk|zelf oplossen|Wij werken er al aan"
    )
    assert [code for code in problem_codes("nl") if not helpers.search(TEXTS["nl"][f"problem.{code}.staff_who"])] == []


def test_children_are_addressed_with_je_and_adults_with_u() -> None:
    """Design 5: je towards children, u towards staff and parents."""
    to_children = re.compile(
        r"problem\..+\.pupil(_now|_title)?|.+\.pupil|pupil\..+|wait\.(pupil|say|again|heading)|"
        r"signin\.(school|group|child|secret|pictures|pin|resume)\..+"
    )
    to_adults = re.compile(
        r"problem\..+\.staff(_now|_title|_who)?|.+\.staff|account\..+|desk\..+|factors\..+|forgotten\..+|mailed\..+|onboarding\..+|own\..+|party\..+|support\..+|terms\..+|wait\.staff_.+|signin\.(home|password|code|enrol|passkey|recovery|workplace)\..+"
    )
    formal, familiar = re.compile(r"\b([Uu]|[Uu]w)\b"), re.compile(r"\b([Jj]e|[Jj]ij|[Jj]ou|[Jj]ouw)\b")
    texts = TEXTS["nl"]
    assert [key for key in texts if to_children.fullmatch(key) and formal.search(texts[key])] == []
    assert [key for key in texts if to_adults.fullmatch(key) and familiar.search(texts[key])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_jargon(lang: str) -> None:
    jargon = re.compile(
        r"identity provider|\btokens?\b|afbeeldingswachtwoord|\bavatar|QR-badge|autoriser|netwerkprovider|\bconsent-|\bMFA\b|session|sessie",
        re.I,
    )
    assert [key for key, text in TEXTS[lang].items() if jargon.search(text)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_short(lang: str) -> None:
    """Level B1: at most 26 words a sentence."""
    long = [
        key
        for key, text in TEXTS[lang].items()
        if any(len(part.split()) > 26 for part in re.split(r"[.!?:](?:\s|$)", text))
    ]
    assert long == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_picture_and_role_has_a_word(lang: str) -> None:
    wanted = {f"picture.{key}" for key in (*PICTURES, *TILE_PICTURES)} | {f"role.{role}" for role in ROLES}
    assert wanted <= set(TEXTS[lang])
    words = [TEXTS[lang][key] for key in wanted if key.startswith("picture.")]
    assert len(words) == len(set(words))


def test_translations_are_plain_text() -> None:
    marked = [key for texts in TEXTS.values() for key, text in texts.items() if re.search(r"[<>]|&\w+;|https?:", text)]
    assert marked == []


def test_the_catalogues_stand_where_the_pages_read_them() -> None:
    names = {path.name for path in Path(WEB / "locale").iterdir()}
    parts = {
        lang: {name.removesuffix(f"{lang}.toml") for name in names if name.endswith(f"{lang}.toml")}
        for lang in LANGUAGES
    }
    assert {f"{part}{lang}.toml" for lang in LANGUAGES for part in parts[lang]} == names
    assert parts["nl"] == parts["en"] >= {"", "desk.", "factors.", "mailed."}
