"""Dutch first; English for who chose it, for whom a party wishes it, or whose browser puts it before Dutch."""

import functools
from collections.abc import Mapping

from starlette.requests import HTTPConnection

from idp.http import cookies

LANGUAGES = ("nl", "en")


def language_of(connection: HTTPConnection, jar: Mapping[str, str]) -> str:
    """The language of a page: the cookie's, else the party's wish, else the first of ours that the browser accepts, else Dutch."""
    chosen = jar.get(cookies.LANG)
    if chosen in LANGUAGES:
        return chosen
    wished = connection.scope.get(_WISH)
    return wished if wished in LANGUAGES else preferred(connection.headers.get("accept-language", ""))


_WISH = "poortwachter.language"


def wish_for(connection: HTTPConnection, language: str | None) -> None:
    """The party that this request is about would like this language; from here on `language_of` knows."""
    connection.scope[_WISH] = language


def first_of_ours(locales: str) -> str | None:
    """The first of our languages among BCP 47 tags separated by spaces (OIDC Core 3.1.2.1, `ui_locales`); None when there is none."""
    wanted = (tag.lower().split("-")[0] for tag in locales.split()[:20])
    return next((language for language in wanted if language in LANGUAGES), None)


def preferred(accept_language: str) -> str:
    """The best of our languages by an Accept-Language value (RFC 9110, 12.5.4); Dutch when it names none of them."""
    return (_remembered if len(accept_language) <= _BROWSERS_OWN else _best)(accept_language)


_BROWSERS_OWN = 200
"""So many characters are remembered of what a stranger may choose; no browser sends more."""


def _best(accept_language: str) -> str:
    best, best_quality = "nl", 0.0
    for part in accept_language.split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = _quality(rest)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


_remembered = functools.lru_cache(maxsize=256)(_best)


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
