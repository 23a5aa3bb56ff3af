// Addresses of the hub, also where a reverse proxy puts it below a path: this file lies two folders below its root.

export const address = (path) => new URL(`../../${path}`, import.meta.url);
