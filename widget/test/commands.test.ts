/** What a host page calls: kept until the panel is there, and loaded only where it has to be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FrontDesk } from "../src/define.ts";
import { commands, type Commands } from "../src/host/commands.ts";
import type { Told } from "../src/host/public.ts";

interface Fake extends EventTarget {
  calls: string[];
  identity?: unknown;
  tracked?: readonly unknown[];
  open?(): Promise<void>;
}

/** The element before its class arrived; the panel, once loaded, gives it its methods. */
function anElement(): Fake {
  return Object.assign(new EventTarget(), { calls: [] });
}

let loads = 0;
function aPage(panel = `globalThis.upgrade();`): { element: Fake; api: Commands } {
  const element = anElement();
  (globalThis as { upgrade?: () => void }).upgrade = () => {
    loads += 1;
    Object.assign(element, {
      open: async () => void element.calls.push("open"),
      close: () => element.calls.push("close"),
      ask: async (text: string) => void element.calls.push(`ask ${text}`),
      take: () => element.calls.push("take"),
    });
  };
  loads = 0;
  // A module is run once for each address.
  const url = `data:text/javascript,${encodeURIComponent(panel)}//${Math.random()}`;
  return { element, api: commands(Promise.resolve(element as unknown as FrontDesk), url) };
}

test("to identify, to track, to listen and to close loads nothing", async () => {
  const { element, api } = aPage();
  api.identify("a.b.c");
  api.track("plan_viewed", { plan: "Team" });
  api.track("scrolled");
  api.on("open", () => {});
  api.close();
  await new Promise(setImmediate);
  assert.equal(loads, 0);
  assert.equal(element.identity, "a.b.c");
  assert.deepEqual(element.tracked, [
    ["plan_viewed", { plan: "Team" }],
    ["scrolled", {}],
  ]);
});

test("what is identified and tracked later is taken at once", async () => {
  const { element, api } = aPage();
  await api.open();
  api.track("later");
  await new Promise(setImmediate);
  assert.deepEqual(element.calls, ["open", "take"]);
});

test("of a page that never stops telling the latest fifty are kept", async () => {
  const { element, api } = aPage();
  for (let number = 0; number < 60; number += 1) api.track(`step${number}`);
  await new Promise(setImmediate);
  assert.equal(element.tracked?.length, 50);
  assert.deepEqual(element.tracked?.[0], ["step10", {}]);
});

test("the panel is loaded once, however much is asked for", async () => {
  const { element, api } = aPage();
  await Promise.all([api.open(), api.ask("What does Team cost?"), api.load()]);
  assert.equal(loads, 1);
  assert.deepEqual(element.calls, ["open", "ask What does Team cost?"]);
});

test("an element that was taken away before the panel came is neither opened nor asked", async () => {
  const { element, api } = aPage("");
  await api.open();
  await api.ask("What does Team cost?");
  assert.deepEqual(element.calls, []);
});

test("a panel that can not be had is told to whoever opens, and nobody else", async () => {
  const { api } = aPage("throw new Error('away')");
  await assert.rejects(api.open(), /away/);
  api.identify(null);
});

test("a listener hears its own events until it stops", async () => {
  const { element, api } = aPage();
  const heard: number[] = [];
  const tell = (detail: Told): boolean => element.dispatchEvent(new CustomEvent("frontdesk", { detail }));
  const stop = api.on("unread", ({ count }) => heard.push(count));
  await new Promise(setImmediate);
  tell({ type: "unread", count: 2 });
  tell({ type: "open" });
  stop();
  tell({ type: "unread", count: 3 });
  assert.deepEqual(heard, [2]);
});

test("who stops at once hears nothing", async () => {
  const { element, api } = aPage();
  api.on("open", () => assert.fail("heard"))();
  await new Promise(setImmediate);
  element.dispatchEvent(new CustomEvent("frontdesk", { detail: { type: "open" } }));
});
