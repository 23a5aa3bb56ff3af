// Records a voice in the browser, as a WAV file in the form's field for recordings. All words for people are the page's.

const RATE_HZ = 24_000;
const TICK_MS = 500;

export function offerRecording(place) {
  const button = place.querySelector("button");
  const state = place.querySelector("[role=status]");
  const words = place.dataset;
  if (!globalThis.isSecureContext || !navigator.mediaDevices || !globalThis.MediaRecorder) {
    state.textContent = words.insecure;
    return;
  }
  button.hidden = false;
  let recorder;
  button.addEventListener("click", async () => {
    if (recorder?.state === "recording") return recorder.stop();
    let microphone;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch {
      state.textContent = words.refused;
      return;
    }
    recorder = new MediaRecorder(microphone);
    const pieces = [];
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    const ticking = setInterval(() => {
      state.textContent = words.busy.replace("#", seconds());
      if (seconds() >= Number(words.most)) recorder.stop();
    }, TICK_MS);
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", async () => {
      clearInterval(ticking);
      for (const track of microphone.getTracks()) track.stop();
      button.removeAttribute("aria-pressed");
      const sound = await decoded(new Blob(pieces));
      if (sound.duration < Number(words.least)) {
        state.textContent = words.short;
        return;
      }
      choose(button.form.elements.recordings, new File([wav(sound)], "recorded.wav", { type: "audio/wav" }));
      state.textContent = words.done.replace("#", Math.round(sound.duration));
    });
    recorder.start();
    button.setAttribute("aria-pressed", "true");
  });
}

function choose(field, file) {
  const chosen = new DataTransfer();
  chosen.items.add(file);
  field.files = chosen.files;
}

async function decoded(blob) {
  const context = new OfflineAudioContext(1, 1, RATE_HZ);
  return context.decodeAudioData(await blob.arrayBuffer());
}

// Mono samples of 16 bits behind a header.
function wav(sound) {
  const samples = sound.getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, sound.sampleRate, true);
  view.setUint32(28, 2 * sound.sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, sample)), true));
  return view.buffer;
}
