"""What a person calls the browser that he sits at: the name that a passkey gets where nobody types one."""

from starlette.requests import Request

from idp.http import cookies
from idp.http.language import language_of
from idp.http.resources import resources_of
from idp.signin import browsers


def name_of(request: Request) -> str:
    """Such as "Chrome op een Windows-computer", in the language of the page."""
    pages, lang = resources_of(request).pages, language_of(request, cookies.read(request.headers.get("cookie")))
    browser, system = browsers.kind_of(request.headers.get("user-agent", ""))
    return f"{pages.text(lang, f'own.browser.{browser}')} {pages.text(lang, f'own.system.{system}')}"
