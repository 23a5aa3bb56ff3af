// Off the page's thread: the microphone's sound at 16 kHz, 16 bits, in frames of 20 ms.

import { Resampler } from "./resampler.js";

const RATE_HZ = 16_000;
const FRAME = 320; // samples

class Frames extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, RATE_HZ);
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #power = 0;

  process([channels]) {
    if (channels.length === 0) return true; // nothing comes just now
    for (const sample of this.#resampler.push(channels[0])) {
      const clipped = Math.max(-1, Math.min(1, sample));
      this.#frame[this.#filled++] = Math.round(32767 * clipped);
      this.#power += clipped * clipped;
      if (this.#filled === FRAME) this.#send();
    }
    return true;
  }

  #send() {
    const pcm = this.#frame.buffer;
    this.port.postMessage({ pcm, level: Math.sqrt(this.#power / FRAME) }, [pcm]);
    this.#frame = new Int16Array(FRAME);
    this.#filled = 0;
    this.#power = 0;
  }
}

registerProcessor("frames", Frames);
