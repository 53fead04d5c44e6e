// What is behind a door is on the page already: it opens at once, under the address that the door leads to. Without this file that address is asked for.
(() => {
  "use strict";
  const loaded = location.pathname, room = document.querySelector("[data-behind]");
  if (!room) {
    // The page behind the door, from the server, may have the doors before it in one history: then they are asked for as well.
    addEventListener("popstate", () => { if (location.pathname !== loaded) location.reload(); });
    return;
  }
  const inside = room.dataset.behind;
  const others = Array.from(room.parentElement.children).filter((part) => part !== room);
  const outside = { title: document.title, shape: document.body.className, to: loaded };
  const heading = room.querySelector("h1").textContent;
  const within = { title: outside.title.replace(/^.* · /, `${heading} · `), shape: "gateway", to: inside };

  const stand = () => {
    const entered = location.pathname === inside, place = entered ? within : outside;
    if (entered !== room.hidden) return;
    room.hidden = !entered;
    for (const part of others) part.hidden = entered;
    document.title = place.title;
    document.body.className = place.shape;
    for (const link of document.querySelectorAll("a.language")) {
      const other = new URL(link.href);
      other.searchParams.set("to", place.to);
      link.href = other;
    }
    if (entered) room.querySelector("[autofocus]").focus();
  };

  document.querySelector(`.door[href="${inside}"]`).addEventListener("click", (event) => {
    // A new tab asks for the address.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", inside);
    stand();
    scrollTo(0, 0);
  });
  addEventListener("popstate", stand);
})();
