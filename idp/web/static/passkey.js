// Asks the browser for a passkey and sends what it says with the form. Where it cannot, the form stays away and the other ways are there.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (raw) => btoa(String.fromCharCode(...new Uint8Array(raw))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (all) => all.map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = async (what, asked) => {
    const challenge = bytes(asked.challenge);
    if (what === "prove") {
      return navigator.credentials.get({ publicKey: { ...asked, challenge, allowCredentials: known(asked.allowCredentials) } });
    }
    const user = { ...asked.user, id: bytes(asked.user.id) };
    return navigator.credentials.create({ publicKey: { ...asked, challenge, user, excludeCredentials: known(asked.excludeCredentials) } });
  };

  const told = (made) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
  };

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const stopped = form.querySelector("[data-stopped]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      stopped.hidden = true;
      try {
        form.elements.passkey.value = told(await ask(form.dataset.passkey, JSON.parse(form.dataset.asked)));
        form.submit();
      } catch {
        // Closed, refused by the device, or nothing there: nobody needs to know which.
        stopped.hidden = false;
        delete form.dataset.asking;
      }
    });
    addEventListener("pageshow", () => delete form.dataset.asking);
  }
})();
