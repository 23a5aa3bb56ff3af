// A toy's settings: what is stricter than the level depends on the level, and the level on the age.

const thisYear = Number(document.getElementById("birth_year").dataset.thisYear);

for (const level of document.querySelectorAll("input[name=level]")) {
  level.addEventListener("change", () => offer(level.value));
}
document.getElementById("birth_year").addEventListener("input", (event) => suggest(event.target.value));

document.getElementById("hear-voice").addEventListener("click", (event) => hear(event.target));

async function hear(button) {
  const problem = document.getElementById("hear-problem");
  const { csrf, voice } = button.form.elements;
  const speaker = new AudioContext();
  problem.hidden = button.disabled = true;
  try {
    const body = new URLSearchParams({ csrf: csrf.value, voice: voice.value });
    const answer = await fetch(button.dataset.from, { method: "POST", body });
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

function offer(level) {
  for (const choice of document.querySelectorAll(".thresholds select")) {
    const most = Number(choice.dataset[level]);
    for (const option of choice.options) {
      const looser = option.value !== "" && Number(option.value) >= most;
      option.disabled = looser;
      option.hidden = looser;
    }
    choice.options[0].textContent = `as the level: up to ${most}`;
    if (choice.selectedOptions[0]?.disabled) choice.value = "";
  }
}

function suggest(year) {
  const age = /^[0-9]{4}$/.test(year) ? thisYear - Number(year) : NaN;
  const fitting = age <= 7 ? "strict" : age <= 10 ? "moderate" : "relaxed";
  for (const chip of document.querySelectorAll(".fitting")) {
    chip.hidden = !(age >= 0) || chip.dataset.level !== fitting;
  }
}
