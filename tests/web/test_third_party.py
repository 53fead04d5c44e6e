"""Software of others that our pages bring along is what its makers published, byte for byte, with its licence (ADR 12)."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from idp.http.pages import WEB, Pages

PACKAGES = sorted((WEB / "static" / "third_party").iterdir())


def of(package: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((package / "origin.json").read_text("utf-8"))
    return told


def test_there_is_one() -> None:
    assert [package.name for package in PACKAGES] == ["qr"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_file_is_the_published_one(package: Path) -> None:
    told = of(package)
    assert told["name"] == package.name
    assert told["package"].startswith("sha512-")
    there = {
        path.name: "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
        for path in package.iterdir()
        if path.name != "origin.json"
    }
    assert there == told["files"]
    assert any(name.startswith("LICENSE") for name in there)


def test_its_modules_find_one_another_and_a_changed_one_has_another_address() -> None:
    static = Pages().static
    decode, index = (static.url(f"third_party/qr/{name}.js") for name in ("decode", "index"))
    assert decode.rpartition("/")[0] == index.rpartition("/")[0]
    found = static.respond(decode.removeprefix("/static/"))
    assert found is not None
    assert found.media_type == "text/javascript"
    assert "immutable" in found.headers["cache-control"]
    assert b"from './index.js'" in found.body


def test_a_strict_policy_lets_it_run() -> None:
    """C-301: nothing in it makes code out of text."""
    source = "".join(path.read_text("utf-8") for path in (WEB / "static/third_party/qr").glob("*.js"))
    assert "new Function" not in source
    assert "eval(" not in source
    assert "WebAssembly" not in source
