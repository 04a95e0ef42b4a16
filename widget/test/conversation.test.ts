import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { begin, intend, isBehind, type Conversation } from "../src/wire/conversation.ts";
import type { Decoded } from "../src/wire/decode.ts";
import { block, byPerson, choosing, done, hearing, said, saying, welcome, welcomed } from "./words.ts";

/** A log of any length in which visitors speak and turns of several blocks answer. */
const log = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }).map((turns) => {
  const frames: Decoded[] = [];
  turns.forEach((blocks, turn) => {
    frames.push(said(frames.length + 1, `client-${turn}`));
    for (let index = 0; index < blocks; index += 1) frames.push(block(frames.length + 1, `t-${turn}`, index));
    if (blocks > 0) frames.push(done(frames.length + 1, `t-${turn}`));
  });
  return frames;
});

const shown = (now: Conversation): readonly number[] =>
  now.entries.flatMap((entry) => (entry.kind === "message" ? [entry.seq] : entry.pieces.map((piece) => piece.seq)));

test("the transcript equals the log, however frames are repeated and shuffled on the way", () => {
  fc.assert(
    fc.property(log, fc.infiniteStream(fc.nat()), (frames, noise) => {
      const straight = hearing(welcomed(), ...frames);
      const doubled = [...frames, ...frames];
      const shuffled = doubled.map((frame) => ({ frame, at: noise.next().value ?? 0 })).sort((a, b) => a.at - b.at);

      const now = hearing(welcomed(), ...shuffled.map(({ frame }) => frame));

      assert.deepEqual(now.entries, straight.entries);
      assert.equal(now.lastSeq, frames.length);
      assert.equal(isBehind(now), false);
    }),
  );
});

test("a break anywhere and a replay from the last number lose nothing and double nothing", () => {
  fc.assert(
    fc.property(log, fc.nat(), (frames, cut) => {
      const before = hearing(welcomed(), ...frames.slice(0, cut % (frames.length + 1)));

      const after = hearing(before, welcome(frames.length), ...frames.slice(before.lastSeq));

      assert.deepEqual(after.entries, hearing(welcomed(), ...frames).entries);
    }),
  );
});

test("frames ahead of a gap wait, unseen, for the missing one", () => {
  const behind = welcomed(said(1), block(3), done(4));

  assert.deepEqual(shown(behind), [1]);
  assert.equal(isBehind(behind), true);
  assert.deepEqual(shown(hearing(behind, block(2, "t-0"))), [1, 2, 3]);
});

test("a frame of a newer server is not drawn but keeps its place in the log", () => {
  const now = welcomed(said(1), { type: "unknown", seq: 2 }, said(3));

  assert.deepEqual(shown(now), [1, 3]);
});

test("the visitor's own words stand at once and are replaced by the server's copy of them", () => {
  const echoed = saying(welcomed(), "client-1", "hello");
  const receipt = hearing(echoed, said(1, "client-1", "hello"));

  assert.equal(echoed.pending[0]?.text, "hello");
  assert.deepEqual(receipt.pending, []);
  assert.deepEqual(shown(receipt), [1]);
});

test("what was refused stays with its reason until it is sent again or removed", () => {
  const problem = {
    type: "error",
    seq: 0,
    code: "rate_limited",
    message: "Wait.",
    client_id: "client-1",
    retry_after_s: 3,
  } as const;
  const refused = hearing(saying(welcomed(), "client-1"), problem);

  assert.equal(refused.pending[0]?.problem?.code, "rate_limited");
  assert.equal(refused.pending[0]?.problemAfter, refused.lastSeq);
  assert.equal(intend(refused, { type: "retry", id: "client-1" }).pending[0]?.problem, null);
  assert.deepEqual(intend(refused, { type: "discard", id: "client-1" }).pending, []);
});

test("a choice that was refused can be made again", () => {
  const chosen = choosing(welcomed(), "client-1", "q-1");
  const problem = {
    type: "error",
    seq: 0,
    code: "slot_taken",
    message: "Taken.",
    client_id: "client-1",
    retry_after_s: null,
  } as const;

  assert.deepEqual(chosen.answers, { "q-1": "One" });
  assert.deepEqual(hearing(chosen, problem).answers, {});
});

test("a client ahead of the log forgets what the log does not hold", () => {
  const now = hearing(welcomed(said(1), block(2), block(3, "t-1", 1), done(4), said(5)), { type: "resync", seq: 2 });

  assert.deepEqual(shown(now), [1, 2]);
  assert.equal(now.lastSeq, 2);
  assert.deepEqual(shown(hearing(now, block(3, "t-1", 1))), [1, 2, 3]);
});

test("another conversation starts from an empty transcript but keeps what is unsent", () => {
  const now = hearing(saying(welcomed(said(1), said(2)), "client-9"), welcome(0, "c-2"));

  assert.deepEqual(now.entries, []);
  assert.equal(now.lastSeq, 0);
  assert.equal(now.pending.length, 1);
});

test("a person is shown from their first words until the assistant answers again", () => {
  const joined = welcomed(said(1), byPerson(2));

  assert.equal(joined.person, "Ada");
  assert.equal(hearing(joined, said(3)).person, "Ada");
  assert.equal(hearing(joined, block(3)).person, null);
});

test("working ends with the turn, with a person's words, with a refusal and with a new connection", () => {
  const working = welcomed(said(1), { type: "working", seq: 1, client_id: null });
  const problem = { type: "error", seq: 1, code: "x", message: "", client_id: null, retry_after_s: null } as const;

  assert.equal(working.working, true);
  assert.equal(hearing(working, block(2)).working, true);
  for (const end of [[block(2), done(3)], [byPerson(2)], [problem], [welcome(1)]])
    assert.equal(hearing(working, ...end).working, false);
});

test("no intent and no frame ever changes the value it was given", () => {
  const now = saying(welcomed(said(1), block(2)), "client-1");
  const copy = structuredClone(now);

  hearing(now, block(3, "t-1", 1), done(4), said(5, "client-1"), welcome(5, "c-2"), { type: "resync", seq: 0 });
  intend(now, { type: "rated", turn: "t-1", value: "up" });

  assert.deepEqual(now, copy);
});

test("a conversation remembered from before the reload begins with what was not sent", () => {
  const pending = saying(welcomed(), "client-1").pending;

  const now = hearing(
    begin({ id: "c-1", token: "t", consent: "conversation", pending }),
    welcome(1),
    said(1, "client-1"),
  );

  assert.deepEqual(now.pending, []);
  assert.equal(now.consent, "conversation");
});

test("a person who writes is shown until they said it, stopped, or the line began anew", () => {
  const joined = welcomed(byPerson(1, "Ada"));
  const typing = hearing(joined, { type: "typing", seq: 1, name: null });

  assert.equal(typing.personTyping, "Ada");
  assert.equal(hearing(typing, byPerson(2)).personTyping, null);
  assert.equal(intend(typing, { type: "typingOver" }).personTyping, null);
  assert.equal(hearing(typing, welcome(1)).personTyping, null);
});

test("how far a person has read only rises, and belongs to its conversation", () => {
  const read = hearing(
    welcomed(said(1), said(2)),
    { type: "seen", seq: 2, up_to: 2 },
    { type: "seen", seq: 2, up_to: 1 },
  );

  assert.equal(read.personSeen, 2);
  assert.equal(hearing(read, welcome(0, "c-2")).personSeen, 0);
});

test("a written request to a person stands like any words, and files are always a list", () => {
  const frame = { type: "contact", id: "contact-1", text: "Please call me." } as const;
  const asked = intend(welcomed(), { type: "utter", frame, text: frame.text });
  const { files: _, ...old } = said(1, "contact-1");

  const heard = hearing(asked, old as Decoded);

  assert.equal(asked.pending.length, 1);
  assert.deepEqual(heard.pending, []);
  assert.deepEqual(heard.entries[0]?.kind === "message" && heard.entries[0].message.files, []);
});

test("who is signed in and what may be attached is what the last welcome said", () => {
  const files = { max_bytes: 5, types: ["image/png"], when: "always" as const };
  const member = { name: "Ada", plan: "Team" };

  const now = hearing(begin(), { ...welcome(), member, files });

  assert.deepEqual([now.member, now.files], [member, files]);
  assert.deepEqual(hearing(now, welcome()).member, null);
});
