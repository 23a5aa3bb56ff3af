// A device's settings: each slider says its value.

for (const slider of document.querySelectorAll("input[type=range]")) {
  const now = document.getElementById(`${slider.id}-now`);
  slider.addEventListener("input", () => {
    now.value = slider.value;
  });
}
