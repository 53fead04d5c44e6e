"""Dutch first; English for who chose it, or whose browser puts it before Dutch."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from idp.http import cookies

LANGUAGES = ("nl", "en")


def language_of(connection: HTTPConnection, jar: Mapping[str, str]) -> str:
    """The language of a page: the cookie's, else the first of ours that the browser accepts, else Dutch."""
    chosen = jar.get(cookies.LANG)
    if chosen in LANGUAGES:
        return chosen
    return preferred(connection.headers.get("accept-language", ""))


def preferred(accept_language: str) -> str:
    """The best of our languages by an Accept-Language value (RFC 9110, 12.5.4); Dutch when it names none of them."""
    best, best_quality = "nl", 0.0
    for part in accept_language.split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = _quality(rest)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
