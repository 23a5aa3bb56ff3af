// How a toy sounds with the settings as they are typed.

import { hear } from "./hear.js";

document.getElementById("hear-voice").addEventListener("click", ({ target }) => {
  const typed = [...new FormData(target.form)].filter(([name]) => name === "csrf" || name.startsWith("setting-"));
  hear(target, target.dataset.from, [...typed, ["voice", target.dataset.voice]]);
});
