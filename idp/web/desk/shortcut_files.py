"""The shortcuts of a school as files (R115, R116): one zip with what Windows, iPads and Chromebooks take, and a page that says what to do with it.

An iPad takes a profile with web clips, a Chromebook the policy of managed bookmarks, Windows a file per shortcut.
"""

import io
import plistlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson
from starlette.responses import Response

ICON: Final = "mark-180.png"
"""Of our static files the one for home screens."""
LONGEST_NAME: Final = 60
"""Characters of a file's name, so that it can be unpacked deep in a folder of Windows."""
ALSO_KEPT: Final = " -()."


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An address with the name under which it stands on a device, in the folder of its kind ("" is the top)."""

    name: str
    address: str
    folder: str = ""


def file_name(text: str) -> str:
    """A name as every device can store it: letters, digits and a few signs, no dot or space at either end."""
    kept = "".join(sign if sign.isalnum() or sign in ALSO_KEPT else " " for sign in text)
    return " ".join(kept.split())[:LONGEST_NAME].strip(" .") or "school"


def zipped(
    school: str, shortcuts: Sequence[Shortcut], *, read_me: str, read_me_name: str, on: date, icon: bytes
) -> bytes:
    """The zip. `read_me` is the text beside the files; each file bears the day `on`; `icon` is a PNG for the home screen, by which a child
    that cannot read finds its way."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in _files(school, shortcuts, read_me, read_me_name, icon):
            info = ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, content)
    return written.getvalue()


def _files(
    school: str, shortcuts: Sequence[Shortcut], read_me: str, read_me_name: str, icon: bytes
) -> list[tuple[str, bytes]]:
    # Windows reads a text without line ends of its own as one line, and one without a mark as another alphabet.
    found = [(f"{read_me_name}.txt", read_me.replace("\n", "\r\n").encode("utf-8-sig"))]
    used: set[str] = set()
    for one in shortcuts:
        stem = "/".join(filter(None, ("Windows", one.folder and file_name(one.folder), file_name(one.name))))
        name, number = stem, 2
        while name.lower() in used:
            name, number = f"{stem} ({number})", number + 1
        used.add(name.lower())
        found.append((f"{name}.url", f"[InternetShortcut]\r\nURL={_one_line(one.address)}\r\n".encode()))
    found.append((f"iPad/{file_name(school)}.mobileconfig", _web_clips(school, shortcuts, icon)))
    found.append(("Chromebook/ManagedBookmarks.json", _bookmarks(school, shortcuts)))
    return found


def as_download(content: bytes, name: str) -> Response:
    """The zip as an answer, which no browser keeps for the next one."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


def _one_line(address: str) -> str:
    """An address has neither spaces nor line ends; one that had would write a second line into the file."""
    if not address.isprintable() or " " in address:
        raise ValueError("not an address")
    return address


def _web_clips(school: str, shortcuts: Sequence[Shortcut], icon: bytes) -> bytes:
    """A configuration profile of which each payload puts one address on the home screen; the same shortcuts make the same profile."""
    clips: list[dict[str, Any]] = []
    for one in shortcuts:
        number = uuid.uuid5(uuid.NAMESPACE_URL, f"{one.folder} {one.address}")
        clips.append(
            {
                "PayloadType": "com.apple.webClip.managed",
                "PayloadVersion": 1,
                "PayloadIdentifier": f"webclip.{number}",
                "PayloadUUID": str(number).upper(),
                "PayloadDisplayName": one.name,
                "Label": one.name,
                "URL": one.address,
                "Icon": icon,
                "IsRemovable": True,
                "FullScreen": False,
            }
        )
    whole = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(one.address for one in shortcuts))
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"shortcuts.{whole}",
            "PayloadUUID": str(whole).upper(),
            "PayloadDisplayName": school,
            "PayloadContent": clips,
        }
    )


def _bookmarks(school: str, shortcuts: Sequence[Shortcut]) -> bytes:
    """The value of the policy ManagedBookmarks, with a folder per kind."""
    top: list[dict[str, Any]] = [{"toplevel_name": school}]
    folders: dict[str, list[dict[str, Any]]] = {}
    for one in shortcuts:
        mark = {"name": one.name, "url": one.address}
        if one.folder and one.folder not in folders:
            folders[one.folder] = []
            top.append({"name": one.folder, "children": folders[one.folder]})
        (folders[one.folder] if one.folder else top).append(mark)
    return orjson.dumps(top, option=orjson.OPT_INDENT_2)
