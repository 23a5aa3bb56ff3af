// A document that is being read: look again until its text is there.

const LOOK_AGAIN_MS = 2000;

setTimeout(() => location.reload(), LOOK_AGAIN_MS);
