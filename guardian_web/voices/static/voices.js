// A gallery of voices: hear one, and record a person's own voice.

import { hear } from "./hear.js";
import { offerRecording } from "./record_voice.js";

for (const button of document.querySelectorAll("button.hear")) {
  button.addEventListener("click", () => {
    const { csrf, by } = button.form.elements;
    hear(button, button.dataset.from, { csrf: csrf.value, by: by.value, voice: button.dataset.voice });
  });
}

const recorder = document.getElementById("recorder");
if (recorder) offerRecording(recorder);
