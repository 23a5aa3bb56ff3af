// What was said while a toy is tried, as cards, the newest first: filled while it is said.

const list = document.getElementById("exchanges");
const template = document.getElementById("exchange");
const announce = document.getElementById("announce");

const words = document.getElementById("trying")?.dataset;
const TONES = { done: "good", failed: "trouble", cut: "quiet" };

export class Exchanges {
  #cards = new Map(); // by the number of the turn in this talk
  #toy;

  constructor(toy) {
    this.#toy = toy;
  }

  interim(turn, text) {
    this.#words(turn, ".child", text);
  }

  heard(turn, text) {
    this.#words(turn, ".child", text);
    this.#card(turn).querySelector(".unchecked").hidden = true;
  }

  refused(turn, { whose, about, reason }) {
    const card = this.#card(turn);
    mark(card, "care", about ? `${words.redirected}: ${about}` : words.redirected);
    if (!reason) return;
    const detail = card.querySelector(".detail");
    detail.textContent = `${words.reason}: ${reason} (${whose === "child" ? words.yours : words.its})`;
    detail.hidden = false;
  }

  // A clause more.
  said(turn, text) {
    const before = this.#card(turn).querySelector(".answer dd").textContent;
    this.#words(turn, ".answer", before ? `${before} ${text}` : text);
  }

  interrupted(turn) {
    const card = this.#cards.get(turn);
    if (card) this.#end(card, "cut");
  }

  finished(turn, { outcome, page, first_sound_ms }) {
    const card = this.#cards.get(turn);
    if (outcome === "nothing") card?.remove(); // a noise
    if (!card || outcome === "nothing") return;
    const after = card.querySelector(".after-turn");
    after.querySelector("a").href = page;
    if (first_sound_ms !== null) {
      after.querySelector(".first-sound").textContent = words.firstSound.replace("%s", (first_sound_ms / 1000).toFixed(2));
    }
    after.hidden = false;
    this.#end(card, outcome);
  }

  #card(turn) {
    if (!this.#cards.has(turn)) {
      const card = template.content.cloneNode(true).firstElementChild;
      card.querySelector(".answer b").textContent = this.#toy;
      document.getElementById("nothing-yet").hidden = true;
      list.prepend(card);
      this.#cards.set(turn, card);
    }
    return this.#cards.get(turn);
  }

  #words(turn, whose, text) {
    const bubble = this.#card(turn).querySelector(whose);
    bubble.hidden = false;
    bubble.querySelector("dd").textContent = text;
  }

  #end(card, outcome) {
    if (TONES[outcome] && !card.querySelector(".chip")) mark(card, TONES[outcome], words[outcome]);
    const lines = [...card.querySelectorAll(".words > div:not([hidden])")].map(
      (line) => `${line.querySelector("b").textContent}: ${line.querySelector("dd").textContent}`,
    );
    announce.textContent = `${lines.join(". ")}. ${card.querySelector(".marks").innerText}`;
  }
}

function mark(card, tone, label) {
  const chip = document.createElement("span");
  chip.className = `chip ${tone}`;
  chip.textContent = label;
  card.querySelector(".marks").append(chip);
}
