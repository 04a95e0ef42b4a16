import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../src/generated/protocol.ts";
import { isAbstained } from "../src/view/abstained.ts";
import { openPrompts } from "../src/wire/prompts.ts";
import { block, choosing, done, hearing, said, saying, textBlock, welcomed } from "./words.ts";

const choices = (prompt: string): Block => ({
  lang: "en",
  kind: "choices",
  prompt,
  purpose: "question",
  text: "?",
  choices: [],
});
const slots = (prompt: string): Block => ({
  lang: "en",
  kind: "slots",
  prompt,
  text: "",
  zone: "UTC",
  zone_label: "UTC",
  duration_minutes: 30,
  days: [],
  team_zone: "",
});
const form = (prompt: string): Block => ({
  lang: "en",
  kind: "form",
  prompt,
  purpose: "trial",
  text: "",
  submit: "Go",
  fields: [],
});
const trial: Block = { lang: "en", kind: "trial", prompt: "", again_after_s: 0, state: "mail_sent", text: "" };

test("quick replies are open until the visitor speaks, even before the server has heard it", () => {
  const asked = welcomed(said(1), block(2, "t-1", 0, choices("q-1")), done(3));

  assert.deepEqual([...openPrompts(asked)], ["q-1"]);
  assert.deepEqual([...openPrompts(saying(asked, "client-1"))], []);
  assert.deepEqual([...openPrompts(hearing(asked, said(4)))], []);
});

test("free times stay open while the visitor asks something in between", () => {
  const asked = welcomed(block(1, "t-1", 0, slots("s-1")), done(2), said(3), block(4, "t-2"), done(5, "t-2"));

  assert.deepEqual([...openPrompts(asked)], ["s-1"]);
});

test("a newer form takes the place of the older one, and an outcome closes both", () => {
  const again = welcomed(block(1, "t-1", 0, form("f-1")), said(2), block(3, "t-2", 0, form("f-2")));

  assert.deepEqual([...openPrompts(again)], ["f-2"]);
  assert.deepEqual([...openPrompts(hearing(again, block(4, "t-3", 0, trial)))], []);
});

test("what was answered on this page is closed at once", () => {
  const asked = welcomed(block(1, "t-1", 0, slots("s-1")));

  assert.deepEqual([...openPrompts(choosing(asked, "client-1", "s-1"))], []);
});

test("a turn abstains when it shows the nearest pages and no sources", () => {
  const pages: Block = { lang: "en", kind: "pages", pages: [] };
  const turn = (...blocks: Block[]) => welcomed(...blocks.map((one, at) => block(at + 1, "t-1", at, one))).entries[0];
  const [abstained, answered] = [
    turn(textBlock("?"), pages),
    turn(pages, { lang: "en", kind: "sources", citations: [] }),
  ];

  assert.ok(abstained?.kind === "turn" && isAbstained(abstained));
  assert.ok(answered?.kind === "turn" && !isAbstained(answered));
});
