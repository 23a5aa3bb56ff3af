// Plays what the hub answers to a form, as a sound; says beside the button why it could not.

export async function hear(button, from, fields) {
  const problem = document.getElementById("hear-problem");
  const speaker = new AudioContext();
  problem.hidden = button.disabled = true;
  try {
    const headers = { Accept: "audio/*, text/plain" };
    const answer = await fetch(from, { method: "POST", headers, body: new URLSearchParams(fields) });
    if (!answer.ok) throw new Error(await answer.text());
    const source = speaker.createBufferSource();
    source.buffer = await speaker.decodeAudioData(await answer.arrayBuffer());
    source.connect(speaker.destination);
    source.addEventListener("ended", () => speaker.close());
    source.start();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    speaker.close();
  }
  button.disabled = false;
}
