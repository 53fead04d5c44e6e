"""People signing in through the pages that a server under test shows them, whatever their order."""

from collections.abc import Callable, Mapping, Sequence

from bench.client import Answer, Browser, forms
from bench.load import WrongAnswerError

PAGES = 8

# What a person types into a field or presses among the buttons of that name: a value, or a choice from what there is.
Answers = Mapping[str, str | Callable[[Sequence[str]], str]]


async def sign_in(browser: Browser, url: str, answers: Answers, *, until: str = "") -> Answer:
    """Opens `url` and answers each page that asks for something in `answers`; the answer is the first that asks no more.

    A redirect to `until` is not followed but is the answer itself.
    """
    page = await browser.get(url)
    for _ in range(PAGES):
        page = await browser.follow(page, until=until)
        filled = _filled(page, answers) if page.status == 200 else None
        if filled is None:
            return page
        page = await browser.post(*filled)
    raise WrongAnswerError("the sign-in does not end", page)


def nth(number: int) -> Callable[[Sequence[str]], str]:
    """Presses the button with this number; counting goes on from the first after the last."""
    return lambda options: options[number % len(options)]


def _filled(page: Answer, answers: Answers) -> tuple[str, Mapping[str, str]] | None:
    """The form to send and its fields, or None where the page asks for nothing that we know."""
    shown = forms(page)
    for name, answer in answers.items():
        for form in shown:
            if name in form.fields:
                typed = {f: value for f, value in answers.items() if f in form.fields and isinstance(value, str)}
                return form.action, {**form.fields, **typed}
        options = [value for form in shown for button, value in form.buttons if button == name]
        if options:
            pressed = answer(options) if callable(answer) else answer
            form = next(form for form in shown if (name, pressed) in form.buttons)
            return form.action, {**form.fields, name: pressed}
    return None
