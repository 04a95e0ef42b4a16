/** What went wrong on the host page is told only where it lets it, and heard only as long as the element stands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "../src/help/errors.ts";

test("an error of the host page is kept without its query until the element goes", () => {
  const page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page) as typeof globalThis.addEventListener;
  const fail = (message: string): void => {
    const filename = "https://host.example/app.js?user=7";
    page.dispatchEvent(Object.assign(new Event("error"), { message, filename, lineno: 3 }));
  };
  const stop = new AbortController();
  const last = errors(stop.signal);

  fail("first");
  assert.equal(last(), "first (https://host.example/app.js:3)");
  page.dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason: new TypeError("second") }));
  assert.equal(last(), "TypeError: second");
  stop.abort();
  fail("third");
  page.dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason: "fourth" }));
  assert.equal(last(), "TypeError: second");
});
