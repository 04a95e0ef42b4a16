/** The browser as the connection sees it: sockets, fetch, timers, chance. */
import type { World } from "./kinds.ts";
import { channel } from "./tabs.ts";

const PROTOCOL = "frontdesk.v1";

export const browser: World = {
  socket(url) {
    const socket = new WebSocket(url, PROTOCOL);
    // Chromium tells of a socket that the page's policy forbids only here: the socket itself waits for ever.
    const blocked = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
      if (url.startsWith(blockedURI)) socket.onclose?.(new CloseEvent("close"));
    };
    document.addEventListener("securitypolicyviolation", blocked, { once: true });
    return socket;
  },
  channel,
  identity: () => import("./identity.ts"),
  http: () => import("./stream.ts"),
  post: async (...asked) => (await import("./stream.ts")).post(...asked),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  now: Date.now,
  random: Math.random,
  isOnline: () => navigator.onLine,
  isVisible: () => document.visibilityState === "visible",
};
