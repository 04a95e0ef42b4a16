import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { decode } from "../src/wire/decode.ts";
import type { Block, ClientFrame, ServerFrame } from "../src/generated/protocol.ts";

const goldens = JSON.parse(
  readFileSync(new URL("../../tests/support/golden_frames.json", import.meta.url), "utf8"),
) as {
  readonly client: readonly ClientFrame[];
  readonly server: readonly ServerFrame[];
};

// Records, not lists: the compiler demands a line for every frame and block there is.
const SERVER: Record<ServerFrame["type"], true> = {
  welcome: true,
  message: true,
  block: true,
  done: true,
  working: true,
  nudge: true,
  typing: true,
  seen: true,
  resync: true,
  pong: true,
  error: true,
};
const CLIENT: Record<ClientFrame["type"], true> = {
  hello: true,
  say: true,
  choose: true,
  submit: true,
  visit: true,
  consent: true,
  contact: true,
  rate: true,
  csat: true,
  mail_transcript: true,
  track: true,
  typing: true,
  seen: true,
  nudge: true,
  ping: true,
};
const BLOCKS: Record<Block["kind"], true> = {
  text: true,
  list: true,
  table: true,
  code: true,
  sources: true,
  pages: true,
  choices: true,
  slots: true,
  form: true,
  meeting: true,
  trial: true,
  cart: true,
  handoff: true,
};
const keys = (record: object): string[] => Object.keys(record).sort();
const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();

test("the goldens show every frame and every block that the types know", () => {
  const blocks = goldens.server.flatMap((frame) => (frame.type === "block" ? [frame.block.kind] : []));

  assert.deepEqual(distinct(goldens.server.map((frame) => frame.type)), keys(SERVER));
  assert.deepEqual(distinct(goldens.client.map((frame) => frame.type)), keys(CLIENT));
  assert.deepEqual(distinct(blocks), keys(BLOCKS));
});

for (const [at, golden] of goldens.server.entries()) {
  test(`golden ${at} (${golden.type}${golden.type === "block" ? ` ${golden.block.kind}` : ""}) is decoded unchanged`, () => {
    assert.deepEqual(decode(JSON.stringify(golden)), golden);
  });
}

test("a golden without a field the view needs is not taken for a frame, but keeps its number", () => {
  for (const golden of goldens.server.filter((frame) => frame.type === "block")) {
    const { kind } = golden.block;
    assert.deepEqual(
      decode(JSON.stringify({ ...golden, block: { kind } })),
      { type: "unknown", seq: golden.seq },
      kind,
    );
  }
});

test("a frame or block of a newer protocol keeps its number", () => {
  assert.deepEqual(decode('{"type":"hologram","seq":4}'), { type: "unknown", seq: 4 });
  assert.deepEqual(decode('{"type":"toString","seq":4}'), { type: "unknown", seq: 4 });
});

test("what is no frame is null, whatever it is", () => {
  for (const text of [
    "",
    "{",
    "[]",
    "null",
    "7",
    '{"type":"pong"}',
    '{"type":"pong","seq":-1}',
    '{"type":"pong","seq":"1"}',
  ])
    assert.equal(decode(text), null, text);
  fc.assert(fc.property(fc.string(), (text) => void decode(text)));
  fc.assert(fc.property(fc.json(), (text) => void decode(text)));
});
