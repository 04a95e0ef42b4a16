/** What is being written outlives a page, but not its writer at the machine. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Draft } from "../src/view/draft.ts";
import { words } from "../src/view/words/together/en.ts";

const kept = new Map<string, string>();
const notes = {
  read: (name: string) => kept.get(name) ?? null,
  write: (name: string, value: string) => void (value === "" ? kept.delete(name) : kept.set(name, value)),
};

beforeEach(() => {
  kept.clear();
  const put = (name: string, value: object): void =>
    void Object.defineProperty(globalThis, name, { value, configurable: true });
  put("document", { createElement: () => Object.assign(new EventTarget(), { setAttribute() {}, append() {} }) });
  put("CSS", { supports: () => true });
});

function aDraft(whose: string | null) {
  const input = Object.assign(new EventTarget(), { value: "", form: null }) as unknown as HTMLTextAreaElement;
  const draft = new Draft(input, words, notes, () => 4000, whose);
  const write = (text: string): void => {
    input.value = text;
    draft.note();
  };
  return { input, draft, write };
}

test("what was being written is found again on the next page by whoever wrote it", () => {
  for (const whose of [null, "x1"]) {
    aDraft(whose).write("Dear\nteam");
    assert.equal(aDraft(whose).input.value, "Dear\nteam");
  }
});

test("the next user at a machine finds nothing of what the one before was writing", () => {
  for (const next of ["x2", null]) {
    const { input, draft, write } = aDraft("x1");
    write("for Ada's eyes");
    draft.turnTo(next);
    assert.deepEqual([input.value, kept.size], ["", 0]);
    draft.note();
  }
});

test("what was kept for another user is not read, even when nobody saw the change", () => {
  for (const next of ["x2", null]) {
    aDraft("x1").write("for Ada's eyes");
    assert.equal(aDraft(next).input.value, "");
  }
});

test("who signs in takes along what they were writing", () => {
  const { input, draft, write } = aDraft(null);
  write("What does Team cost?");
  draft.turnTo("x1");
  assert.equal(input.value, "What does Team cost?");
  assert.equal(aDraft("x1").input.value, "What does Team cost?");
  assert.equal(aDraft(null).input.value, "");
});
