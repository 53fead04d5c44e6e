"""People signing in through the pages that a server under test shows them, whatever their order."""

import re
from collections.abc import Callable, Mapping, Sequence

from bench.client import Answer, Browser, Button, forms, links
from bench.load import WrongAnswerError

PAGES = 8
_TILE = re.compile(r"/signin/[^/]+/(?:group-[0-9]+-)?(group|child)-[0-9]+$")

# What a person types into a field, or presses among the buttons of that name: by its words or value, or chosen freely.
Answers = Mapping[str, str | Callable[[Sequence[Button]], Button]]


async def sign_in(browser: Browser, url: str, answers: Answers, *, until: str = "") -> Answer:
    """Opens `url` and answers each page that asks for something in `answers`; the answer is the first that asks no more.

    A redirect to `until` is not followed but is the answer itself.
    """
    page = await browser.get(url)
    for _ in range(PAGES):
        page = await browser.follow(page, until=until)
        filled = _filled(page, answers) if page.status == 200 else None
        # A page that asks for something leads back as well: that is not the way on.
        door = _door(page, answers) if filled is None else None
        if filled is None and door is None:
            return page
        page = await (browser.post(*filled) if filled is not None else browser.get(door or page.url))
    raise WrongAnswerError("the sign-in does not end", page)


def nth(number: int) -> Callable[[Sequence[Button]], Button]:
    """Presses the button with this number; counting goes on from the first after the last."""
    return lambda shown: shown[number % len(shown)]


def _filled(page: Answer, answers: Answers) -> tuple[str, Mapping[str, str]] | None:
    """The form to send and its fields, or None where the page asks for nothing that we know."""
    for form in forms(page):
        typed = {name: answer for name, answer in answers.items() if name in form.fields and isinstance(answer, str)}
        if typed:
            return form.action, {**form.fields, **typed}
        for name, answer in answers.items():
            shown = [button for button in form.buttons if button.name == name]
            if shown:
                return form.action, {**form.fields, name: _pressed(shown, answer).value}
    return None


def _door(page: Answer, answers: Answers) -> str | None:
    """The link by which the page asks which `way` somebody goes, which `group` a child is in, or which `child` it is, or whether it shows its card
    `instead`; None where it asks none."""
    tiles = [Button(found[1], at, words) for words, at in links(page) for found in _TILE.finditer(at)]
    for name in ("group", "child"):
        shown = [tile for tile in tiles if tile.name == name]
        if shown and name in answers:
            return _pressed(shown, answers[name]).value
    wanted = tuple(f"/{answers[name]}" for name in ("way", "instead") if name in answers)
    return next((at for _, at in links(page) if "/signin/" in at and at.endswith(wanted)), None)


def _pressed(shown: Sequence[Button], answer: str | Callable[[Sequence[Button]], Button]) -> Button:
    if callable(answer):
        return answer(shown)
    return next(button for button in shown if answer in {button.value, button.words})
