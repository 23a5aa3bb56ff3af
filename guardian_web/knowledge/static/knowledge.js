// A document that is being read: look again, and show its text once it is there. Until then nothing on the page moves.

const LOOK_AGAIN_MS = 2000;
const waits = (page) => page.getElementById("reading");

async function look() {
  const answer = await fetch(location.href).catch(() => null);
  const isRead = answer?.ok && !waits(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (isRead) location.reload();
  else setTimeout(look, LOOK_AGAIN_MS);
}

setTimeout(look, LOOK_AGAIN_MS);
