import assert from "node:assert/strict";
import { test } from "node:test";
import type { Citation } from "../src/generated/protocol.ts";
import type { SourceCard } from "../src/view/card.ts";
import { Source } from "../src/view/source.ts";

const CHIP = {} as HTMLElement;
const CITATION = {} as Citation;

/** A source whose card comes when the test says so, and what the card was asked for. */
function aSource() {
  const asked: string[] = [];
  let isOpen = false;
  const open = (how: string) => (): void => {
    isOpen = true;
    asked.push(how);
  };
  const card = {
    peek: open("peek"),
    pin: open("pin"),
    leave: () => asked.push("leave"),
    close: () => [isOpen, (isOpen = false)][0],
  } as unknown as SourceCard;
  const loads: { arrive(): void; fail(): void }[] = [];
  const load = (): Promise<SourceCard> =>
    new Promise((resolve, reject) => loads.push({ arrive: () => resolve(card), fail: () => reject(new Error()) }));
  return { source: new Source(load), asked, loads };
}

const settled = (): Promise<void> => new Promise((over) => setImmediate(over));

test("a card that arrives after its chip was left stays closed", async () => {
  const { source, asked, loads } = aSource();
  source.peek(CHIP, CITATION);
  source.leave();

  loads[0]?.arrive();
  await settled();

  assert.deepEqual(asked, []);
  assert.equal(source.close(), false);
});

test("a card that was pressed for opens although the pointer went on", async () => {
  const { source, asked, loads } = aSource();
  source.peek(CHIP, CITATION);
  source.pin(CHIP, CITATION);
  source.leave();
  source.peek(CHIP, CITATION);

  loads[0]?.arrive();
  await settled();

  assert.deepEqual(asked, ["pin"]);
  assert.equal(loads.length, 1);
});

test("Escape takes back a press whose card is not here yet, and nothing else", async () => {
  const { source, asked, loads } = aSource();
  source.pin(CHIP, CITATION);

  assert.equal(source.close(), true);
  assert.equal(source.close(), false);
  loads[0]?.arrive();
  await settled();

  assert.deepEqual(asked, []);
});

test("from the second time on a card opens at once, so that it can see focus return", async () => {
  const { source, asked, loads } = aSource();
  source.pin(CHIP, CITATION);
  loads[0]?.arrive();
  await settled();
  source.close();

  source.peek(CHIP, CITATION);

  assert.deepEqual(asked, ["pin", "peek"]);
});

test("a card that did not arrive is asked for again at the next press", async () => {
  const { source, asked, loads } = aSource();
  source.pin(CHIP, CITATION);
  loads[0]?.fail();
  await settled();
  assert.equal(source.close(), false);

  source.pin(CHIP, CITATION);
  loads[1]?.arrive();
  await settled();

  assert.deepEqual(asked, ["pin"]);
});
