// The guided first hour: the browser's own time zone and its country, voices to hear, and sliders that say how far they are.

import { hear } from "./hear.js";
import "./refresh.js";

const zone = document.querySelector("[data-guess]");
const country = document.getElementById("country");
const countries = new Map([...document.querySelectorAll("#zones option")].map(({ value, dataset }) => [value, dataset.in]));
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !zone.value && countries.has(own)) zone.value = own;
if (country && !country.value) country.value = countries.get(own) ?? "";

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
