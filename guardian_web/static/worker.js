// The service worker of the pages, which shows alerts and what stands there while the hub can't be reached.

import { address } from "./address.js";

export function registerWorker() {
  // Named with the files' hash, so that a new one is fetched, with what it keeps, when they change.
  const version = new URL(import.meta.url).pathname.split("/").at(-2);
  return navigator.serviceWorker?.register(address(`sw.js?files=${version}`));
}
