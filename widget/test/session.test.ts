import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Session } from "../src/wire/session.ts";
import { FakeLog, FakeWorld } from "./fake-world.ts";
import { aPage } from "./fake-page.ts";
import { welcome } from "./words.ts";

let page = aPage();
beforeEach(() => (page = aPage()));

function aVisitor() {
  const world = new FakeWorld();
  const options = { site: "demo", origin: "https://chat.example", mode: "chat", locale: "en" } as const;
  const session = new Session(options, world, () => {});
  return { world, session };
}

function online() {
  const { world, session } = aVisitor();
  session.start();
  world.last.open();
  world.last.say(welcome());
  session.shown(true);
  return { world, session, sent: () => world.last.sent.slice(1).map((frame) => frame.type) };
}

test("writing is told once in three seconds, and not to nobody", () => {
  const { world, session } = online();
  const first = world.last;

  session.typing();
  session.typing();
  world.pass(3000);
  session.typing();
  first.cut();
  world.pass(3000);
  session.typing();

  assert.deepEqual(
    world.sockets.map(({ sent }) => sent.map((frame) => frame.type)),
    [["hello", "typing", "typing"], []],
  );
});

test("what was seen is told when it rises and somebody looks", () => {
  const { session, sent } = online();

  session.seen(3);
  session.seen(3);
  session.seen(2);
  page.visibilityState = "hidden";
  session.seen(5);
  page.visibilityState = "visible";
  session.shown(false);
  session.seen(6);

  assert.deepEqual(sent(), ["seen"]);
});

test("a new line hears again how far was read", () => {
  const { world, session, sent } = online();
  session.seen(3);

  world.last.cut();
  world.pass(1000);
  world.last.open();
  world.last.say(welcome(3));
  session.seen(3);

  assert.deepEqual(sent(), ["seen"]);
});

test("a rating of the conversation and a request for its transcript end with the pong behind them", async () => {
  const { world, session, sent } = online();

  const rated = session.csat(5, "Quick.");
  const mailed = session.mailTranscript("someone@example.com");
  assert.deepEqual(sent(), ["csat", "ping", "mail_transcript", "ping"]);
  world.last.say({ type: "pong", seq: 0 });

  assert.deepEqual(await Promise.all([rated, mailed]), [null, null]);
});

test("a refusal is told to whoever asked", async () => {
  const { world, session } = online();
  const mailed = session.mailTranscript("nonsense");
  const asked = world.last.sent.find((frame) => frame.type === "mail_transcript");

  world.last.say({ type: "error", seq: 0, code: "bad_frame", message: "No.", client_id: asked?.id ?? null });

  assert.equal((await mailed)?.code, "bad_frame");
});

test("a request to a person is kept over a break with its context, and ends with the receipt in the log", async () => {
  const { world, session } = aVisitor();
  const log = new FakeLog();
  session.start();
  const asked = session.contact("Please call me.", { appVersion: "4.2", lastError: "E17" });
  assert.equal(session.now.pending.length, 1);

  log.attend(world.last);

  assert.equal(await asked, null);
  const frame = world.last.sent.find((one) => one.type === "contact");
  assert.deepEqual([frame?.app_version, frame?.last_error], ["4.2", "E17"]);
  assert.deepEqual(session.now.pending, []);
});

test("what happens on the host page waits for a listener, but not without end", () => {
  const { world, session } = aVisitor();

  for (let at = 0; at < 80; at += 1) session.track("opened", { at });
  session.start();
  world.last.open();
  world.last.say(welcome());
  for (let at = 0; at < 20; at += 1) world.last.say({ type: "pong", seq: 0 });

  assert.equal(world.last.sent.filter((frame) => frame.type === "track").length, 50);
});

test("a person who stopped writing is not shown for ever", () => {
  const { world, session } = online();

  world.last.say({ type: "typing", seq: 0, name: "Ada" });
  assert.equal(session.now.personTyping, "Ada");
  world.pass(6000);

  assert.equal(session.now.personTyping, null);
});
