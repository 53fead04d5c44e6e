"""A card before a camera, and how many taps the morning costs."""

from pathlib import Path

from playwright.async_api import Browser, ViewportSize

from idp.web import qr
from tests.e2e import chromium
from tests.e2e.conftest import Begin
from tests.e2e.walk import Walk

WIDTH, HEIGHT = 640, 480
WHITE, DARK, GREY = 255, 24, 128
"""Luma of paper and ink; chroma of no colour."""
COUNT = "addEventListener('click', () => { sessionStorage.taps = Number(sessionStorage.taps ?? 0) + 1 }, true)"


def film(code: str) -> bytes:
    """A camera's picture of a card as YUV4MPEG2: one frame, which Chromium shows again and again."""
    rows, size = qr.modules(code), 8
    left, top = (WIDTH - len(rows) * size) // 2, (HEIGHT - len(rows) * size) // 2
    luma = bytearray([WHITE]) * (WIDTH * HEIGHT)
    for row, modules in enumerate(rows):
        line = b"".join(bytes([DARK if dark else WHITE]) * size for dark in modules)
        for y in range(top + row * size, top + (row + 1) * size):
            luma[y * WIDTH + left : y * WIDTH + left + len(line)] = line
    chroma = bytes([GREY]) * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + b"FRAME\n" + bytes(luma) + chroma


async def a_card(walk: Walk) -> tuple[str, str]:
    """What the card of a child of the guide holds, and the child's name."""
    await walk.page.goto(walk.sites.idp)
    holder = walk.page.locator(".demo-pupil", has=walk.page.locator(".demo-card-code")).first
    code = await holder.locator(".demo-card-code").text_content()
    name = await holder.locator("strong").text_content()
    return code or "", name or ""


async def taps(walk: Walk) -> int:
    """How often somebody tapped since the browser was opened."""
    return int(await walk.page.evaluate("Number(sessionStorage.taps ?? 0)"))


async def shortcut_of(walk: Walk) -> str:
    """The pupil shortcut of the guide."""
    await walk.page.goto(walk.sites.idp)
    link = walk.page.get_by_role("link", name="Snelkoppeling voor leerlingen")
    return await link.get_attribute("href") or ""


async def test_a_child_shows_its_card_and_taps_nothing(
    begin: Begin, browser: Browser, tmp_path: Path, seen: set[str]
) -> None:
    guide = await begin()
    code, name = await a_card(guide)
    picture = tmp_path / "card.y4m"
    picture.write_bytes(film(code))
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={picture}",
    )
    async with await browser.browser_type.launch(
        executable_path=chromium.PATH, args=[*chromium.FLAGS, *camera]
    ) as with_camera:
        size: ViewportSize = {"width": 1024, "height": 768}
        context = await with_camera.new_context(viewport=size, locale="nl-NL", reduced_motion="reduce")
        await context.add_init_script(COUNT)
        walk = Walk.begin(await context.new_page(), guide.sites, seen)
        shortcut = await shortcut_of(walk)
        await walk.page.goto(shortcut)
        await walk.press("Inlogkaartje")
        await walk.look(f"Hoi {name.split()[0]}")
        assert await taps(walk) == 1, "the button, once on this device"
        await walk.page.goto(shortcut)
        await walk.look(f"Hoi {name.split()[0]}")
        assert await taps(walk) == 1, "nothing but the card"
        assert walk.complaints == []


async def test_a_child_with_pictures_taps_its_tile_and_three_pictures_where_its_group_is_known(begin: Begin) -> None:
    walk = await begin()
    await walk.page.add_init_script(COUNT)
    child = next(child for child in await walk.pupils() if child.pictures)
    shortcut = await shortcut_of(walk)
    await walk.page.goto(shortcut)
    await walk.choose(child)
    await walk.tap(child)
    await walk.look("Hoi ")
    await walk.press("Klaar")
    await walk.look("Tot ziens!")
    before = await taps(walk)
    await walk.page.goto(shortcut)
    await walk.look("Wie ben jij?")
    await walk.press(child.name)
    await walk.tap(child)
    await walk.look("Hoi ")
    assert await taps(walk) - before == 4
