// Every page of a guardian: times as the family reads them, and the hub's news as they happen.

import { showAlert, showFrame, showSoftware, showToday, showToys, showTurn, showWords } from "./cards.js";
import { showCountries } from "./countries.js";
import { keepUp } from "./live.js";
import { showTimes } from "./times.js";
import { registerWorker } from "./worker.js";

if (matchMedia("(display-mode: standalone)").matches) registerWorker();

showCountries(document);
showTimes(document);
setInterval(() => showTimes(document), 60_000); // "16:03" is yesterday's after midnight
keepUp({
  frame: showFrame,
  toys: showToys,
  today: showToday,
  turn: showTurn,
  alert: showAlert,
  words: showWords,
  software: showSoftware,
});

for (const choice of document.querySelectorAll("[data-send-on-change]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
  choice.form.querySelector("button").hidden = true;
}
