// The token of the link stands behind the # of the address, where no server sees it: from there into the form, and out of the address.
(() => {
  "use strict";
  const form = document.querySelector("form[data-enrol]");
  const token = location.hash.slice(1);
  document.querySelector("[data-without-script]").hidden = true;
  // Whoever pastes the whole link on this very page changes what stands behind the # only: that alone would load nothing.
  addEventListener("hashchange", () => location.reload());
  history.replaceState(null, "", location.pathname);
  document.querySelector(token ? "[data-busy]" : "[data-no-token]").hidden = false;
  if (!token) {
    document.getElementById("heading").textContent = document.querySelector("[data-no-token]").dataset.heading;
    return;
  }
  form.elements.token.value = token;
  form.submit();
})();
