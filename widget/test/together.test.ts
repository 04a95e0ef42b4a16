import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { kindsText, sizeText } from "../src/view/file.ts";
import { words as ar } from "../src/view/words/together/ar.ts";
import { words as de } from "../src/view/words/together/de.ts";
import { words as en } from "../src/view/words/together/en.ts";
import { words as es } from "../src/view/words/together/es.ts";
import { words as fr } from "../src/view/words/together/fr.ts";

test("a size is said in the unit that one reads it in", () => {
  assert.equal(sizeText(19, "en"), "19 bytes");
  assert.equal(sizeText(120_400, "en"), "120 kB");
  assert.equal(sizeText(10_485_760, "en"), "10.5 MB");
  assert.equal(sizeText(10_485_760, "de"), "10,5 MB");
});

test("no size is said with more than four figures before its unit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 26_214_400 }), (bytes) => {
      assert.match(sizeText(bytes, "en"), /^(\d{1,3}(\.\d)?|1,000) (bytes?|kB|MB)$/);
    }),
  );
});

test("a refused file is told which kinds can be attached, each once", () => {
  const types = ["image/png", "image/jpeg", "application/pdf", "text/plain", "text/plain"];

  assert.equal(
    en.kind(kindsText(types, "en-US")),
    "Files of this kind can't be attached. These can: PNG, JPG, PDF, and TXT.",
  );
  for (const words of [ar, de, es, fr]) assert.match(words.kind(kindsText(types, "de")), /PNG, JPG, PDF und TXT\.$/);
});

test("every language counts by its own rules", () => {
  assert.equal(en.unread(1), "1 new message");
  assert.equal(en.unread(2), "2 new messages");
  assert.equal(de.unread(2), "2 neue Nachrichten");
  assert.equal(fr.left(1), "1 caractère restant");
  assert.equal(es.left(2), "quedan 2 caracteres");
  assert.equal(ar.unread(2), "رسالتان جديدتان");
  assert.equal(ar.unread(5), "5 رسائل جديدة");
  assert.equal(ar.left(0), "لم يبق أي حرف");
});
