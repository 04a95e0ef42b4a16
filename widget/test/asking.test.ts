/** Zones, addresses and endings: what the part of doing decides without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { meant, wrongWith } from "../src/view/address.ts";
import { isFarewell, mayAsk } from "../src/view/ending.ts";
import { keepsake } from "../src/view/keepsake.ts";
import { words as en } from "../src/i18n/en.ts";
import { words as ar } from "../src/view/words/doing/ar.ts";
import { words as de } from "../src/view/words/doing/de.ts";
import { words as more } from "../src/view/words/doing/en.ts";
import { words as es } from "../src/view/words/doing/es.ts";
import { words as fr } from "../src/view/words/doing/fr.ts";
import { cityOf, found, inZone, offsetOf, zones } from "../src/view/zones.ts";
import { openPrompts } from "../src/wire/prompts.ts";
import type { Block, Slot } from "../src/generated/protocol.ts";
import { block, done, said, welcomed } from "./words.ts";

const AT = new Date("2026-03-03T12:00:00Z");
const slot = (start: string): Slot => ({ value: start, start, label: "" });
const sources: Block = {
  lang: "en",
  kind: "sources",
  citations: [
    {
      n: 1,
      url: "/docs/plans#team",
      title: "Plans",
      heading: "Team",
      quote: "",
      passage: "",
      start: 0,
      end: 0,
      score: 1,
      document_version: "1",
      updated: null,
    },
  ],
};

test("times are regrouped by the days of another zone, in order", () => {
  const slots = [slot("2026-03-03T23:30:00Z"), slot("2026-03-03T08:00:00Z")];

  assert.deepEqual(
    inZone(slots, "Europe/Berlin").map(({ date, slots: own }) => [date, own.map(({ time }) => time)]),
    [
      ["2026-03-03", ["09:00"]],
      ["2026-03-04", ["00:30"]],
    ],
  );
  assert.deepEqual(
    inZone(slots, "America/Los_Angeles").map(({ date, slots: own }) => [date, own.map(({ time }) => time)]),
    [["2026-03-03", ["00:00", "15:30"]]],
  );
});

test("an hour that a clock change repeats is told with its offset", () => {
  const [day] = inZone([slot("2026-10-25T00:30:00Z"), slot("2026-10-25T01:30:00Z")], "Europe/Berlin");

  assert.deepEqual(
    day?.slots.map(({ time }) => time),
    ["02:30 (UTC+2)", "02:30 (UTC+1)"],
  );
});

test("zones are found by city, region, offset and without accents; own ones come first", () => {
  const all = zones(["Asia/Kolkata", "Europe/Berlin", "Nowhere/Else"], AT);
  const names = (typed: string): readonly string[] => found(all, typed).map(({ id }) => id);

  assert.deepEqual(
    all.slice(0, 2).map(({ id }) => id),
    ["Asia/Kolkata", "Europe/Berlin"],
  );
  assert.ok(names("new york").includes("America/New_York"));
  assert.ok(names("são pau").includes("America/Sao_Paulo"));
  assert.ok(names("europe ber").includes("Europe/Berlin"));
  assert.ok(names("utc+5:30").includes("Asia/Kolkata"));
  assert.ok(names("-5").includes("America/New_York"));
  assert.ok(!names("+5").includes("America/New_York"));
  assert.ok(names("utc").includes("UTC"));
  assert.deepEqual(names("atlantis"), []);
  assert.equal(cityOf("America/Argentina/Buenos_Aires"), "Buenos Aires");
  assert.equal(offsetOf("Europe/Berlin", new Date("2026-07-01T12:00:00Z")), "UTC+2");
});

test("an address says what it lacks, and what was probably meant", () => {
  assert.deepEqual(["ada", "@b.com", "a b@c.de", "a@b@c.de"].map(wrongWith), ["at", "at", "at", "at"]);
  assert.deepEqual(["a@b", "a@b.", "a@.com", "a@b.c"].map(wrongWith), ["domain", "domain", "domain", "domain"]);
  assert.deepEqual(["a@b.co", "a+b@mail.example.co.uk", "ü@müller.de"].map(wrongWith), [null, null, null]);
  assert.equal(meant("ada@gmial.com"), "ada@gmail.com");
  assert.equal(meant("ada@gmai.com"), "ada@gmail.com");
  assert.equal(meant("ada@Hotmaill.com"), "ada@hotmail.com");
  assert.deepEqual(["ada@gmail.com", "ada@lifts.example", "ada@", "ada"].map(meant), [null, null, null, null]);
});

test("a trial's card stays of use until something later takes its place", () => {
  const trial = (prompt: string): Block => ({
    lang: "en",
    kind: "trial",
    state: "mail_sent",
    text: "",
    prompt,
    again_after_s: 60,
  });

  const mailed = welcomed(block(1, "t-1", 0, trial("p-1")), done(2), said(3), block(4, "t-2"), done(5, "t-2"));
  assert.deepEqual([...openPrompts(mailed)], ["p-1"]);
  const again = welcomed(block(1, "t-1", 0, trial("p-1")), done(2), block(3, "t-2", 0, trial("p-2")), done(4, "t-2"));
  assert.deepEqual([...openPrompts(again)], ["p-2"]);
});

test("it is asked how it was after something was answered, and once", () => {
  const answered = welcomed(said(1), block(2, "t-1", 0, sources), done(3));

  assert.equal(mayAsk(welcomed(said(1))), false);
  assert.equal(mayAsk(welcomed(said(1), block(2), done(3))), false, "small talk is no answer");
  assert.equal(mayAsk(answered), true);
  assert.equal(mayAsk({ ...answered, csat: 4 }), false);
});

test("thanks and goodbyes are heard in five languages, and questions are not taken for them", () => {
  const after = (text: string, bye: RegExp): boolean =>
    isFarewell(
      welcomed(said(1), block(2, "t-1", 0, sources), done(3), said(4, null, text), block(5, "t-2"), done(6, "t-2")),
      bye,
    );

  for (const text of ["thanks!", "Thank you so much", "ok, thanks", "Bye", "no, that's all"])
    assert.ok(after(text, more.bye), text);
  for (const text of ["Danke", "vielen Dank!", "super, danke schön", "Tschüss"]) assert.ok(after(text, de.bye), text);
  for (const text of ["merci", "Merci beaucoup !", "au revoir", "c’est tout"]) assert.ok(after(text, fr.bye), text);
  for (const text of ["gracias", "¡Muchas gracias!", "adiós", "eso es todo"]) assert.ok(after(text, es.bye), text);
  for (const text of ["شكرا", "شكرًا جزيلا", "مع السلامة"]) assert.ok(after(text, ar.bye), text);
  for (const text of [
    "Can I say thanks to my team?",
    "What does Team cost?",
    "thanks, and does it also work offline in the cellar of a house?",
  ])
    assert.ok(!after(text, more.bye), text);
});

test("the downloaded conversation says who spoke when, in the visitor's language, with whole addresses", () => {
  const now = welcomed(said(1, null, "How much?"), block(2), block(3, "t-1", 1, sources), done(4));
  const keeping = { words: en, more: de, locale: "de", base: "https://fernway.example", zone: "Europe/Berlin" };

  const text = keepsake(now, keeping, AT);

  assert.match(text, /^Gespräch mit Fernway\nGespeichert am 3\. März 2026/);
  assert.match(text, /Montag, 2\. März 2026/);
  assert.match(text, /10:30 You\nHow much\?/);
  assert.match(text, /10:30 Fern\nblock 2\nQuellen\n\[1\] Plans: https:\/\/fernway\.example\/docs\/plans#team/);
});
