import assert from "node:assert/strict";
import { test } from "node:test";
import { browser } from "../src/wire/world.ts";

class Blocked extends Event {
  readonly blockedURI: string;

  constructor(blockedURI: string) {
    super("securitypolicyviolation");
    this.blockedURI = blockedURI;
  }
}

/** A page that counts who listens, and sockets that never open by themselves. */
function aBrowser() {
  let ears = 0;
  const page = new EventTarget();
  const counting = {
    dispatchEvent: (event: Event) => page.dispatchEvent(event),
    addEventListener: (name: string, then: EventListener, options: AddEventListenerOptions) => {
      ears += 1;
      options.signal?.addEventListener("abort", () => (ears -= 1));
      page.addEventListener(name, then, options);
    },
  };
  class Socket extends EventTarget {
    onclose: (() => void) | null = null;
  }
  const put = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  put("document", counting);
  put("WebSocket", Socket);
  put("CloseEvent", class extends Event {});
  let closed = 0;
  const socket = browser.socket("wss://chat.example/v1/chat");
  socket.onclose = () => (closed += 1);
  return { socket: socket as unknown as EventTarget, page: counting, ears: () => ears, closed: () => closed };
}

test("a socket that the page's policy forbids is closed, and what else it forbids is not ours", () => {
  const { page, closed } = aBrowser();

  for (const uri of ["", "inline", "https://elsewhere.example"]) page.dispatchEvent(new Blocked(uri));
  assert.equal(closed(), 0);
  page.dispatchEvent(new Blocked("wss://chat.example"));

  assert.equal(closed(), 1);
});

test("a socket that opened or closed listens to the page no longer", () => {
  for (const name of ["open", "close"]) {
    const { socket, ears } = aBrowser();
    assert.equal(ears(), 1);

    socket.dispatchEvent(new Event(name));

    assert.equal(ears(), 0);
  }
});
