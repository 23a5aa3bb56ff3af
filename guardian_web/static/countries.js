// Countries by the names that the page's own language has for them, and lists of them in its order.

export function showCountries(root) {
  const language = document.documentElement.lang;
  const names = new Intl.DisplayNames(language, { type: "region" });
  for (const country of root.querySelectorAll("[data-country]")) {
    country.textContent = names.of(country.dataset.country);
  }
  for (const list of root.querySelectorAll("select[data-countries]")) {
    const chosen = list.value;
    const [none, ...countries] = list.options;
    list.replaceChildren(none, ...countries.sort((a, b) => a.text.localeCompare(b.text, language)));
    list.value = chosen;
  }
}
