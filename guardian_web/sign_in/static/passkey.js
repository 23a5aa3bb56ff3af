// A form that a passkey fills in: the browser makes or uses one by the hub's options, and the form takes its answer there.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const named = ({ id, ...rest }) => ({ ...rest, id: bytes(id) });

async function ask(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (!options.user) return navigator.credentials.get({ publicKey });
  publicKey.user = named(options.user);
  publicKey.excludeCredentials = options.excludeCredentials.map(named);
  return navigator.credentials.create({ publicKey });
}

function written({ id, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const there = parts.filter((part) => response[part]);
  return JSON.stringify({
    id, rawId: id, type, response: Object.fromEntries(there.map((part) => [part, text(response[part])])),
  });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const told = form.querySelector("[role=status]");
  const say = (what) => { told.textContent = told.dataset[what] ?? ""; };
  const { options, from } = form.dataset;
  form.hidden = false;
  if (!window.PublicKeyCredential) {
    form.querySelector("button").hidden = true;
    say("unable");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    try {
      form.elements.answer.value = written(await ask(options ? JSON.parse(options) : await (await fetch(from)).json()));
      form.submit();
    } catch {
      say("failed");
    }
  });
}
