// The browser's microphone as frames of 20 ms, with the browser's own echo cancellation.

const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const words = document.getElementById("trying")?.dataset;
const REASONS = { NotAllowedError: "refused", NotFoundError: "missing", NotReadableError: "taken" };

// Why there can be none on this page; "" when there can.
export function noMicrophone() {
  if (globalThis.isSecureContext && navigator.mediaDevices && globalThis.AudioWorkletNode) return "";
  return words.insecure;
}

export class Microphone {
  #context;
  #onFrame;
  #opening;

  // `onFrame` gets each frame: { pcm, level }, the level from 0 to 1.
  constructor(context, onFrame) {
    this.#context = context;
    this.#onFrame = onFrame;
  }

  // Asks the grown-up the first time. Throws an error whose message is for a person.
  async open() {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw new Error(words[REASONS[error.name] ?? "broken"], { cause: error });
    }
  }

  // Lets go of it: the browser's sign that it listens goes out.
  async close() {
    const opening = this.#opening;
    this.#opening = undefined;
    const parts = await opening?.catch(() => undefined); // one that never opened
    if (!parts) return;
    parts.source.disconnect();
    parts.node.port.close();
    for (const track of parts.stream.getTracks()) track.stop();
  }

  async #open() {
    await this.#context.audioWorklet.addModule(new URL("./microphone_worklet.js", import.meta.url));
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    const source = this.#context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(this.#context, "frames", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = (event) => this.#onFrame(event.data);
    source.connect(node);
    return { stream, source, node };
  }
}
