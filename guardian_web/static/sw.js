// For the app on a phone's home screen: where the hub can't be reached, a page that says so. Nothing else is kept.

const KEPT = ["offline.html", "style.css", "icon.svg"].map((name) => new URL(`static/${name}`, self.location).pathname);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("offline").then((cache) => cache.addAll(KEPT)));
});

self.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const kept = mode === "navigate" ? KEPT[0] : new URL(url).pathname;
  if (!KEPT.includes(kept)) return;
  event.respondWith(fetch(event.request).catch(() => caches.match(kept)));
});
