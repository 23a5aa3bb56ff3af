// The prompt of a toy, made anew by the hub while a parent types; and what the toy would answer with it.

import { hear } from "./hear.js";

const PAUSE_MS = 400;
const form = document.getElementById("persona-form");
const prompt = document.getElementById("prompt");
let waiting;
let asked;

if (form instanceof HTMLFormElement) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE_MS);
  });
  tryOut();
}

function tryOut() {
  const typed = document.getElementById("try-form");
  const answer = document.getElementById("answer");
  const heard = document.getElementById("hear-answer");
  document.getElementById("trying").hidden = false;
  typed.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("heard", typed.elements.heard.value);
    answer.textContent = answer.dataset.thinking;
    heard.hidden = true;
    try {
      const said = await fetch(typed.dataset.from, { method: "POST", headers: { Accept: "text/plain" }, body: fields });
      answer.textContent = await said.text();
      heard.hidden = !said.ok;
    } catch (error) {
      answer.textContent = error.message;
    }
  });
  heard.addEventListener("click", () => {
    const { from, voice } = heard.dataset;
    hear(heard, from, { csrf: form.elements.csrf.value, voice, text: answer.textContent });
  });
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(prompt.dataset.from, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: asked.signal,
    });
    if (answer.ok) prompt.textContent = await answer.text();
  } catch {
    // The next key asks again; until then it stays as it was.
  }
}
