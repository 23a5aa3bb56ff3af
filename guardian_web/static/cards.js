// Puts the HTML that the hub sends into the page, and leaves what the reader was doing as it was.

import { showTimes } from "./times.js";

const SHOWN_MOST = 200; // where the list doesn't say fewer

const turns = document.getElementById("turns");
const alerts = document.getElementById("alerts");
const announce = document.getElementById("announce");
const words = announce?.dataset;

export function showFrame(html) {
  const { stopped: wasStopped, quiet: wasQuiet } = document.getElementById("stop").dataset;
  const before = Number(document.getElementById("open-alerts").dataset.count);
  for (const part of fromHtml(html)) {
    const old = document.getElementById(part.id);
    if (old) swap(old, part);
  }
  countUrgent();
  for (const back of document.querySelectorAll("input[name=back]")) back.value = document.body.dataset.own;
  const { stopped, quiet } = document.getElementById("stop").dataset;
  const open = Number(document.getElementById("open-alerts").dataset.count);
  if (stopped !== wasStopped) {
    announce.textContent = stopped === "yes" ? words.stopped : words.resumed;
  } else if (quiet !== wasQuiet) {
    announce.textContent = quiet === "yes" ? words.quiet : words.awake;
  } else if (open > before) {
    announce.textContent = words.open.replace("%s", open);
  }
}

// In the tab's title, for who looks at another one.
function countUrgent() {
  const count = Number(document.getElementById("urgent").dataset.count);
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
}

export function showToday(html) {
  const today = document.getElementById("today");
  if (today) swap(today, fromHtml(html)[0]); // not where one toy's turns are seen alone
}

export function showToys(html) {
  swap(document.getElementById("toys"), fromHtml(html)[0]);
}

export function showSoftware(html) {
  swap(document.getElementById("software"), fromHtml(html)[0]);
}

export function showTurn(html) {
  const [card] = fromHtml(html);
  const { toy, conversation } = turns.dataset;
  if ((toy && toy !== card.dataset.toy) || (conversation && conversation !== card.dataset.conversation)) {
    return;
  }
  put(card, turns, turns.dataset.order === "newest");
  if (card.dataset.state !== "thinking") {
    const said = [...card.querySelectorAll(".words > div")].map(
      (line) => `${line.querySelector("b").textContent}: ${line.querySelector("dd").textContent}`,
    );
    announce.textContent = `${said.join(". ")}. ${card.querySelector(".marks").innerText}`;
  }
}

export function showWords(html) {
  const [words] = fromHtml(html);
  if (!turns.dataset.toy || turns.dataset.toy === words.dataset.toy) swap(document.getElementById("words"), words);
}

export function showAlert(html) {
  const [card] = fromHtml(html);
  const { toy, level } = alerts.dataset;
  if ((toy && toy !== card.dataset.toy) || (level && level !== card.dataset.level)) return;
  for (const back of card.querySelectorAll("input[name=back]")) back.value = document.body.dataset.own;
  if (put(card, alerts, true)) {
    announce.textContent = `${card.querySelector(".level").innerText}: ${card.querySelector("h2").textContent}`;
  }
}

// In the place of the card that it is the news of, or where its time puts it; whether it is a new one.
function put(card, list, newestFirst) {
  const old = document.getElementById(card.id);
  if (old) {
    swap(old, card);
    return false;
  }
  const shown = [...list.querySelectorAll(":scope > article")];
  const next = newestFirst
    ? shown.find((other) => other.dataset.started <= card.dataset.started)
    : shown.find((other) => other.dataset.started > card.dataset.started);
  list.insertBefore(card, next ?? list.querySelector(".empty"));
  showTimes(card);
  card.classList.add("new");
  if (newestFirst && shown.length >= Number(list.dataset.most ?? SHOWN_MOST)) shown.at(-1).remove();
  return true;
}

function swap(old, next) {
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const selection = [focus?.selectionStart, focus?.selectionEnd];
  for (const fold of old.querySelectorAll("details[id]")) {
    const same = next.querySelector(`#${CSS.escape(fold.id)}`);
    if (same) same.open = fold.open;
  }
  for (const field of old.querySelectorAll("select[id], textarea[id], input[id]")) {
    const same = next.querySelector(`#${CSS.escape(field.id)}`);
    if (same) same.value = field.value;
  }
  showTimes(next);
  old.replaceWith(next);
  if (!focus?.id) return;
  const again = document.getElementById(focus.id);
  again?.focus({ preventScroll: true });
  if (typeof selection[0] === "number") again?.setSelectionRange(...selection);
}

function fromHtml(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}
