import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contrast, parseHex, readableShare, type Rgb } from "../src/view/colour.ts";

const channel = fc.integer({ min: 0, max: 255 });

test("every brand colour can be made readable in both schemes", () => {
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), (accent: Rgb) => {
      for (const scheme of ["light", "dark"] as const) {
        assert.ok(contrast(accent, readableShare(accent, scheme), scheme) >= 4.5);
      }
    }),
  );
});

test("a colour that is readable already stays what it is", () => {
  assert.equal(readableShare([0x0f, 0x76, 0x6e], "light") >= 90, true);
  assert.ok(Math.abs(contrast([0, 0, 0], 100, "light") - 17.4) < 0.2);
  assert.equal(readableShare([0x1f, 0x23, 0x29], "light"), 100);
  assert.equal(readableShare([0xff, 0xd5, 0x4f], "dark"), 100);
});

test("a pale brand is darkened on light ground and a dark one lightened on dark ground", () => {
  assert.ok(readableShare([0xff, 0xd5, 0x4f], "light") < 75);
  assert.ok(readableShare([0x1f, 0x23, 0x29], "dark") < 75);
});

test("colours are read from three or six digits and from nothing else", () => {
  assert.deepEqual(parseHex("#0f766e"), [15, 118, 110]);
  assert.deepEqual(parseHex("#fA0"), [255, 170, 0]);
  for (const text of ["", "teal", "#12", "#12345g", "url(x)", "#fff;color:red"]) assert.equal(parseHex(text), null);
});
