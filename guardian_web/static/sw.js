// For the app on a phone's home screen: alerts as they come, and a page for where the hub can't be reached.

const KEPT = ["offline", "static/style.css", "static/icon.svg"].map((name) => new URL(name, self.location).pathname);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("offline").then((cache) => cache.addAll(KEPT)));
});

self.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const kept = mode === "navigate" ? KEPT[0] : new URL(url).pathname;
  if (!KEPT.includes(kept)) return;
  event.respondWith(fetch(event.request).catch(() => caches.match(kept)));
});

self.addEventListener("push", (event) => {
  const { title, body } = event.data.json();
  const icon = new URL("static/icon-192.png", self.registration.scope).href;
  event.waitUntil(self.registration.showNotification(title, { body, icon }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(new URL("alerts", self.registration.scope)));
});
