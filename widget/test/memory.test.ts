/** Whatever stands in the browser's stores, or is told by other tabs: what is not whole is not there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Note } from "../src/wire/tabs.ts";
import { isNote } from "../src/wire/tabs.ts";
import { recall } from "../src/wire/memory.ts";
import { Session } from "../src/wire/session.ts";
import { FakeTabs, FakeWorld } from "./fake-world.ts";
import { aPage } from "./fake-page.ts";
import { welcome } from "./words.ts";

const LEVELS = ["necessary", "conversation", "remembered"];
const text = fc.oneof(fc.string(), fc.constantFrom("say", "remembered", "c-1"));
const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>);
const frame = fc.oneof(anything, fc.record({ type: anything, id: anything, text: anything }, { requiredKeys: [] }));
const pending = fc.record({ frame, text: anything, problem: anything }, { requiredKeys: [] });
const kept = fc.record(
  {
    id: anything,
    token: anything,
    consent: anything,
    pending: fc.oneof(anything, fc.array(fc.oneof(anything, pending))),
  },
  { requiredKeys: [] },
);
const note = fc.record(
  {
    kind: fc.constantFrom("who", "here", "said", "dropped", "gone", "consent", "else"),
    id: anything,
    token: anything,
    member: anything,
    isBegun: anything,
    consent: anything,
    level: anything,
    frame,
    text: anything,
  },
  { requiredKeys: ["kind"] },
);

function aSession(): { world: FakeWorld; session: Session } {
  const world = new FakeWorld();
  const options = { site: "demo", origin: "https://chat.example", mode: "chat", locale: "en" } as const;
  return { world, session: new Session(options, world, () => {}) };
}

test("a hello is made of words, whatever was found in the browser", () => {
  fc.assert(
    fc.property(fc.oneof(kept, anything), (value) => {
      const page = aPage();
      page.session.setItem("frontdesk:demo", JSON.stringify(value));
      const { world, session } = aSession();
      session.start();
      world.last.open();

      const hello = world.last.sent[0];
      assert.equal(hello?.type, "hello");
      if (hello?.type !== "hello") return;
      for (const word of [hello.conversation, hello.visitor_token])
        assert.ok(word === null || typeof word === "string");
      assert.ok(LEVELS.includes(hello.consent ?? ""));
      for (const one of session.now.pending) assert.match(one.frame.type, /^(say|choose|submit|contact)$/);
    }),
  );
});

test("what is whole is recalled as it was", () => {
  const page = aPage();
  const whole = { frame: { type: "say", id: "a", text: "Hello" }, text: "Hello", problem: null };
  const failed = { ...whole, problem: { code: "too_fast", message: "Wait." } };
  const before = { id: "c-1", token: "t", consent: "remembered", pending: [whole, failed], open: true };
  page.session.setItem("frontdesk:demo", JSON.stringify(before));

  assert.deepEqual(recall("demo"), { ...before, unread: 0, member: null, asked: null });
});

test("no note of another tab throws, or changes what is said in hello to what is no word", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(note, anything), { maxLength: 5 }), (notes) => {
      aPage();
      const { world, session } = aSession();
      const tabs = (world.tabs = new FakeTabs());
      session.start();
      world.last.open();
      const other = tabs.enter(() => {});
      for (const one of notes) if (isNote(one)) other.tell(one as Note);
      world.pass(100);
      world.last.open();
      world.last.say(welcome());

      const { id, token, consent, pending } = session.now;
      for (const word of [id, token]) assert.equal(typeof word, "string");
      assert.ok(LEVELS.includes(consent));
      for (const one of pending) assert.equal(typeof one.frame.id, "string");
    }),
  );
});

test("every note that a tab tells is heard by the others", () => {
  const said = { type: "say", id: "a", text: "Hello", page: null } as const;
  const notes: readonly Note[] = [
    { kind: "who" },
    { kind: "here", id: "c-1", token: "t", member: null, isBegun: true, consent: null },
    { kind: "here", id: "c-1", token: "t", member: "x1", isBegun: false, consent: "remembered" },
    { kind: "said", id: "c-1", frame: said, text: "Hello" },
    { kind: "dropped", frame: "a" },
    { kind: "gone", id: "c-1" },
    { kind: "consent", id: null, level: "necessary" },
  ];
  for (const one of notes) assert.ok(isNote(one), one.kind);
  for (const one of [{ kind: "said", id: "c-1", text: "x" }, { kind: "here", id: 1, token: "t" }, null, "who"])
    assert.ok(!isNote(one));
});

test("who was stopped tells other tabs nothing, however often the page is looked at", () => {
  aPage();
  const { world, session } = aSession();
  const heard: string[] = [];
  world.tabs = new FakeTabs();
  world.tabs.enter(({ kind }) => heard.push(kind));
  session.stop();

  session.wake();
  session.wake(true);
  assert.deepEqual(heard, []);

  session.start();
  assert.deepEqual(heard, ["who"]);
});
