import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { came, cut, failed, isAsking, isWaiting, moved, nothing, options, typed } from "../src/help/search.ts";
import type { Found, Hit } from "../src/help/shapes.ts";

const hit = (id: string): Hit => ({
  id,
  title: id,
  section: "",
  updated: "",
  url: "",
  heading: "",
  anchor: "",
  snippet: { text: "", marks: [] },
});
const found = (...ids: string[]): Found => ({ articles: ids.map(hit), total: ids.length });

test("one letter asks nothing, and white space is no word", () => {
  assert.equal(isAsking(typed(nothing, "c")), false);
  assert.equal(typed(nothing, "  crew   plan ").query, "crew plan");
  const crew = typed(nothing, "crew");
  assert.equal(typed(crew, "crew "), crew);
});

test("only the answer to what stands in the field counts, however late another comes", () => {
  const now = typed(typed(nothing, "cr"), "crew");

  const early = came(now, "cr", found("a"));
  const answered = came(early, "crew", found("b"));
  const late = failed(came(answered, "cr", found("a")), "cr", "offline");

  assert.equal(early, now);
  assert.deepEqual(late.found, found("b"));
  assert.equal(late.trouble, null);
});

test("what was found stands until its successor arrives", () => {
  const now = typed(came(typed(nothing, "crew"), "crew", found("a")), "crews");

  assert.deepEqual(now.found, found("a"));
  assert.equal(isWaiting(now), true);
});

test("a search that failed can be tried again, and another word forgets the failure", () => {
  const now = failed(typed(nothing, "crew"), "crew", "offline");

  assert.equal(isWaiting(now), false);
  assert.equal(isWaiting(typed(now, "crews")), true);
});

test("emptying the field forgets everything", () => {
  assert.deepEqual(typed(came(typed(nothing, "crew"), "crew", found("a")), ""), nothing);
});

test("behind the articles one can ask the assistant, or write to the team", () => {
  assert.equal(options(nothing), 0);
  assert.equal(options(came(typed(nothing, "zebra"), "zebra", found())), 2);
  assert.equal(options(came(typed(nothing, "crew"), "crew", found("a", "b"))), 4);
});

test("arrows go round by way of the field and never leave it", () => {
  const ready = came(typed(nothing, "crew"), "crew", found("a"));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(1, -1)), (steps) => {
      const now = steps.reduce((at, by) => moved(at, by), ready);
      assert.ok(now.active >= -1 && now.active < options(now));
    }),
  );
  assert.equal(moved(ready, -1).active, 2);
  assert.equal(moved(moved(ready, -1), 1).active, -1);
});

test("marks cut a text without losing a letter, whatever they say", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.tuple(fc.integer({ min: -5, max: 40 }), fc.integer({ min: -5, max: 40 }))),
      (text, marks) => {
        const kept = marks.filter(([start]) => start >= 0);
        assert.equal(
          cut(text, kept)
            .map(([words]) => words)
            .join(""),
          text,
        );
      },
    ),
  );
  assert.deepEqual(cut("each crew.", [[5, 9]]), [
    ["each ", false],
    ["crew", true],
    [".", false],
  ]);
});
