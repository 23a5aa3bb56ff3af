// The home page: times as the family reads them, and the hub's news as they happen.

import { keepUp } from "./live.js";
import { showTimes } from "./times.js";

showTimes(document);
setInterval(() => showTimes(document), 60_000); // "16:03" is yesterday's after midnight
keepUp();
