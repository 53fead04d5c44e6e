// Goes on as soon as every party has been reached, and says which; the page itself goes on after a few seconds. Not deferred: a frame may have
// loaded before a deferred script listens.
const reached = new Set();
let frames = 0;

const goOn = () => location.replace(document.querySelector("[data-after]").dataset.after + [...reached].join("."));
const look = () => {
  if (frames > 0 && reached.size === frames) goOn();
};

// A party that answers has done so when its frame is back at our own address. What another site's frame shows nobody here may read.
const isBack = (frame) => {
  try {
    return frame.contentWindow.location.pathname.endsWith("/saml/slo");
  } catch {
    return false;
  }
};

document.addEventListener("load", (event) => {
  const frame = event.target;
  if (frame.tagName !== "IFRAME" || ("answers" in frame.dataset && !isBack(frame))) return;
  reached.add(frame.dataset.name);
  look();
}, true);

document.addEventListener("DOMContentLoaded", () => {
  frames = document.querySelectorAll("iframe").length;
  setTimeout(goOn, 2500);
  look();
});
