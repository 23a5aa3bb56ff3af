// A toy's settings: what is stricter than the level depends on the level, and the level on the age.

import { hear } from "./hear.js";

for (const level of document.querySelectorAll("input[name=level]")) {
  level.addEventListener("change", () => offer(level.value));
}
document.getElementById("children").addEventListener("change", suggest);

document.getElementById("hear-voice").addEventListener("click", ({ target }) => {
  const { csrf, voice } = target.form.elements;
  hear(target, target.dataset.from, { csrf: csrf.value, voice: voice.value });
});

function offer(level) {
  for (const choice of document.querySelectorAll(".thresholds select")) {
    const most = Number(choice.dataset[level]);
    for (const option of choice.options) {
      const looser = option.value !== "" && Number(option.value) >= most;
      option.disabled = looser;
      option.hidden = looser;
    }
    choice.options[0].textContent = choice.options[0].dataset[level];
    if (choice.selectedOptions[0]?.disabled) choice.value = "";
  }
}

// What fits the youngest of the children that are chosen.
function suggest() {
  const chosen = [...document.querySelectorAll("#children input:checked")].map((box) => box.dataset.level);
  const fitting = ["strict", "moderate", "relaxed"].find((level) => chosen.includes(level));
  for (const chip of document.querySelectorAll(".fitting")) chip.hidden = chip.dataset.level !== fitting;
}
