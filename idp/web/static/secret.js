// A child's secret with fewer taps on the network: a keypad for the PIN, three pictures in one answer. Without this file each tap is a form.
(() => {
  "use strict";

  const pin = document.querySelector("[data-pin]");
  if (pin) {
    const digits = pin.querySelector("#pin");
    const whole = () => { if (/^[0-9]{4}$/.test(digits.value)) pin.requestSubmit(); };
    pin.querySelector("[data-keypad]").hidden = false;
    pin.querySelector("[data-with]").hidden = false;
    pin.querySelector("[data-without]").hidden = true;
    // On a tablet the keypad is on the page already: the system's keyboard would cover it.
    if (matchMedia("(pointer: coarse)").matches) digits.inputMode = "none";
    digits.addEventListener("input", () => {
      digits.value = digits.value.replace(/[^0-9]/g, "").slice(0, 4);
      whole();
    });
    pin.addEventListener("click", (event) => {
      const key = event.target.closest("[data-digit], [data-erase]");
      if (!key) return;
      if ("erase" in key.dataset) digits.value = digits.value.slice(0, -1);
      else if (digits.value.length < 4) { digits.value += key.dataset.digit; whole(); }
    });
    addEventListener("pageshow", () => { digits.value = ""; });
  }

  const picks = document.querySelector("[data-picks]");
  if (picks) {
    const field = picks.querySelector("[name=picked]");
    const undo = picks.querySelector("[name=undo]");
    const status = picks.querySelector("[data-counted]");
    const slots = Array.from(picks.querySelectorAll(".slot"));
    let picked = field.value ? field.value.split(",") : [];
    const show = () => {
      slots.forEach((slot, place) => slot.classList.toggle("slot-full", place < picked.length));
      status.textContent = status.dataset.counted.split("|")[picked.length];
      undo.disabled = picked.length === 0;
      field.value = picked.join(",");
    };
    picks.addEventListener("click", (event) => {
      const button = event.target.closest("[name=pick], [name=undo]");
      if (!button || picks.dataset.sent) return;
      event.preventDefault();
      picked = button === undo ? picked.slice(0, -1) : [...picked, button.value].slice(0, 3);
      show();
      if (picked.length === 3) {
        picks.dataset.sent = "1";
        // Straight away, so that only the hidden field is sent; a moment would let a child tap a fourth.
        picks.submit();
      }
    });
    addEventListener("pageshow", (event) => { if (event.persisted) { picked = []; show(); } });
  }
})();
