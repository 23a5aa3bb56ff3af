// Trying a toy: held to talk, hands-free or typed; its voice, its words, and what the hub does meanwhile.

import { Exchanges } from "./exchanges.js";
import { Microphone, noMicrophone } from "./microphone.js";
import { Player } from "./player.js";
import { TalkSocket } from "./talk_socket.js";

const TONES = { idle: "quiet", listening: "good", hearing: "good", thinking: "care", speaking: "good" };
const ANSWERING = ["thinking", "speaking"];
const PLAYED_EVERY_MS = 250;
const LET_GO_MS = 60_000; // of a microphone that nobody used

const [toy, hold, holdWords, handsFree, quiet, state, problem, typing, text, microphoneLevel, voiceLevel] = [
  "toy", "hold", "hold-words", "hands-free", "quiet", "state", "problem", "typing", "text", "microphone-level", "voice-level",
].map((id) => document.getElementById(id));

const words = document.getElementById("trying")?.dataset;

let context, microphone, player, socket, exchanges;
let holding = false; // the button or the space bar is down
let sending = ""; // "push" or "hands-free" while the microphone's sound goes to the hub
let letGo;
let toldMs = 0; // how much the hub knows to be played

if (toy) {
  const reason = noMicrophone();
  if (reason) say(reason);
  hold.disabled = handsFree.disabled = reason !== "";
  hold.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    hold.setPointerCapture(event.pointerId);
    press();
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) hold.addEventListener(name, release);
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  // A screen reader clicks without pressing: once to talk, once more to end.
  hold.addEventListener("click", (event) => {
    if (event.detail === 0) holding ? release() : press();
  });
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("keyup", onKeyUp);
  handsFree.addEventListener("click", () => (sending === "hands-free" ? stopListening() : listenHandsFree()));
  quiet.addEventListener("click", beQuiet);
  typing.addEventListener("submit", sayTyped);
  toy.addEventListener("change", hangUp);
  globalThis.addEventListener("blur", release); // where the key is let go in another window
  document.addEventListener("visibilitychange", () => document.hidden && stopListening());
  setInterval(tellPlayed, PLAYED_EVERY_MS);
  requestAnimationFrame(showVoice);
}

function onKeyDown(event) {
  if (event.key === "Escape") beQuiet();
  if (event.key !== " " || !mayHold(event)) return;
  event.preventDefault();
  if (!event.repeat) press();
}

function onKeyUp(event) {
  if (event.key !== " " || !mayHold(event)) return;
  event.preventDefault(); // else it would click as well
  release();
}

// The space bar talks, unless it does something else where the reader is.
function mayHold(event) {
  return !hold.disabled && (event.target === hold || !event.target.closest("a, button, input, select, textarea, summary"));
}

async function press() {
  if (holding) return;
  holding = true;
  hold.setAttribute("aria-pressed", "true");
  holdWords.textContent = words.letGo;
  stopListening();
  player?.quiet();
  if (!(await openMicrophone())) return release();
  if (!holding) return say(words.microphoneReady);
  startListening("push");
}

function release() {
  if (!holding) return;
  holding = false;
  hold.setAttribute("aria-pressed", "false");
  holdWords.textContent = words.hold;
  stopListening();
}

async function listenHandsFree() {
  if (await openMicrophone()) startListening("hands-free");
}

function startListening(mode) {
  sending = mode;
  clearTimeout(letGo);
  handsFree.setAttribute("aria-pressed", String(mode === "hands-free"));
  talk().send("start", { toy: toy.value, mode });
}

function stopListening() {
  if (!sending) return;
  socket?.send("stop");
  if (sending === "push") show("thinking");
  else if (state.dataset.state === "listening") show("idle");
  sending = "";
  handsFree.setAttribute("aria-pressed", "false");
  showLevel(microphoneLevel, 0);
  letGoLater();
}

function letGoLater() {
  clearTimeout(letGo);
  letGo = setTimeout(() => microphone.close(), LET_GO_MS);
}

async function sayTyped(event) {
  event.preventDefault();
  const line = text.value.trim();
  if (!line) return;
  text.value = "";
  problem.hidden = true;
  openSound();
  tellPlayed();
  player.quiet();
  show("thinking");
  const fresh = !socket;
  const open = talk();
  if (fresh) await open.send("start", { toy: toy.value, mode: "typed" });
  await open.send("text", { text: line });
}

function beQuiet() {
  if (!ANSWERING.includes(state.dataset.state)) return;
  tellPlayed();
  player.quiet();
  socket?.send("interrupt");
}

// Within a click or a press of a key, as browsers want it.
function openSound() {
  if (!context) {
    context = new AudioContext({ latencyHint: "interactive" });
    player = new Player(context);
    microphone = new Microphone(context, onFrame);
  }
  context.resume();
}

async function openMicrophone() {
  problem.hidden = true;
  openSound();
  try {
    await microphone.open();
    letGoLater();
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

function onFrame({ pcm, level }) {
  if (!sending) return;
  socket?.sound(pcm);
  showLevel(microphoneLevel, level);
}

function talk() {
  if (!socket) {
    exchanges = new Exchanges(toy.selectedOptions[0].textContent);
    socket = new TalkSocket({ message: onMessage, sound: (pcm) => player.push(pcm), end: onEnd });
  }
  return socket;
}

function onMessage(message) {
  const { type, turn } = message;
  if (type === "state") show(message.state === "listening" && !sending ? "idle" : message.state);
  else if (type === "interim_transcript") exchanges.interim(turn, message.text);
  else if (type === "final_transcript") exchanges.heard(turn, message.text);
  else if (type === "refused") exchanges.refused(turn, message);
  else if (type === "llm_response") exchanges.said(turn, message.text);
  else if (type === "tts_audio") player.begin(turn, message.rate_hz);
  else if (type === "interrupted") {
    if (player.turn === turn) player.quiet();
    exchanges.interrupted(turn);
  } else if (type === "finished") {
    exchanges.finished(turn, message);
    if (message.outcome === "nothing" && !sending) say(words.nothing);
  }
}

function onEnd(line) {
  // Where nothing goes on, the next word begins another talk.
  if (sending || state.dataset.state !== "idle") say(line);
  hangUp();
}

function hangUp() {
  socket?.close();
  socket = undefined;
  holding = false;
  sending = "";
  hold.setAttribute("aria-pressed", "false");
  handsFree.setAttribute("aria-pressed", "false");
  holdWords.textContent = words.hold;
  player?.quiet();
  microphone?.close();
  showLevel(microphoneLevel, 0);
  show("idle");
}

function show(name) {
  state.dataset.state = name;
  state.className = `chip ${TONES[name]}`;
  state.textContent = words[name];
  quiet.hidden = !ANSWERING.includes(name);
}

function say(line) {
  problem.textContent = line;
  problem.hidden = false;
}

function tellPlayed() {
  if (!player?.turn || player.playedMs === toldMs) return;
  toldMs = player.playedMs;
  socket?.send("played", { turn: player.turn, ms: toldMs });
}

function showVoice() {
  showLevel(voiceLevel, player ? player.level : 0);
  requestAnimationFrame(showVoice);
}

// A level of 0 to 1, shown as loud as it seems: 60 dB fill the meter.
function showLevel(meter, level) {
  const percent = level > 0 ? Math.max(0, Math.round(100 + (100 * Math.log10(level)) / 3)) : 0;
  if (meter.ariaValueNow === String(percent)) return;
  meter.ariaValueNow = percent;
  meter.style.setProperty("--level", percent / 100);
}
