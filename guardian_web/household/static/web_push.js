// Being told in this browser: it is asked for an address to send to, which goes into the form with its keys.

import { registerWorker } from "./worker.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

async function subscribe() {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const { d: key } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  await registerWorker();
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // it is bound to an earlier key
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: await crypto.subtle.exportKey("raw", pair.publicKey),
  });
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth, key };
}

for (const part of document.querySelectorAll(".way-browser")) {
  const button = part.querySelector("button");
  const told = part.querySelector("[role=status]");
  const say = (what) => { told.textContent = told.dataset[what]; };
  if (!isSecureContext) say("insecure");
  else if (!("PushManager" in window)) say("unable");
  else button.hidden = false;

  button.addEventListener("click", async () => {
    try {
      if (await Notification.requestPermission() !== "granted") return say("refused");
      for (const [name, value] of Object.entries(await subscribe())) {
        part.querySelector(`[name=push_${name}]`).value = value;
      }
      say("ready");
    } catch {
      say("failed");
    }
  });
}
