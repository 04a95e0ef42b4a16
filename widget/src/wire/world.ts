/** The browser as the connection sees it: sockets, fetch, timers, chance. */
import type { World } from "./kinds.ts";
import { channel } from "./tabs.ts";

const PROTOCOL = "frontdesk.v1";

export const browser: World = {
  socket(url) {
    const socket = new WebSocket(url, PROTOCOL);
    const opened = new AbortController();
    // Chromium tells of a socket that the page's policy forbids only here: the socket itself waits for ever.
    const blocked = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
      if (blockedURI !== "" && url.startsWith(blockedURI)) socket.onclose?.(new CloseEvent("close"));
    };
    document.addEventListener("securitypolicyviolation", blocked, opened);
    // In a night without network there are thousands of sockets, and one page.
    for (const name of ["open", "close"]) socket.addEventListener(name, () => opened.abort(), opened);
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
