// The toy's voice as it comes from the hub, without gaps, and silent at once when it must be.

import { Resampler } from "./resampler.js";

const LEAD_S = 0.03; // before the first sound and after a gap, so that the next piece is in time

export class Player {
  #context;
  #out;
  #meter;
  #window = new Float32Array(1024);
  #sources = new Set();
  #resampler;
  #rate;
  #until = 0; // when all that is here has sounded
  #givenMs = 0;

  turn = 0; // whose sound this is; 0 when what comes is not to be heard

  constructor(context) {
    this.#context = context;
    this.#meter = new AnalyserNode(context, { fftSize: this.#window.length });
    this.#out = new GainNode(context);
    this.#out.connect(this.#meter).connect(context.destination);
  }

  begin(turn, rate) {
    this.quiet();
    this.turn = turn;
    this.#rate = rate;
    this.#resampler = new Resampler(rate, this.#context.sampleRate);
    this.#givenMs = 0;
  }

  // A piece of 16-bit samples.
  push(pcm) {
    if (!this.turn) return;
    const samples = Float32Array.from(new Int16Array(pcm), (sample) => sample / 32768);
    this.#givenMs += (1000 * samples.length) / this.#rate;
    const sound = this.#resampler.push(samples);
    if (sound.length === 0) return;
    const buffer = new AudioBuffer({ length: sound.length, sampleRate: this.#context.sampleRate });
    buffer.copyToChannel(sound, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#out);
    source.onended = () => this.#sources.delete(source);
    this.#sources.add(source);
    const begins = this.#until > this.#context.currentTime ? this.#until : this.#context.currentTime + LEAD_S;
    source.start(begins);
    this.#until = begins + buffer.duration;
  }

  // Not a sound more of this turn.
  quiet() {
    this.turn = 0;
    for (const source of this.#sources) {
      source.disconnect();
      source.stop();
    }
    this.#sources.clear();
    this.#until = 0;
  }

  // Milliseconds of this turn that have sounded.
  get playedMs() {
    const left_ms = 1000 * Math.max(0, this.#until - this.#context.currentTime);
    return Math.max(0, Math.ceil(this.#givenMs - left_ms));
  }

  // How loud it is now, from 0 to 1.
  get level() {
    this.#meter.getFloatTimeDomainData(this.#window);
    return Math.sqrt(this.#window.reduce((power, sample) => power + sample * sample, 0) / this.#window.length);
  }
}
