import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Session } from "../src/wire/session.ts";
import { FakeLog, FakeTabs, FakeWorld } from "./fake-world.ts";
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

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const token = (sub: string, endsInS: number, nowMs = 0): string =>
  `h.${btoa(JSON.stringify({ sub, exp: nowMs / 1000 + endsInS }))}.s`;
const hellos = (world: FakeWorld) =>
  world.sockets.flatMap(({ sent }) => sent.filter((frame) => frame.type === "hello"));

function greeted(world: FakeWorld, conversation = "c-1"): void {
  world.last.open();
  world.last.say(welcome(0, conversation));
}

test("a page that says late who is signed in goes on with the conversation that runs", async () => {
  const { world, session } = online();

  session.identify(token("ada", 600));
  await settled();
  world.last.open();

  const last = hellos(world).at(-1);
  assert.deepEqual([world.sockets.length, last?.conversation, last?.identity], [2, "c-1", token("ada", 600)]);
});

test("who signs out leaves the conversation behind, with what waited in it", async () => {
  page.session.setItem("frontdesk:demo", JSON.stringify({ consent: "conversation" }));
  const { world, session } = online();
  session.identify(token("ada", 600));
  await settled();
  session.say("for Ada's eyes");

  session.identify(null);
  world.last.open();

  const last = hellos(world).at(-1);
  assert.deepEqual([last?.conversation, last?.visitor_token, last?.identity], [null, null, null]);
  assert.deepEqual(session.now.pending, []);
  assert.equal(JSON.parse(page.session.getItem("frontdesk:demo") ?? "{}").id, null);
  world.last.say(welcome(0, "c-2"));
  assert.equal(
    world.last.sent.some((frame) => frame.type === "say"),
    false,
  );
});

test("what was for the server and is dropped with its conversation does not leave anybody waiting", async () => {
  const { session } = online();
  const asked = [session.contact("Is somebody there?"), session.csat(4), session.mailTranscript("someone@example.com")];

  session.forget();

  const codes = (await Promise.all(asked)).map((problem) => problem?.code);
  assert.deepEqual(codes, ["failed", "failed", "failed"]);
});

test("who signs out is told that the transcript is not on its way", async () => {
  const { session } = online();
  session.identify(token("ada", 600));
  await settled();
  const mailed = session.mailTranscript("someone@example.com");

  session.identify(null);

  assert.equal((await mailed)?.code, "failed");
});

test("saying that nobody is signed in changes nothing for a visitor who never was", () => {
  const { world, session } = online();

  session.identify(null);

  assert.deepEqual([world.sockets.length, session.now.id], [1, "c-1"]);
});

test("another user of the same browser begins a conversation of their own", async () => {
  const { world, session } = online();
  session.identify(token("ada", 600));
  await settled();
  greeted(world);

  session.identify(token("grace", 600));
  await settled();
  world.last.open();

  assert.equal(hellos(world).at(-1)?.conversation, null);
});

test("a token is renewed before it ends", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  session.identify(async () => {
    asked += 1;
    return Promise.resolve(token("ada", 100, world.now()));
  });
  await settled();
  session.start();
  greeted(world);
  for (let at = 0; at < 65_000; at += 5_000) {
    world.pass(5_000);
    world.last.say({ type: "pong", seq: 0 });
  }
  assert.equal(asked, 1);

  world.pass(5_000);
  await settled();

  assert.equal(asked, 2);
});

test("where the clock is wrong the page is asked for a token once, and the server is asked what it is worth", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  const old = token("ada", -7200);
  session.identify(async () => {
    asked += 1;
    return Promise.resolve(old);
  });
  await settled();
  session.start();
  greeted(world);
  await settled();

  assert.deepEqual([asked, hellos(world).map((hello) => hello.identity)], [1, [old]]);
});

test("nobody asks the page for tokens after the element was taken away, and again once it is back", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  session.identify(async () => {
    asked += 1;
    return Promise.resolve(token("ada", 100, world.now()));
  });
  await settled();
  session.start();
  greeted(world);

  session.stop();
  world.pass(60_000);
  session.start();
  world.pass(5_000);
  await settled();
  assert.equal(asked, 1);
  world.pass(5_000);
  await settled();

  assert.equal(asked, 2);
});

test("what the server refuses because the token ended is sent again with a fresh one", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  session.identify(async () => Promise.resolve(token(`ada`, 600 + (asked += 1))));
  await settled();
  session.start();
  greeted(world);
  session.say("What does Team cost?");
  const said = world.last.sent.find((frame) => frame.type === "say");

  world.last.say({ type: "error", seq: 0, code: "identity_expired", message: "", client_id: said?.id ?? null });
  await settled();
  greeted(world);

  assert.deepEqual([asked, session.now.pending[0]?.problem, session.now.problem], [2, null, null]);
  assert.deepEqual(
    world.last.sent.filter((frame) => frame.type === "say"),
    [said],
  );
});

test("a hello that is refused is said again on the same line with a fresh token", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  session.identify(async () => Promise.resolve(token("ada", 600 + (asked += 1))));
  await settled();
  session.start();
  world.last.open();

  world.last.say({ type: "error", seq: 0, code: "identity_expired", message: "", client_id: null });
  await settled();

  assert.equal(world.sockets.length, 1);
  assert.deepEqual(
    world.last.sent.map((frame) => frame.type === "hello" && frame.identity),
    [token("ada", 601), token("ada", 602)],
  );
});

test("a token that is refused again and again is given up: nobody in particular, and what was typed is kept", async () => {
  const { world, session } = aVisitor();
  session.identify(async () => Promise.resolve(token("ada", 600)));
  await settled();
  session.start();
  world.last.open();
  session.say("Hello?");

  for (let time = 0; time < 4; time += 1) {
    if (hellos(world).at(-1)?.identity === null) break;
    world.last.say({ type: "error", seq: 0, code: "identity_refused", message: "", client_id: null });
    await settled();
  }
  world.last.say(welcome(0, "c-9"));

  assert.equal(hellos(world).at(-1)?.identity, null);
  assert.deepEqual(
    world.last.sent.filter((frame) => frame.type === "say").map((frame) => frame.text),
    ["Hello?"],
  );
});

test("a host page that can not say for a while is asked again", async () => {
  const { world, session } = aVisitor();
  let asked = 0;
  session.identify(async () => {
    asked += 1;
    return asked < 3 ? Promise.reject(new Error("away")) : Promise.resolve(token("ada", 600));
  });
  session.start();
  world.last.open();
  for (let second = 0; second < 4; second += 1) {
    await settled();
    world.pass(1000);
  }
  await settled();

  assert.deepEqual([asked, hellos(world).map((hello) => hello.identity)], [3, [token("ada", 600)]]);
});

test("a signed-in user whose part does not arrive is told, keeps what is typed, and becomes nobody else", async () => {
  const { world, session } = aVisitor();
  world.lacks = 7;
  world.dialled = (socket) => queueMicrotask(() => socket.open());
  session.identify(token("ada", 600));
  session.start();
  session.say("Hello?");
  for (let second = 0; second < 40; second += 1) {
    await settled();
    world.pass(1000);
  }
  assert.deepEqual([hellos(world).length, session.now.status], [0, "away"]);
  assert.equal(session.now.pending.length, 1);

  for (let second = 0; second < 60; second += 1) {
    await settled();
    world.pass(1000);
  }

  assert.deepEqual(new Set(hellos(world).map((hello) => hello.identity)), new Set([token("ada", 600)]));
  assert.equal(session.now.pending.length, 1);
});

test("a member's conversation waits for the page to say who it is, but not for ever", async () => {
  const kept = { id: "c-7", token: "t", consent: "conversation", member: "x1" };
  page.session.setItem("frontdesk:demo", JSON.stringify(kept));
  const { world, session } = aVisitor();
  session.start();
  world.last.open();
  assert.equal(hellos(world).length, 0);

  world.pass(1500);

  assert.deepEqual(
    hellos(world).map((hello) => hello.conversation),
    [null],
  );
});

test("going on with another conversation shows that one alone, and waits while words are on their way", () => {
  const { world, session } = online();
  world.last.say({ ...welcome(), type: "welcome" });
  session.say("Hello?");
  assert.equal(session.goTo("c-5"), false);
  const said = world.last.sent.find((frame) => frame.type === "say");
  new FakeLog().attend(world.last);
  world.last.say({ type: "error", seq: 0, code: "too_long", message: "", client_id: said?.id ?? null });

  assert.equal(session.goTo("c-5"), true);
  world.last.open();

  assert.equal(hellos(world).at(-1)?.conversation, "c-5");
  assert.equal(session.now.entries.length, 0);
});

function twoTabs() {
  const tabs = new FakeTabs();
  const options = { site: "demo", origin: "https://chat.example", mode: "chat", locale: "en" } as const;
  const open = () => {
    const world = new FakeWorld();
    world.tabs = tabs;
    const session = new Session(options, world, () => {});
    session.start();
    return { world, session };
  };
  const first = open();
  first.world.pass(100);
  greeted(first.world);
  return { first, second: open() };
}

test("a second tab joins the conversation of the first, though nothing is stored", () => {
  const { second } = twoTabs();

  second.world.last.open();

  assert.equal(hellos(second.world)[0]?.conversation, "c-1");
  assert.deepEqual([page.session.getItem("frontdesk:demo"), page.local.getItem("frontdesk:demo")], [null, null]);
});

test("what is said in one tab stands in the other at once, and is sent by the other when the first is gone", () => {
  const { first, second } = twoTabs();
  greeted(second.world);

  first.session.say("Hello from here");
  assert.deepEqual(
    second.session.now.pending.map((one) => one.text),
    ["Hello from here"],
  );
  assert.equal(second.world.last.sent.filter((frame) => frame.type === "say").length, 0);
  first.session.stop();
  second.world.last.say({ type: "pong", seq: 0 });
  second.world.pass(9_000);
  second.world.last.say({ type: "pong", seq: 0 });
  second.world.pass(1_000);

  assert.equal(second.world.last.sent.filter((frame) => frame.type === "say").length, 1);
});

test("what may be kept is chosen once for all tabs", () => {
  const { first, second } = twoTabs();
  greeted(second.world);

  first.session.consent("remembered");

  assert.deepEqual([second.session.now.consent, second.session.isDecided], ["remembered", true]);
  assert.equal(second.world.last.sent.filter((frame) => frame.type === "consent").length, 0);
});

test("after Remember me a later tab finds the conversation in the browser", () => {
  const { session } = online();
  session.consent("remembered");
  session.stop();

  page.session.removeItem("frontdesk:demo");
  const later = aVisitor();
  later.session.start();
  later.world.last.open();

  assert.equal(hellos(later.world)[0]?.conversation, "c-1");
});

test("what was typed offline survives a reload where the visitor lets us keep it, and failed words are not sent", () => {
  page.session.setItem("frontdesk:demo", JSON.stringify({ consent: "conversation" }));
  const before = aVisitor();
  before.world.online = false;
  before.session.start();
  before.session.say("Typed in a tunnel");
  before.session.stop();

  const after = aVisitor();
  after.session.start();
  after.world.pass(100);
  greeted(after.world);

  assert.deepEqual(
    after.world.last.sent.filter((frame) => frame.type === "say").map((frame) => frame.text),
    ["Typed in a tunnel"],
  );
});
