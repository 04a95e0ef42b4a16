import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { left, opened, type Stack } from "../src/help/stack.ts";

type Walk = Stack<string, string>;
const HOME: Walk = [{ key: "home", view: "home", from: null, scrolled: 0 }];
const to = (walk: Walk, key: string, from: string | null = null, scrolled = 0): Walk =>
  opened(walk, key, () => `view of ${key}`, from, scrolled);
const keys = (walk: Walk): readonly string[] => walk.map(({ key }) => key);

test("back leads to the view before, as far down as it was, and to what had focus", () => {
  const walk = to(to(HOME, "article a", "row a", 240), "article b", "link b", 90);

  const step = left(walk);

  assert.deepEqual(keys(step?.stack ?? []), ["home", "article a"]);
  assert.equal(step?.stack.at(-1)?.scrolled, 90);
  assert.equal(step?.gone.from, "link b");
  assert.equal(step?.stack[0]?.scrolled, 240);
});

test("from the first view there is no way back", () => {
  assert.equal(left(HOME), null);
});

test("a view that is open already comes up by going back to it, not a second time", () => {
  const walk = to(to(to(HOME, "chat"), "article a"), "chat");

  assert.deepEqual(keys(walk), ["home", "chat"]);
  assert.equal(walk.at(-1)?.view, "view of chat");
});

test("however long the walk, the home stays below it and no view stands in it twice", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 120 }), (steps) => {
      const walk = steps.reduce((at, n) => to(at, `article ${n}`), HOME);

      assert.equal(walk[0]?.key, "home");
      assert.ok(walk.length <= 30);
      assert.equal(new Set(keys(walk)).size, walk.length);
    }),
  );
});
