// What is behind a door is on the page already: it opens at once, under the address that the door leads to. Without this file that address is asked for.
(() => {
  "use strict";
  let shown = location.pathname;
  // What the history leads to is asked for anew: nothing that was typed behind the door waits there for who comes next.
  addEventListener("popstate", () => { if (location.pathname !== shown) location.reload(); });

  const room = document.querySelector("[data-behind]");
  if (!room) return;
  const inside = room.dataset.behind;
  document.querySelector(`.door[href="${inside}"]`).addEventListener("click", (event) => {
    // A new tab asks for the address.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", inside);
    shown = inside;
    for (const part of room.parentElement.children) part.hidden = part !== room;
    document.title = document.title.replace(/^.* · /, `${room.querySelector("h1").textContent} · `);
    document.body.className = "gateway";
    for (const link of document.querySelectorAll("a.language")) {
      const other = new URL(link.href);
      other.searchParams.set("to", inside);
      link.href = other;
    }
    room.querySelector("[autofocus]").focus();
    scrollTo(0, 0);
  });
})();
