"""Rendering pages: templates, texts by key in two languages, static files under names that carry their content's hash."""

import ast
import functools
import gzip
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.http import cookies
from idp.http.kept import Kept, own
from idp.http.language import LANGUAGES, language_of

WEB = Path(__file__).resolve().parents[1] / "web"


class Constants(Extension):
    """Writes what is the same on every page of a language into its templates when they are loaded: texts, addresses, drawings."""

    _CALL = re.compile(r"""\{\{ (t|asset|picture|icon)\(((?:"[^"{}]*"|'[^'{}]*')(?:, \d+)?)\) \}\}""")

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        def written(call: re.Match[str]) -> str:
            function: Callable[..., object] = self.environment.globals[call[1]]  # type: ignore[assignment]
            return str(escape(function(*ast.literal_eval(f"({call[2]},)"))))

        return self._CALL.sub(written, source)


@functools.cache
def shared() -> "Pages":
    """The pages of this process: however many applications it makes, templates and texts are read once."""
    return Pages()


@dataclass(frozen=True, slots=True)
class Outline:
    """A rendered page with named gaps: text, name, text, name, ..., text."""

    pieces: tuple[str, ...]

    def fill(self, **values: str) -> str:
        """The page with every gap filled; values are escaped as the template would have done."""
        made = list(self.pieces)
        made[1::2] = [str(escape(values[name])) for name in self.pieces[1::2]]
        return "".join(made)


class Pages:
    """The templates and texts of one process, read once."""

    def __init__(self, *folders: Path) -> None:
        self._texts = {lang: Texts(lang) for lang in LANGUAGES}
        self._outlines: dict[object, Outline] = {}
        self._kept = Kept()
        self.static = StaticFiles(WEB / "static")
        self._environments = {lang: self._environment(lang, (WEB / "templates", *folders)) for lang in LANGUAGES}

    def _environment(self, lang: str, folders: tuple[Path, ...]) -> Environment:
        made = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=[Constants],
        )
        texts = self._texts[lang]

        def t(key: str, **values: object) -> str:
            return texts[key].format(**values) if values else texts[key]

        made.globals.update(t=t, lang=lang, asset=self.static.url, picture=self._picture, icon=self._icon)
        return made

    def _picture(self, key: str, size: int = 64) -> Markup:
        return self._drawing("picture", key, size)

    def _icon(self, key: str, size: int = 20) -> Markup:
        return self._drawing("icon", f"ico-{key}", size)

    def _drawing(self, kind: str, key: str, size: int) -> Markup:
        where = f"{self.static.url('pictures.svg')}#{escape(key)}"
        return Markup(  # noqa: S704 - the one part that is not ours is escaped
            f'<svg class="{kind}" width="{size}" height="{size}" aria-hidden="true" focusable="false">'
            f'<use href="{where}"></use></svg>'
        )

    def has_text(self, key: str) -> bool:
        """Whether the translations know this key."""
        try:
            return bool(self._texts["nl"][key])
        except KeyError:
            return False

    def problems(self) -> list[str]:
        """The codes of all problems that have a page."""
        return sorted(
            key.removeprefix("problem.").removesuffix(".staff")
            for key in self._texts["nl"].whole()
            if key.startswith("problem.") and key.endswith(".staff")
        )

    def text(self, lang: str, key: str, **values: object) -> str:
        """One text. Raises `KeyError` for an unknown key: translations are complete, a test sees to it."""
        return self._texts[lang][key].format(**values)

    def html(self, lang: str, template: str, **context: Any) -> str:
        """A rendered template."""
        return self._environments[lang].get_template(template).render(context)

    def outline(self, lang: str, template: str, **context: Any) -> Outline:
        """A page in which only the values named in `context` differ from one visitor to the next, cut up at those places once.

        `context` maps each name to True where it is there at all; `Outline.fill` takes the values.
        """
        marks = {name: f"\x02{name}\x03" if there else None for name, there in context.items()}
        place = (lang, template, tuple(marks.items()))
        found = self._outlines.get(place)
        if found is None:
            html = self.html(lang, template, lang_switch_url=None, party=None, **marks)
            found = self._outlines[place] = Outline(tuple(re.split("\x02(.*?)\x03", html)))
        return found

    def respond(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        kept: bool = False,
        again: str | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """A page in the visitor's language. `kept`: what others saw is filled in with this visitor's own words, which are marked. `again` is where it
        can be shown once more, if not at the address that was asked for."""
        lang = language_of(request, cookies.read(request.headers.get("cookie")))
        context.setdefault("lang_switch_url", own(_switch(request, lang, again)))
        html = self._kept.html(self.html, lang, template, context) if kept else self.html(lang, template, **context)
        return HTMLResponse(html, status_code=status, headers=headers)


def _switch(request: Request, lang: str, again: str | None) -> str | None:
    # Only a page that a GET shows can be shown again in the other language.
    path = again or request.scope["path"]
    if (request.method != "GET" and again is None) or not path.isascii():
        return None
    other = "en" if lang == "nl" else "nl"
    # Not `quote(path, safe="")`, which has no short way for what need not be quoted.
    return f"/language/{other}?to={quote(path).replace('/', '%2F')}"


ROOMS: Final = ("board", "classroom", "desk", "helpdesk", "onboarding", "party")
"""How the files of texts begin that are read when somebody comes to such a room: two thirds of all, of which most processes need none (D43)."""


class Texts(dict[str, str]):
    """Every text of a language: `nl.toml`, and for each part of the product `<part>.nl.toml`, by key. Raises `KeyError` for an unknown key."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        files = sorted((WEB / "locale").glob(f"*{lang}.toml"))
        self._unread = [path for path in files if path.name.startswith(ROOMS)]
        self._read(path for path in files if path not in self._unread)

    def __missing__(self, key: str) -> str:
        if not self._unread:
            raise KeyError(key)
        return self.whole()[key]

    def whole(self) -> "Texts":
        """With those of every part of the product."""
        unread, self._unread = self._unread, []
        self._read(unread)
        return self

    def _read(self, files: Iterable[Path]) -> None:
        for path in files:
            self.update(_flat(tomllib.loads(path.read_text("utf-8"))))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, str):
            found[prefix + key] = value
        else:
            found |= _flat(value, f"{prefix}{key}.")
    return found


class StaticFiles:
    """The files of `static/`, in memory, each at `/static/<hash>/<name>`: a changed file has another address, so caches keep them for good.

    Modules of others stand in `third_party/<package>/` as they were published. They ask for one another by relative addresses, so that a package has
    one hash for all its files.
    """

    TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, bytes, str]] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in self.TYPES:
                self._keep(path.name, path, of=path.read_bytes())
        for package in sorted(folder.glob("third_party/*")):
            files = [path for path in sorted(package.iterdir()) if path.suffix in self.TYPES]
            whole = b"".join(path.read_bytes() for path in files)
            for path in files:
                self._keep(path.relative_to(folder).as_posix(), path, of=whole)

    def _keep(self, name: str, path: Path, *, of: bytes) -> None:
        place = f"{hashlib.sha256(of).hexdigest()[:12]}/{name}"
        self._urls[name] = f"/static/{place}"
        content = path.read_bytes()
        self._files[place] = (content, gzip.compress(content, mtime=0), self.TYPES[path.suffix])

    def url(self, name: str) -> str:
        """The address of a file. Raises `KeyError` for an unknown one."""
        return self._urls[name]

    def content(self, name: str) -> bytes:
        """What is in a file. Raises `KeyError` for an unknown one."""
        return self._files[self._urls[name].removeprefix("/static/")][0]

    def respond(self, place: str, *, accepts: str = "") -> Response | None:
        """The response for what follows `/static/`, or None; packed for who accepts gzip. They hold no secret, so packing tells nothing."""
        found = self._files.get(place)
        if found is None:
            return None
        plain, packed, kind = found
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if "gzip" in accepts and len(packed) < len(plain):
            return Response(packed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(plain, media_type=kind, headers=headers)
