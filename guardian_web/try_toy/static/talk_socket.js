// One talk's line to the hub: /ws/talk/{session_id}, as guardian_web/try_toy/session.py tells it.

import { address } from "./address.js";

const words = document.getElementById("trying")?.dataset;
const LATE_BYTES = 64_000; // two seconds of microphone that the network did not take

export class TalkSocket {
  #socket;
  #opened;

  // `on` has message(message), sound(pcm), and end(line): why it ended, "" when we ended it ourselves.
  constructor(on) {
    const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const place = address(`ws/talk/${id}`);
    place.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    let line = words.tooMany;
    this.#socket = new WebSocket(place);
    this.#socket.binaryType = "arraybuffer";
    this.#opened = new Promise((resolve) => {
      this.#socket.onopen = () => {
        line = words.lost;
        resolve();
      };
    });
    this.#socket.onmessage = (event) => {
      if (typeof event.data !== "string") return on.sound(event.data);
      const message = JSON.parse(event.data);
      if (message.type === "error") line = message.message;
      else on.message(message);
    };
    this.#socket.onclose = () => {
      if (this.open) on.end(line);
      this.open = false;
    };
  }

  open = true; // or about to be

  async send(type, fields = {}) {
    await this.#opened;
    if (this.open) this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  sound(pcm) {
    if (this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < LATE_BYTES) this.#socket.send(pcm);
  }

  close() {
    this.open = false;
    this.#socket.close();
  }
}
