import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { words as de } from "../src/i18n/de.ts";
import { words as en } from "../src/i18n/en.ts";
import { directionOf, spokenIn, wordsFor, written } from "../src/i18n/index.ts";
import type { ServerFrame } from "../src/generated/protocol.ts";
import { words as doingAr } from "../src/view/words/doing/ar.ts";
import { words as doingDe } from "../src/view/words/doing/de.ts";
import { words as doingEn } from "../src/view/words/doing/en.ts";
import { blockText, spoken } from "../src/view/plain.ts";
import { marked } from "../src/view/passage.ts";
import { block, byPerson, done, textBlock, welcomed } from "./words.ts";

const goldens = JSON.parse(
  readFileSync(new URL("../../tests/support/golden_frames.json", import.meta.url), "utf8"),
) as {
  readonly server: readonly ServerFrame[];
};

test("every kind of block can be said in words", () => {
  for (const frame of goldens.server)
    if (frame.type === "block") assert.notEqual(blockText(frame.block), "", frame.block.kind);
});

test("a turn is announced as its words, without the sources at its foot", () => {
  const now = welcomed(
    block(1, "t-1", 0, textBlock("Twelve euros.")),
    block(2, "t-1", 1, { lang: "en", kind: "sources", citations: [] }),
    done(3),
    byPerson(4),
  );
  const [turn, person] = now.entries;

  assert.equal(turn && spoken(turn, en), "Twelve euros.");
  assert.equal(person && spoken(person, en), "Ada: words 4");
});

test("the quote is marked where the server counted it, whatever characters stand before it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      (before, quote, after) => {
        const start = [...before].length;
        const end = start + [...quote].length;

        const parts = marked({ passage: before + quote + after, quote, start, end });

        assert.deepEqual(parts, { before, quote, after });
      },
    ),
  );
});

test("a quote that is counted wrongly is looked for, and shown in any case", () => {
  assert.deepEqual(marked({ passage: "one two three", quote: "two", start: 0, end: 3 }), {
    before: "one ",
    quote: "two",
    after: " three",
  });
  assert.deepEqual(marked({ passage: "one", quote: "two", start: 0, end: 3 }), {
    before: "one ",
    quote: "two",
    after: "",
  });
});

test("a long passage is cut at words around its quote", () => {
  const { before, quote, after } = marked({
    passage: `${"left ".repeat(200)}HERE${" right".repeat(200)}`,
    quote: "HERE",
    start: 1000,
    end: 1004,
  });

  assert.match(before, /^… left /);
  assert.match(after, / right …$/);
  assert.equal(quote, "HERE");
  assert.ok(before.length + after.length < 480);
});

test("every language says everything, and an unknown one is English", async () => {
  for (const language of ["de", "fr", "es", "ar"]) {
    const words = await wordsFor(language);
    assert.notEqual(words, en, language);
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), language);
    assert.deepEqual(Object.keys(words.problems).sort(), Object.keys(en.problems).sort(), language);
    assert.equal(spokenIn(`${language}-XX`), language);
  }
  assert.equal(spokenIn("pt-BR"), "en");
  assert.equal(await wordsFor("de-AT"), de);
  assert.equal(await wordsFor("xx"), en);
  assert.equal(directionOf("ar-EG"), "rtl");
  assert.equal(directionOf("de"), "ltr");
});

test("a number chooses the plural form of its language, in digits that the documents have too", async () => {
  assert.equal(doingEn.minutes(1), "1 minute");
  assert.equal(doingDe.minutes(30), "30 Minuten");
  assert.deepEqual([2, 5, 30].map(doingAr.minutes), ["دقيقتان", "5 دقائق", "30 دقيقة"]);
  assert.equal(new Intl.NumberFormat(written("ar-EG")).format(30), "30");
});
