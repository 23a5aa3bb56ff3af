// The guided first hour: the browser's own time zone, voices to hear, sliders that say how far they are, and a list
// of devices that keeps up by itself.

import { hear } from "./hear.js";

const REFRESH_MS = 3000;

const zone = document.querySelector("[data-guess]");
const zones = new Set([...document.querySelectorAll("#zones option")].map((option) => option.value));
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !zone.value && zones.has(own)) zone.value = own;

for (const button of document.querySelectorAll("[data-hear]")) {
  const { csrf } = button.form.elements;
  button.addEventListener("click", () =>
    hear(button, button.dataset.hear, { csrf: csrf.value, character: button.dataset.character }),
  );
}

const name = document.getElementById("name");
for (const choice of document.querySelectorAll("[data-name]")) {
  choice.addEventListener("change", () => {
    name.placeholder = choice.dataset.name;
  });
  if (choice.checked) name.placeholder = choice.dataset.name;
}

for (const slider of document.querySelectorAll("input[type=range]")) {
  slider.addEventListener("input", () => {
    document.getElementById(`${slider.id}-now`).textContent = slider.value;
  });
}

const nearby = document.querySelector("[data-refresh]");
if (nearby) setInterval(refresh, REFRESH_MS);

async function refresh() {
  const typing = [...nearby.querySelectorAll(".code")].some((code) => code.value);
  if (document.hidden || typing || nearby.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.pathname);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(nearby.id);
    if (fresh && fresh.innerHTML !== nearby.innerHTML) nearby.replaceChildren(...fresh.childNodes);
  } catch {
    // The hub is away for a moment: the next time will do.
  }
}
