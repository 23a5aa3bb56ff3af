// A part of a page that keeps up by itself, as long as it says so: `data-refresh`, and an id.

const REFRESH_MS = 3000;

setInterval(refresh, REFRESH_MS);

async function refresh() {
  const part = document.querySelector("[data-refresh]");
  if (!part || document.hidden || part.contains(document.activeElement)) return;
  if ([...part.querySelectorAll(".code")].some((code) => code.value)) return;
  try {
    const answer = await fetch(location.pathname);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    if (fresh && !("refresh" in fresh.dataset)) delete part.dataset.refresh;
  } catch {
    // The hub is away for a moment: the next time will do.
  }
}
