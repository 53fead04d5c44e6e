"""Who has no mouse: what Tab reaches, what shows that it is there, what is too small to hit (WCAG 2.2: 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11, 2.5.8)."""

import asyncio
from typing import Any

from playwright.async_api import Page

LISTEN = """() => {
  const offered = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(e => !e.disabled && e.type !== "hidden" && e.tabIndex >= 0 && e.checkVisibility());
  window.offered = offered;
  window.walked = [];
  document.body.tabIndex = -1;
  document.body.focus();
  document.addEventListener("focusin", event => walked.push(event.target));
  // A date is several stops of its own, and a frame that scrolls is one more.
  const dates = offered.filter(e => e.type === "date").length;
  const moments = offered.filter(e => e.type === "datetime-local").length;
  return offered.length + 4 * dates + 7 * moments + document.querySelectorAll(".table-frame, .rail ul").length + 2;
}"""

JUDGE = """() => {
  const name = e => e.outerHTML.slice(0, 90);
  const reached = e => walked.includes(e) || (e.type === "radio" && walked.some(w => w.type === "radio" && w.name === e.name && w.form === e.form));
  const order = walked.filter(e => offered.includes(e)).map(e => offered.indexOf(e));
  const first = order.slice(0, new Set(order).size);
  const found = offered.filter(e => !reached(e)).map(e => "not reached: " + name(e));
  if (walked[0] !== document.querySelector(".skip")) found.push("the way to the content is not the first stop");
  if (first.some((n, i) => i && n < first[i - 1])) found.push("the order jumps back");
  for (const e of offered) {
    e.focus({ focusVisible: true });
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) found.push("no ring: " + name(e));
    // Of a large field a browser brings the line into view that is written in: what is seen of it counts (2.4.11).
    const seen = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const hit = document.elementFromPoint(box.left + box.width / 2, (seen[0] + seen[1]) / 2);
    if (!hit || !(e.contains(hit) || hit.contains(e) || (e.labels && [...e.labels].some(l => l.contains(hit))))) found.push("covered: " + name(e));
    const inText = style.display === "inline" && e.closest("p, li, dd, td, span, div") !== null;
    const target = (e.closest("label") || e).getBoundingClientRect();
    if (!inText && Math.min(target.width, target.height) < 24 && !e.classList.contains("for-ear")) found.push("too small: " + name(e));
  }
  return found;
}"""


async def walked(page: Page) -> list[Any]:
    """What is wrong for who walks over this page with Tab."""
    stops: int = await page.evaluate(LISTEN)
    await asyncio.gather(*(page.keyboard.press("Tab") for _ in range(stops)))
    found: list[Any] = await page.evaluate(JUDGE)
    return found
