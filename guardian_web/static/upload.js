// How far a large file is on its way: the form is sent as it would be, and its answer shown, or the page that it leads to.

const form = document.querySelector("form[data-progress]");
const sending = document.getElementById("sending");
const bar = sending.querySelector("progress");
const words = document.getElementById("sending-words");
const onItsWay = words.textContent;

function show(text, isUnderWay) {
  words.textContent = text;
  bar.hidden = !isUnderWay;
  sending.hidden = false;
  form.querySelector("button").disabled = isUnderWay;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (loaded < total) bar.value = (100 * loaded) / total;
    else bar.removeAttribute("value"); // the hub opens it now
  });
  request.addEventListener("loadend", () => {
    if (!request.status) {
      show(words.dataset.lost, false);
      return;
    }
    if (request.responseURL !== form.action) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    if (main) document.querySelector("main").replaceWith(main);
    else location.reload();
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
  show(onItsWay, true);
});
