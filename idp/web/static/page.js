// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // Arrows, Home and End walk over a grid of tiles; Tab and Enter do what they always do.
  const stepFor = (key, items, here) => {
    const row = items.filter((item) => item.offsetTop === items[0].offsetTop).length;
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + row, ArrowUp: here - row, Home: 0, End: items.length - 1 };
    return steps[key];
  };
  for (const grid of all("[data-tiles]")) {
    // A small finger rests, and slides: that is a tap, no menu of a link and no dragging of it.
    for (const stray of ["contextmenu", "dragstart"]) grid.addEventListener(stray, (event) => event.preventDefault());
    grid.addEventListener("keydown", (event) => {
      const items = Array.from(grid.querySelectorAll("button:not(:disabled), a[href]"));
      const here = items.indexOf(document.activeElement);
      const next = here < 0 ? undefined : stepFor(event.key, items, here);
      if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (items[next]) items[next].focus();
    });
  }

  // Reads aloud what a child must understand, where the browser has a voice.
  if ("speechSynthesis" in window) {
    for (const button of all("[data-say]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const said = new SpeechSynthesisUtterance(button.dataset.say);
        said.lang = document.documentElement.lang === "nl" ? "nl-NL" : "en-GB";
        said.rate = 0.9;
        speechSynthesis.cancel();
        speechSynthesis.speak(said);
      });
    }
  }

  // Counts a waiting time down; afterwards the step is asked for again where the page says so.
  for (const clock of all("[data-wait]")) {
    const over = Date.now() + Number(clock.dataset.wait) * 1000;
    const tick = setInterval(() => {
      const left = Math.max(0, Math.ceil((over - Date.now()) / 1000));
      clock.textContent = String(left);
      if (left > 0) return;
      clearInterval(tick);
      if (clock.dataset.next) location.replace(clock.dataset.next);
      else clock.closest("[data-wait-line]").hidden = true;
    }, 500);
  }

  for (const button of all("[data-reveal]")) {
    const field = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    });
    // A shown password goes back under cover before it is sent, so that browsers keep treating it as one.
    field.form.addEventListener("submit", () => { field.type = "password"; });
  }

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  if (navigator.clipboard) {
    for (const button of all("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const lines = Array.from(document.getElementById(button.dataset.copy).querySelectorAll("code"), (code) => code.textContent);
        await navigator.clipboard.writeText(lines.join("\n"));
        button.querySelector("span").textContent = button.dataset.copied;
      });
    }
  }

  // One tap is one answer: a second tap while the first is under way does nothing.
  for (const form of all("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
  }
  addEventListener("pageshow", () => all("form").forEach((form) => delete form.dataset.sent));
})();
