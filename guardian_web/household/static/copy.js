// A button that copies what stands in a field; where the browser lets no page do that, the field is selected.

import { address } from "./address.js";

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const told = document.getElementById(`${field.id}-copied`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = told.dataset.copied;
    } catch {
      told.textContent = told.dataset.selected;
    }
  });
}

// Loading the page again must not make another token or link.
if (document.getElementById("new-token")) history.replaceState(null, "", address("household/programs#programs"));
if (document.getElementById("new-link")) history.replaceState(null, "", address("people"));
