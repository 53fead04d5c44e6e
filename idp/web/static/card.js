// A child's sign-in card before the camera: looks a few times a second, and sends what the card holds. A scanner types it in the field itself.
// Without this file, or without a camera, the field and the way without a card work. No picture leaves the page or is kept.
(() => {
  "use strict";

  const form = document.querySelector("[data-card]");
  if (!form) return;
  const field = form.querySelector("#card");
  const video = form.querySelector("video");
  const said = form.querySelector("[role=status]");
  const again = form.querySelector("[data-again]");
  const turn = form.querySelector("[data-turn]");
  const still = form.querySelector("[data-still]");
  const live = form.querySelector("[data-live]");
  const CARD = /^[A-Z2-7]{32}$/;
  const WIDEST = 640;
  const PAUSE = 120;

  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let decode = null;
  let stream = null;
  let facing = "user";
  let sent = false;

  const say = (what) => { said.textContent = said.dataset[what]; };
  const send = (code) => {
    if (sent) return;
    sent = true;
    field.value = code;
    say("seen");
    form.requestSubmit();
  };

  // A scanner types all of it at once; most end with Enter, some do not.
  field.addEventListener("input", () => {
    const typed = field.value.replace(/\s/g, "").toUpperCase();
    if (CARD.test(typed)) send(typed);
  });
  // A tap beside the field must not make the scanner type into nothing.
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && /^[A-Za-z2-7]$/.test(event.key)) field.focus();
  });

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  };
  const without = () => {
    stop();
    live.hidden = true;
    still.hidden = false;
    turn.hidden = true;
    say("none");
  };

  // The card in this picture, or nothing: other codes lie about in a classroom, and are nobody's business.
  const seen = () => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.floor(video.videoWidth * scale);
    canvas.height = Math.floor(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      const found = decode(pen.getImageData(0, 0, canvas.width, canvas.height));
      return CARD.test(found) ? found : "";
    } catch {
      return "";
    }
  };
  const look = (mine) => {
    if (stream !== mine || sent) return;
    const code = video.videoWidth ? seen() : "";
    if (code) {
      stop();
      send(code);
    } else {
      setTimeout(look, PAUSE, mine);
    }
  };

  const start = async () => {
    again.hidden = true;
    say("starting");
    try {
      const asked = { audio: false, video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } } };
      const [opened, read] = await Promise.all([navigator.mediaDevices.getUserMedia(asked), import(form.dataset.decoder)]);
      stop();
      stream = opened;
      decode = read.default;
      video.srcObject = opened;
      video.classList.toggle("mirrored", facing === "user");
      await video.play();
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
      turn.hidden = cameras.length < 2;
      still.hidden = true;
      live.hidden = false;
      say("looking");
      look(opened);
    } catch {
      without();
    }
  };

  again.addEventListener("click", start);
  turn.addEventListener("click", () => { facing = facing === "user" ? "environment" : "user"; start(); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) { sent = false; field.value = ""; if (again.hidden) start(); } });

  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) without();
  // After a refusal the same card may still be held up: a tap says when to look again.
  else if ("refused" in form.dataset) again.hidden = false;
  else start();
})();
