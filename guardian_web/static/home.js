// The home page: times as the family reads them, and the hub's news as they happen.

import { connect } from "./live.js";
import { showTimes } from "./times.js";

showTimes(document);
connect();
