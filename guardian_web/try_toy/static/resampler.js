// Sound at another rate, without what that rate can't hold: a windowed sinc for each phase between samples.
// Shared by the page and the microphone's worklet.

const CROSSINGS = 16; // zero crossings of the sinc on each side
const PASSED = 0.92; // of what the lower rate can hold

export class Resampler {
  #down;
  #half;
  #phases;
  #held; // input from before the next output's first tap on
  #phase = 0;

  // Rates in whole hertz.
  constructor(from, to) {
    const common = divisor(from, to);
    const up = to / common;
    this.#down = from / common;
    const cutoff = PASSED * Math.min(1, to / from);
    this.#half = Math.ceil(CROSSINGS / cutoff);
    this.#phases = Array.from({ length: up }, (_, phase) => taps(phase / up, cutoff, this.#half));
    this.#held = new Float32Array(this.#half - 1);
  }

  // As much as these samples, and those before them, give.
  push(samples) {
    const input = new Float32Array(this.#held.length + samples.length);
    input.set(this.#held);
    input.set(samples, this.#held.length);
    const width = 2 * this.#half;
    const output = [];
    let start = 0;
    while (start + width <= input.length) {
      const weights = this.#phases[this.#phase];
      let sum = 0;
      for (let tap = 0; tap < width; tap++) sum += input[start + tap] * weights[tap];
      output.push(sum);
      this.#phase += this.#down;
      start += Math.floor(this.#phase / this.#phases.length);
      this.#phase %= this.#phases.length;
    }
    this.#held = input.slice(Math.min(start, input.length));
    return Float32Array.from(output);
  }
}

// Weights of the samples around a point that lies `fraction` after the one in the middle.
function taps(fraction, cutoff, half) {
  const weights = Float32Array.from({ length: 2 * half }, (_, tap) => {
    const distance = tap - (half - 1) - fraction;
    const x = Math.PI * cutoff * distance;
    const window = 0.42 + 0.5 * Math.cos((Math.PI * distance) / half) + 0.08 * Math.cos((2 * Math.PI * distance) / half);
    return Math.abs(distance) >= half ? 0 : window * (x === 0 ? 1 : Math.sin(x) / x);
  });
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}
