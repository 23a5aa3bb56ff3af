// <time datetime> in the browser's own time zone and language; with data-day the day, also where that is today.

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function showTimes(root) {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    const near = time.dataset.day === undefined && moment.toDateString() === today;
    const text = near ? clock.format(moment) : `${day.format(moment)}, ${clock.format(moment)}`;
    if (time.textContent === text) continue; // leaves a reader's selection alone
    time.textContent = text;
    time.title = full.format(moment);
  }
}
