// Keeps the page as the hub is, over server-sent events that carry ready HTML.
// Says so when the line is down, and picks up at the last revision that it knows.

import { address } from "./address.js";

const QUIET_MS = 40_000; // the hub sends a beat every 15 seconds
const RETRY_MS = 2_000;
const ANSWER_MS = 10_000; // a form's answer, which leads to the page that comes next

const line = document.getElementById("line");
const { live, own, revision } = document.body.dataset;

let handlers;
let source;
let quiet;
let retry;
let known = revision;
let sent = -ANSWER_MS;

// A browser has six lines to the hub for all its pages, so one that nobody looks at lets go of its own.
// `on` names an event and who shows its HTML.
export function keepUp(on) {
  handlers = on;
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : connect()));
  document.addEventListener("submit", () => (sent = performance.now()));
  if (!document.hidden) connect();
}

function connect() {
  stop();
  source = new EventSource(address(`events?since=${known}&show=${live}`));
  for (const [name, put] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      heard();
      if (event.lastEventId) known = event.lastEventId;
      put(event.data);
    });
  }
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
      const home = await fetch(address(""), { method: "HEAD", redirect: "manual" });
      if (home.type === "opaqueredirect") startAnew();
      else if (!document.hidden) connect();
    } catch {
      connectLater(); // the hub is not there yet
    }
  }, RETRY_MS);
}

// The page's own address and not `reload`: where a form could not be done, that would send it again.
// Nor while a form's answer is awaited: who deletes a talk would find that its page is gone, and not where to undo it.
function startAnew() {
  if (performance.now() < sent + ANSWER_MS) setTimeout(startAnew, RETRY_MS);
  else location.replace(own);
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
  line.textContent = state === "live" ? line.dataset.live : line.dataset.lost;
}
