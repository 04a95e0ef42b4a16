/** The browser as the connection sees it: sockets, fetch, timers, chance. */
import type { World } from "./connection.ts";

const PROTOCOL = "frontdesk.v1";

export const browser: World = {
  socket: (url) => new WebSocket(url, PROTOCOL),
  // Most visitors never need it.
  post: async (...asked) => (await import("./stream.ts")).post(...asked),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  isOnline: () => navigator.onLine,
};
