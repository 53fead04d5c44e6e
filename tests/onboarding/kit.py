"""Somebody who applies for a school: what he types, the files that he hands in, and the addresses of his pages."""

from collections.abc import AsyncIterator
from dataclasses import replace

from sqlalchemy import insert, select, update

from directory.onboarding import asking, checking, letters
from directory.onboarding.answers import Answers, read
from directory.onboarding.asking import Told
from directory.onboarding.checking import Looked
from directory.onboarding.models import Application
from directory.register.models import RegisterBoard, RegisterLocation, RegisterReading
from tests.browser import Browser, Page
from tests.house import BASE, House
from tests.journeys.mailbox import link

HERE, ABROAD = "/nieuwe-school/nederland", "/nieuwe-school/buitenland"
MINE, SIGNED, LETTER = "/nieuwe-school/aanvraag", "/nieuwe-school/aanvraag/ondertekend", "/nieuwe-school/aanvraag/brief"
REPLY = "bestuursbureau@zand.example"
TOLD = Told(BASE, "helpdesk@poortwachter.example")
FORM = {
    "board_name": "Stichting Zand",
    "board_number": "41234",
    "school_name": "De Duinroos",
    "brin": "98xy",
    "location": "00",
    "director_first_name": "Els",
    "director_prefix": "van der",
    "director_surname": "Wal",
    "director_function": "Voorzitter",
    "first_name": "Bram",
    "prefix": "",
    "surname": "Klaver",
    "email": "b.klaver@duinroos.example",
    "reply": REPLY,
}
FAR = {**FORM, "school_name": "De Verre School", "place": "Aruba", "country": "Aruba"}
MARK = "----deze-regel-scheidt"


def pdf(inside: bytes = b"", *, tail: bytes = b"", version: bytes = b"1.7") -> bytes:
    """The smallest file that is a PDF by its first and last bytes, with something in it."""
    body = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + inside + b" " * 200
    return body + b"\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(body) + 1) + tail


def answers(**changes: str) -> Answers:
    """What the form says, as it is kept."""
    return read({**FORM, **changes}, "nl")


async def apply(browser: Browser, path: str = HERE, **changes: str) -> Page:
    """Fills in the form and sends it."""
    form = (await browser.get(path)).form("school_name")
    return await browser.post(path, {**form.hidden, **(FAR if path == ABROAD else FORM), **changes})


async def opens_link(house: House, browser: Browser, reply: str = REPLY) -> Page:
    """Follows the newest link in the applicant's mail."""
    return await browser.get(await link(house, reply, MINE))


async def hands_in(
    browser: Browser, page: Page, content: bytes, *, name: str = "brief.pdf", token: str | None = None
) -> Page:
    """Uploads a letter from the applicant's page, as a browser does."""
    told = token if token is not None else page.form("file").hidden["token"]
    head = f'--{MARK}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{told}\r\n--{MARK}\r\n'
    head += f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    body = head.encode() + content + f"\r\n--{MARK}--\r\n".encode()
    cookie = "; ".join(f"{key}={value}" for key, (value, _) in browser.cookies.items())
    kind = {"Content-Type": f"multipart/form-data; boundary={MARK}", "Accept": "text/html", "Accept-Language": "nl"}
    response = await browser.client.post(SIGNED, content=_pieces(body), headers={**kind, "Cookie": cookie})
    return await browser.follow(Page(response, f"{BASE}{SIGNED}"))


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


async def waiting(house: House, asked: Answers | None = None, *, letter: bytes = b"") -> int:
    """An application with its letter, that waits for the first yes; its number."""
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        number, _ = await asking.ask(db, floor.keyring, asked or answers(), TOLD, lang="nl", now=now)
        await db.execute(update(Application).where(Application.id == number).values(state="received", version=1))
        await letters.keep(db, floor.keyring, number, 1, letter or pdf(), now=now)
    return number


async def looked(house: House, number: int) -> Looked:
    """The application as a checker sees it."""
    async with house.floor.database.read() as db:
        return await checking.one(db, house.floor.keyring, number, now=house.clock.now)


async def listed(house: House, code: str = "98XY00", **changes: str) -> None:
    """DUO's register has this location, and the address of its board."""
    row = {"name": "De Duinroos", "place": "ZAND", "board_number": "41234", "board_name": "Stichting Zand", **changes}
    async with house.floor.database.begin() as db:
        await db.execute(insert(RegisterLocation).values(code=code, **row))
        at = {"street": "Zandweg", "house_number": "1 a", "postcode": "7822 HG", "place": "ZAND"}
        await db.execute(insert(RegisterBoard).values(number=row["board_number"], **at))
        read_at = house.clock.now
        await db.execute(insert(RegisterReading).values(read_at=read_at, by="test", digest="0" * 64, counts={}))


async def numbers(house: House) -> list[int]:
    """The applications that there are."""
    async with house.floor.database.read() as db:
        return list((await db.execute(select(Application.id).order_by(Application.id))).scalars())


def elsewhere(asked: Answers, **changes: str) -> Answers:
    """The same with something else."""
    return replace(asked, **changes)  # type: ignore[arg-type]
