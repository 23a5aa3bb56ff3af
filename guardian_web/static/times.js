// <time datetime> by the household's clock, in the browser's language; with data-day the day, also where that is today,
// and with data-clock none.

const timeZone = "UTC"; // as what the household's clock shows is read as if it were that
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", timeZone });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium", timeZone });

export function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(`${time.dateTime.slice(0, 19)}Z`);
    const now = new Date(Date.now() + (moment - new Date(time.dateTime)));
    const isToday = moment.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
    const near = "clock" in time.dataset || (isToday && !("day" in time.dataset));
    const text = near ? clock.format(moment) : `${day.format(moment)}, ${clock.format(moment)}`;
    if (time.textContent === text) continue; // leaves a reader's selection alone
    time.textContent = text;
    time.title = full.format(moment);
  }
}
