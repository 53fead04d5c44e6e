"""The shortcuts as files (R115, R116, R117): what is in the zip leads where the page says, under names that every device can store."""

import io
import json
import plistlib
from datetime import date
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from consent import ticks
from directory.models import Enrolment
from idp.web.desk import shortcut_files
from idp.web.desk.shortcut_files import Shortcut, file_name
from metadata import parties, upstreams
from metadata.upstreams import OidcIssuer
from tests.desk.sitting import base, colleague_of, sits_down
from tests.house import ECKID, House
from tests.journeys.stories import add_school, shortcut
from tests.metadata.test_targets import registered

DAY = date(2026, 11, 22)


def written(*shortcuts: Shortcut, school: str = "De Regenboog") -> dict[str, bytes]:
    content = shortcut_files.zipped(
        school, shortcuts, read_me="Een\nTwee", read_me_name="LEES MIJ", on=DAY, icon=b"png"
    )
    archive = ZipFile(io.BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


async def test_the_zip_of_a_school_leads_to_that_school(house: House) -> None:
    await registered(house)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/shortcuts")
    assert f'href="{base(house)}/networks/shortcuts/zip"' in page.text
    assert "niet nodig" not in page.text
    answer = (await browser.get(f"{base(house)}/networks/shortcuts/zip")).response
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="snelkoppelingen-99ZZ.zip"'
    archive = ZipFile(io.BytesIO(answer.content))
    here = f"https://inloggen.example{shortcut(house.school)}"
    assert archive.read("Windows/De Regenboog leerlingen.url").decode().splitlines()[1] == f"URL={here}"
    clips = plistlib.loads(archive.read("iPad/De Regenboog.mobileconfig"))["PayloadContent"]
    assert {one["Icon"][1:4] for one in clips} == {b"PNG"}, "a child that does not read knows it by its picture"
    marks = json.loads(archive.read("Chromebook/ManagedBookmarks.json"))
    assert [one["URL"] for one in clips][:2] == [here, "https://inloggen.example/"]
    assert (marks[0], marks[1]["url"]) == ({"toplevel_name": "De Regenboog"}, here)
    folders = {one["name"]: [each["url"] for each in one["children"]] for one in marks if "children" in one}
    assert all(f"{here}&TARGET=" in each for each in folders["Lessen voor leerlingen"])
    assert all(each.startswith("https://rekenrijk.example/") for each in folders["Lessen voor leerkrachten"])
    read_me = archive.read("LEES MIJ.txt").decode("utf-8-sig")
    assert "Snelkoppelingen van De Regenboog, gemaakt op" in read_me
    assert "NIET NODIG" not in read_me


async def test_where_a_network_provider_is_ticked_the_zip_says_that_lessons_need_none(house: House) -> None:
    """R117; and the same tick is what `why` tells of a child that the provider cannot name."""
    now, floor = house.clock.now, house.floor
    async with floor.database.begin() as db:
        party = await parties.add_party(
            db, name="Demo Netwerk", kind="network", fields=["profile"], sector="netwerk.example", now=now
        )
        issuer = OidcIssuer("https://netwerk.example", "poort", "s" * 40)
        await upstreams.add_oidc(db, floor.keyring, party, issuer, now=now, trusted_for_mfa=False)
        await ticks.give(db, house.school.id, party, ["profile"], now=now, by="test")
        query = select(Enrolment.person_id, Enrolment.id)
        places = {row.person_id: row.id for row in await db.execute(query)}
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/shortcuts")
    assert (
        "niet nodig: leerlingen komen via de netwerkomgeving bij hun software. Aangevinkt: Demo Netwerk." in page.text
    )
    answer = (await browser.get(f"{base(house)}/networks/shortcuts/zip")).response
    read_me = ZipFile(io.BytesIO(answer.content)).read("LEES MIJ.txt").decode("utf-8-sig")
    assert "NIET NODIG" in read_me
    assert "(Demo Netwerk)" in read_me
    finn = await browser.get(f"{base(house)}/why/pupils/{places[house.people['Finn']]}")
    assert "want er is geen ECK-iD" in finn.text
    noor = await browser.get(f"{base(house)}/why/pupils/{places[house.people['Noor']]}")
    assert "kan deze persoon bij ons aanwijzen: Demo Netwerk." in noor.text
    assert ECKID[-20:] not in noor.text


async def test_nobody_takes_the_zip_of_another_school(house: House) -> None:
    """C-324."""
    there = await add_school(house, "De Overkant", "98XX")
    other = await colleague_of(house, there, "elders")
    page = await other.get(f"{base(house)}/networks/shortcuts/zip")
    assert (page.status, house.school.instelling_ref in page.text) == (403, False)


def test_names_of_files_are_those_that_every_device_can_store() -> None:
    assert file_name("De Poort / C:\\..\\x?<>|*\r\n") == "De Poort C .. x"
    assert file_name(" ... ") == "school"
    assert file_name("Sint-Jozef (École)") == "Sint-Jozef (École)"
    assert len(file_name("x" * 200)) == 60
    found = written(Shortcut("A/B", "https://a.example/"), Shortcut("a b", "https://b.example/", ""), school="../..")
    assert list(found)[:3] == ["LEES MIJ.txt", "Windows/A B.url", "Windows/a b (2).url"]
    assert "iPad/school.mobileconfig" in found
    assert found["LEES MIJ.txt"].endswith(b"Een\r\nTwee")


def test_an_address_writes_no_second_line_and_a_name_no_second_element() -> None:
    with pytest.raises(ValueError, match="not an address"):
        written(Shortcut("x", "https://a.example/\r\nIconFile=\\\\elders\\x"))
    found = written(Shortcut("x</string><key>URL", "https://a.example/"))
    clips = plistlib.loads(found["iPad/De Regenboog.mobileconfig"])["PayloadContent"]
    assert [(one["Label"], one["URL"]) for one in clips] == [("x</string><key>URL", "https://a.example/")]
    assert written(Shortcut("x", "https://a.example/")) == written(Shortcut("x", "https://a.example/"))
