"""Every template, in every state and both languages: it renders, has its landmarks and labels, and holds nothing a strict policy forbids."""

import functools
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace as Thing
from typing import Any, cast

import pytest
from lxml import html
from lxml.html import HtmlElement

from idp.credentials.pupil_secrets import PICTURES
from idp.http.pages import shared
from idp.web.pictures import TILE_PICTURES
from tests.web.samples import FRAGMENTS, LANGUAGES, SAMPLES, WEB
from tests.web.weighing import LIGHT, weighed

PAGES = shared()
CASES = [(lang, template, state) for lang in LANGUAGES for template, states in SAMPLES.items() for state in states]


def every_page(check: Callable[[str, str, str], None]) -> Callable[[], None]:
    """Makes what one page must hold into one test of every page, which names each page that does not."""

    def test() -> None:
        wrong = {}
        for case in CASES:
            try:
                check(*case)
            except Exception as error:
                wrong["-".join(case)] = f"{type(error).__name__}: {error}"
        assert wrong == {}

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def sources() -> Iterator[tuple[str, str]]:
    folder = WEB / "templates"
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), path.read_text("utf-8")


@functools.cache
def sample(lang: str, template: str, state: str) -> str:
    return PAGES.html(lang, template, **SAMPLES[template][state])


def rendered(lang: str, template: str, state: str, **changes: Any) -> str:
    if not changes:
        return sample(lang, template, state)
    return PAGES.html(lang, template, **{**SAMPLES[template][state], **changes})


def parsed(lang: str, template: str, state: str, **changes: Any) -> HtmlElement:
    return html.document_fromstring(rendered(lang, template, state, **changes))


def at(element: HtmlElement, path: str) -> list[Any]:
    """What an XPath that selects nodes selects."""
    return cast(list[Any], element.xpath(path))


SPRITE = html.fromstring((WEB / "static" / "pictures.svg").read_bytes())


def test_every_template_has_a_sample_or_is_a_fragment() -> None:
    assert {name for name, _ in sources()} == set(SAMPLES) | FRAGMENTS


@every_page
def test_a_page_has_its_language_landmarks_and_one_heading(lang: str, template: str, state: str) -> None:
    page = parsed(lang, template, state)
    assert page.get("lang") == lang
    assert page.findtext(".//title", "").endswith(" · Poortwachter")
    assert [len(page.findall(f".//{tag}")) for tag in ("header[@class='top']", "main", "footer")] == [1, 1, 1]
    headings = (
        at(page, "//h1[not(ancestor::*[@hidden])]"),
        *(at(part, ".//h1") for part in at(page, "//*[@data-behind]")),
    )
    assert [len(found) for found in headings] == [1] * len(headings)
    assert all(found[0].text_content().strip() for found in headings)
    assert at(page, "//a[@class='skip']/@href") == ["#main"]


@every_page
def test_ids_are_unique_and_every_reference_finds_its_element(lang: str, template: str, state: str) -> None:
    page = parsed(lang, template, state)
    ids = [str(found) for found in at(page, "//@id")]
    named = "//@aria-describedby | //@aria-labelledby | //label/@for | //@data-reveal | //@data-copy"
    wanted = {part for value in at(page, named) for part in str(value).split()}
    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


@every_page
def test_fields_have_labels_and_buttons_have_names(lang: str, template: str, state: str) -> None:
    page = parsed(lang, template, state)
    unlabelled = "//input[not(@type='hidden') and not(@id=//label/@for) and not(ancestor::label)]"
    assert [field.get("name") for field in at(page, unlabelled)] == []
    assert [button for button in at(page, "//button | //a") if not button.text_content().strip()] == []


@every_page
def test_a_form_carries_ticket_and_step_to_the_action(lang: str, template: str, state: str) -> None:
    context = SAMPLES[template][state]
    carried = [(name, context[name]) for name in ("ticket", "step") if context.get(name) is not None]
    for form in parsed(lang, template, state).forms:
        of_the_log = template == "desk/trail.html" and form.get("role") == "search"
        if template == "support/help.html" or form.action == "/helpdesk/schools" or of_the_log:
            # A question in which nobody is named, whose answer may be kept as a bookmark.
            assert form.method == "GET"
            continue
        assert form.method == "POST"
        behind = next((str(part.get("data-behind")) for part in form.iterancestors() if part.get("data-behind")), None)
        if behind is not None and form.fields["step"] == "password":
            assert (form.action, form.fields["ticket"]) == (behind, context["staff_ticket"])
        elif "action" in context:
            assert form.action == context["action"]
            assert [(name, form.fields[name]) for name, _ in carried] == carried


@every_page
def test_nothing_on_a_page_needs_more_than_a_strict_policy_allows(lang: str, template: str, state: str) -> None:
    """C-301: no inline script, style or event, nothing from elsewhere, no data address."""
    page = parsed(lang, template, state)
    attributes = {name for element in page.iter() for name in element.keys()}  # noqa: SIM118 - an element is no dict
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []
    assert at(page, "//style | //base | //object | //embed | //img[not(starts-with(@src, '/logos/'))]") == []
    # Front-Channel Logout 3: the one page with frames, which learn no address of ours.
    frames = at(page, "//iframe")
    assert not frames or template == "signout/elsewhere.html"
    assert {frame.get("referrerpolicy") for frame in frames} <= {"no-referrer"}
    assert [script.get("src") for script in at(page, "//script") if not script.get("src") or script.text] == []
    loaded = [str(found) for found in at(page, "//script/@src | //link/@href | //use/@href")]
    assert [address for address in loaded if not address.startswith("/static/")] == []
    assert [
        str(found) for found in at(page, "//@href | //@src") if str(found).startswith(("data:", "javascript:"))
    ] == []


def test_no_template_holds_a_style_an_event_or_an_inline_script() -> None:
    forbidden = re.compile(r"""\sstyle\s*=|\son[a-z]+\s*=|<style|<script(?![^>]*\ssrc=)|javascript:|data:image""", re.I)
    assert [name for name, source in sources() if forbidden.search(source)] == []


@pytest.mark.parametrize("template", [name for name in SAMPLES if name.startswith("signin/") or name in {"pupil.html"}])
def test_names_from_outside_are_only_ever_text(template: str) -> None:
    evil = """</title><script>x</script>"'><b onclick=x>"""
    hostile = {
        "party": Thing(name=evil, papers={"policy": f"https://x.example/{evil}"}, asks=True),
        "child": Thing(first_name=evil, label=evil, picture="owl", tiles=evil),
        "email": evil,
        "children": [
            Thing(id=evil, at=evil, label=evil, picture="owl", why=None),
            Thing(
                id=evil,
                at=evil,
                label=evil,
                picture="owl",
                why={"code": "network", "name": evil, "url": "https://x.example/"},
            ),
        ],
        "groups": [Thing(at=evil, name=evil, hint=evil)],
        "schools": [Thing(id=evil, at=evil, name=evil, place=evil)],
        "workplaces": [Thing(id=evil, name=evil, roles=[])],
        "school": Thing(name=evil),
        "contact": Thing(name=evil, email=evil, phone=evil, url="https://x.example/"),
        "tiles": [Thing(name=evil, url="https://x.example/")],
    }
    for lang in LANGUAGES:
        for state, context in SAMPLES[template].items():
            text = rendered(lang, template, state, **{name: hostile[name] for name in hostile if name in context})
            assert "<script>" not in text
            assert "<b onclick" not in text


@every_page
def test_every_drawing_and_file_a_page_asks_for_exists(lang: str, template: str, state: str) -> None:
    drawn = set(at(SPRITE, "//symbol/@id"))
    page = parsed(lang, template, state)
    uses = [str(found).partition("#") for found in at(page, "//use/@href")]
    assert {symbol for _, _, symbol in uses} <= drawn
    loaded = {address for address, _, _ in uses} | set(at(page, "//script/@src | //link/@href"))
    assert [address for address in loaded if PAGES.static.respond(str(address).removeprefix("/static/")) is None] == []


def test_the_drawn_sets_are_whole_and_apart() -> None:
    drawn = at(SPRITE, "//symbol/@id")
    named = [str(name) for name in drawn if not str(name).startswith(("ui-", "ico-"))]
    assert len(TILE_PICTURES) >= 40
    assert sorted(named) == sorted((*PICTURES, *TILE_PICTURES))


def test_secret_pictures_differ_by_shape_and_never_by_colour() -> None:
    fills = {str(fill) for key in PICTURES for fill in at(SPRITE, f"//symbol[@id='{key}']//@fill")}
    assert fills == {"var(--wash-gate)", "var(--blank)", "currentColor"}


@pytest.mark.parametrize(
    ("template", "state"),
    [
        (name, state)
        for name, states in SAMPLES.items()
        for state in states
        if states[state].get("error") and state != "waiting"
    ],
)
def test_an_error_is_announced_and_tied_to_the_field(template: str, state: str) -> None:
    page = parsed("nl", template, state)
    assert at(page, "//*[@id='error']/@role") == ["alert"]
    fields = at(
        page, "//form//*[self::input[not(@type='hidden')] or self::select or self::textarea][@aria-invalid='true']"
    )
    assert all("error" in field.get("aria-describedby", "").split() for field in fields)
    # Pictures and passkeys are given in no field, nor is a button that was refused.
    assert fields or template.endswith("pictures.html") or state in {"passkey", "refused"}


def test_browsers_never_offer_to_keep_a_pin() -> None:
    field = parsed("nl", "signin/pin.html", "first").get_element_by_id("pin")
    assert (field.get("type"), field.get("autocomplete"), field.get("inputmode")) == ("text", "off", "numeric")
    assert at(parsed("nl", "signin/pin.html", "first"), "//input[@type='password']") == []


def test_picked_pictures_show_how_many_and_never_which() -> None:
    page = parsed("nl", "signin/pictures.html", "two_picked")
    assert [slot.get("class") for slot in at(page, "//*[@class='slots shake' or @class='slots']/span")] == [
        "slot slot-full",
        "slot slot-full",
        "slot",
    ]
    visible = at(page, "//div[@class='picks-side']")[0]
    assert not [key for key in ("fish", "vis") if re.search(rf"\b{key}\b", html.tostring(visible, encoding="unicode"))]


def test_a_waiting_child_gets_no_field_to_try_again() -> None:
    for template in ("signin/pin.html", "signin/pictures.html"):
        page = parsed("nl", template, "waiting")
        assert at(page, "//*[@name='pin' or @name='pick' or @id='error']") == []
        assert at(page, "//*[@data-wait]/@data-next") == [SAMPLES[template]["waiting"]["action"]]


def test_a_child_is_sent_to_its_teacher_and_sees_no_address_of_anybody() -> None:
    text = parsed("nl", "signin/refused.html", "pupil").text_content()
    assert "juf of meester" in text
    assert "@" not in text
    assert "mailto:" not in rendered("nl", "signin/refused.html", "pupil")


def test_a_refusal_for_staff_says_what_who_now_and_a_reference() -> None:
    text = parsed("nl", "signin/refused.html", "staff").text_content()
    for part in ("niet aangevinkt", "Wie kan helpen", "ict@devlieger.example", "Wat u nu kunt doen", "7KQ2-M4XD"):
        assert part in text


def test_an_answer_for_a_party_carries_exactly_its_fields() -> None:
    def fields(template: str, state: str) -> dict[str, str]:
        form = parsed("nl", template, state).forms[0]
        return {name: str(value) for name, value in form.fields.items()}

    saml, bare, code = (
        fields(*case)
        for case in (("saml/post.html", "relay"), ("saml/post.html", "bare"), ("oidc/form_post.html", "code"))
    )
    assert saml == {"SAMLResponse": "PHNhbWxwOlJlc3BvbnNlLz4=", "RelayState": 'les"7&8'}
    assert bare == {"SAMLResponse": "PHNhbWxwOlJlc3BvbnNlLz4="}
    assert code == {"code": "c0de", "state": "<s>", "iss": "http://localhost:8000"}


def test_scripts_are_few_small_and_run_no_text() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (WEB / "static").glob("*.js")}
    first = {
        "autosubmit.js",
        "card.js",
        "device.js",
        "doors.js",
        "page.js",
        "passkey.js",
        "puzzle.js",
        "secret.js",
        "signout.js",
    }
    assert set(scripts) == first
    assert sum(map(len, scripts.values())) < 20_000
    assert [
        name for name, text in scripts.items() if re.search(r"\beval\(|innerHTML|new Function|document\.write", text)
    ] == []


def test_the_stylesheet_loads_nothing_and_every_class_it_gives_a_page_exists() -> None:
    css = "".join(
        (WEB / "static" / name).read_text("utf-8") for name in ("poortwachter.css", "desk.css", "classroom.css")
    )
    assert re.findall(r"@import|url\(", css) == []
    known = set(re.findall(r"\.([a-z][a-z-]*)", re.sub(r"/\*.*?\*/", "", css, flags=re.S)))
    used = {
        name
        for lang, template, state in CASES
        for value in at(parsed(lang, template, state), "//@class")
        for name in str(value).split()
    }
    assert used - known == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_weighs_less_than_sixty_kilobytes_with_all_that_belongs_to_it(lang: str) -> None:
    weights = {
        (name, state): weighed(rendered(lang, name, state)) for name, states in SAMPLES.items() for state in states
    }
    assert {case: bytes_ for case, bytes_ in weights.items() if bytes_ > LIGHT} == {}
    assert min(weights.values()) > 10_000, "the stylesheet counts"
