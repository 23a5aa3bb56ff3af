// The prompt of a toy, made anew by the hub while a parent types.

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
