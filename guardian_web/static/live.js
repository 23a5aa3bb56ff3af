// Keeps the page as the hub is, over server-sent events that carry ready HTML.
// Says so when the line is down, and picks up at the last revision that it knows.

import { showTimes } from "./times.js";

const QUIET_MS = 40_000; // the hub sends a beat every 15 seconds
const RETRY_MS = 2_000;
const TURNS_SHOWN = 200;

const talk = document.getElementById("talk");
const turns = document.getElementById("turns");
const line = document.getElementById("line");
const announce = document.getElementById("announce");

let source;
let quiet;
let retry;
let known = talk.dataset.revision;

// A browser has six lines to the hub for all its pages, so one that nobody looks at lets go of its own.
export function keepUp() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : connect()));
  if (!document.hidden) connect();
}

function connect() {
  stop();
  source = new EventSource(`/events?since=${known}`);
  source.addEventListener("turn", (event) => {
    heard();
    known = event.lastEventId;
    putTurn(fromHtml(event.data));
  });
  source.addEventListener("toys", (event) => {
    heard();
    swap(document.getElementById("toys"), fromHtml(event.data));
  });
  source.addEventListener("beat", heard);
  source.addEventListener("reload", startAnew);
  source.addEventListener("error", () => {
    show("lost");
    // A browser tries again by itself, unless the hub answered and said no.
    if (source.readyState === EventSource.CLOSED) connectLater();
  });
  expectBeat();
}

function connectLater() {
  stop();
  retry = setTimeout(async () => {
    try {
      // Signed out elsewhere: the home page sends us to the sign-in page.
      const home = await fetch("/", { method: "HEAD", redirect: "manual" });
      if (home.type === "opaqueredirect") startAnew();
      else if (!document.hidden) connect();
    } catch {
      connectLater(); // the hub is not there yet
    }
  }, RETRY_MS);
}

// Not `reload`: where a form could not be done, that would send it again.
function startAnew() {
  location.replace("/");
}

function stop() {
  source?.close();
  clearTimeout(quiet);
  clearTimeout(retry);
}

function heard() {
  show("live");
  expectBeat();
}

function expectBeat() {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    show("lost");
    connectLater();
  }, QUIET_MS);
}

function show(state) {
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  line.textContent = state === "live" ? "Live" : "Connection lost, trying again …";
}

function putTurn(card) {
  const old = document.getElementById(card.id);
  if (old) {
    swap(old, card);
  } else {
    const shown = [...turns.querySelectorAll(".turn")];
    const next = shown.find((other) => other.dataset.started <= card.dataset.started);
    turns.insertBefore(card, next ?? turns.querySelector(".empty"));
    showTimes(card);
    card.classList.add("new");
    if (shown.length >= TURNS_SHOWN) shown.at(-1).remove();
  }
  if (card.dataset.state !== "thinking") {
    const said = [...card.querySelectorAll(".words > div")].map(
      (words) => `${words.querySelector("b").textContent}: ${words.querySelector("dd").textContent}`,
    );
    announce.textContent = `${said.join(". ")}. ${card.querySelector(".marks").innerText}`;
  }
}

// Puts `next` in the place of `old`, and leaves what the reader was doing as it was.
function swap(old, next) {
  const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const open of old.querySelectorAll("details[open]")) {
    const same = next.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = true;
  }
  for (const choice of old.querySelectorAll("select")) {
    const same = next.querySelector(`#${CSS.escape(choice.id)}`);
    if (same) same.value = choice.value;
  }
  showTimes(next);
  old.replaceWith(next);
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
}

function fromHtml(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
