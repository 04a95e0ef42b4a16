import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../src/wire/connection.ts";
import type { Kept } from "../src/wire/kinds.ts";
import { begin, receive, type Conversation, type Status } from "../src/wire/conversation.ts";
import { Refusal } from "../src/wire/stream.ts";
import { FakeLog, FakeWorld } from "./fake-world.ts";
import { said as words, welcome } from "./words.ts";

function aVisitor() {
  const world = new FakeWorld();
  const seen = { now: begin() as Conversation, statuses: [] as Status[], settled: [] as string[][] };
  const connection = new Connection("https://chat.example", world, {
    hello: () => ({ type: "hello", site: "demo", last_seq: seen.now.lastSeq, conversation: seen.now.id }),
    heard: (frame) => (seen.now = receive(seen.now, frame)),
    status: (status) => seen.statuses.push(status),
    settled: (id, problem) => void seen.settled.push([id, problem?.code ?? "taken"]),
  });
  return { world, seen, connection };
}

const say = (id: string): Kept => ({ type: "say", id, text: id });
const types = (frames: readonly { readonly type: string }[]): string => frames.map((frame) => frame.type).join(" ");
const settled = async (): Promise<void> => new Promise((done) => setImmediate(done));

test("hello comes first and carries what has been seen", () => {
  const { world, connection } = aVisitor();

  connection.start();
  world.last.open();

  assert.deepEqual(world.last.sent, [{ type: "hello", site: "demo", last_seq: 0, conversation: null }]);
});

test("what is said before the welcome is sent after it, once", () => {
  const { world, connection } = aVisitor();
  connection.start();
  connection.send(say("client-1"));
  world.last.open();
  assert.equal(types(world.last.sent), "hello");

  world.last.say(welcome());

  assert.equal(types(world.last.sent), "hello say");
});

/** How long each try keeps the visitor waiting while nothing answers. */
async function pausesOf(tries: number, isVisible: boolean): Promise<readonly number[]> {
  const { world, connection } = aVisitor();
  world.visible = isVisible;
  world.answer = () => {
    throw new Error("unreachable");
  };
  connection.start();
  const pauses: number[] = [];
  while (pauses.length < tries) {
    world.last.cut();
    const before = world.sockets.length + world.posts.length;
    let waited = 0;
    for (; world.sockets.length + world.posts.length === before && waited < 60_000; waited += 100) {
      world.pass(100);
      await settled();
    }
    pauses.push(waited);
  }
  return pauses;
}

test("while nobody looks the pause between tries grows, and is never longer than half a minute", async () => {
  // From a socket to HTTP it goes without a pause.
  const pauses = (await pausesOf(20, false)).filter((pause) => pause > 100);

  assert.ok(pauses[0] === 200 && Math.max(...pauses) >= 30_000 && Math.max(...pauses) <= 30_100, pauses.join(" "));
  assert.deepEqual(
    pauses,
    [...pauses].sort((a, b) => a - b),
  );
});

test("while somebody looks it stays under a second for a minute, and then under five", async () => {
  const pauses = await pausesOf(130, true);
  const sums = pauses.map((_, at) => pauses.slice(0, at).reduce((sum, one) => sum + one, 0));

  assert.ok(Math.max(...pauses.filter((_, at) => (sums[at] ?? 0) < 59_000)) <= 800, pauses.join(" "));
  assert.ok(Math.max(...pauses) > 4_000 && Math.max(...pauses) <= 5_100, pauses.join(" "));
});

test("a long absence is mostly asked over HTTP: browsers let a socket wait that follows many failed ones", async () => {
  const { world, seen, connection } = aVisitor();
  const log = new FakeLog();
  let isUp = false;
  world.dialled = (socket) => void world.after(5, () => socket.cut());
  world.answer = (frame, hello) => {
    if (!isUp) throw new Error("unreachable");
    return [...log.answer(hello), ...log.answer(frame)];
  };
  connection.start();
  for (let passed = 0; passed < 60_000; passed += 100) {
    world.pass(100);
    await settled();
  }
  assert.ok(world.sockets.length <= 6 + 20, `${world.sockets.length} sockets`);
  assert.ok(world.posts.length > 40, `${world.posts.length} posts`);

  isUp = true;
  for (let passed = 0; passed < 1_000; passed += 100) {
    world.pass(100);
    await settled();
  }

  assert.equal(seen.statuses.at(-1), "online");
});

test("a silent line is given up and dialled again", () => {
  const { world, seen, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  world.pass(10_000);
  assert.equal(types(world.last.sent), "hello ping");
  world.pass(4_400);

  assert.equal(world.sockets.length, 2);
  assert.deepEqual(seen.statuses, ["connecting", "online", "reconnecting"]);
});

test("a pong keeps the line", () => {
  const { world, connection } = aVisitor();
  connection.start();
  new FakeLog().attend(world.last);

  world.pass(120_000);

  assert.equal(world.sockets.length, 1);
});

test("a rating is resent until the pong to the ping behind it arrives", () => {
  const { world, connection } = aVisitor();
  const rate: Kept = { type: "rate", id: "rate-0001", turn: "t-1", value: "up", reason: "" };
  connection.start();
  world.last.open();
  world.last.say(welcome());
  connection.send(rate);
  world.last.cut();
  world.pass(400);
  world.last.open();
  world.last.say(welcome());
  assert.equal(types(world.last.sent), "hello rate ping");

  world.last.say({ type: "pong", seq: 0 });

  assert.deepEqual(connection.waiting, []);
});

test("a refusal is an answer: the frame is not sent again", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());
  connection.send(say("client-1"));

  world.last.say({ type: "error", seq: 0, code: "too_long", message: "Shorter, please.", client_id: "client-1" });

  assert.deepEqual(connection.waiting, []);
});

test("resync is answered with a new connection that says hello from the number that both know", () => {
  const { world, connection, seen } = aVisitor();
  const log = new FakeLog();
  connection.start();
  log.attend(world.last);
  for (const id of ["client-1", "client-2", "client-3"]) connection.send(say(id));
  assert.equal(seen.now.lastSeq, 3);

  log.frames.splice(1);
  world.last.say({ type: "resync", seq: 1 });
  log.attend(world.last);

  assert.equal(world.sockets.length, 2);
  assert.deepEqual(world.last.sent, [{ type: "hello", site: "demo", last_seq: 1, conversation: "c-1" }]);
  assert.equal(seen.now.entries.length, 1);
});

test("two closed doors lead to plain HTTP, where the same words arrive once", async () => {
  const { world, connection, seen } = aVisitor();
  const log = new FakeLog();
  world.answer = (frame, hello) => [...log.answer(hello), ...log.answer(frame)];
  connection.start();
  connection.send(say("client-1"));
  world.last.cut();
  world.pass(400);
  world.last.cut();
  world.pass(0);
  await settled();

  assert.equal(types(world.posts.map(({ frame }) => frame ?? { type: "nothing" })), "nothing say");
  assert.equal(seen.statuses.at(-1), "online");
  assert.deepEqual(
    seen.now.entries.map((entry) => entry.seq),
    [1],
  );
  assert.deepEqual(connection.waiting, []);
});

test("where HTTP fails as well, sockets get another chance", async () => {
  const { world, connection, seen } = aVisitor();
  world.answer = () => {
    throw new Error("unreachable");
  };
  connection.start();
  world.last.cut();
  world.pass(400);
  world.last.cut();
  world.pass(0);
  await settled();
  world.pass(2_000);

  assert.equal(world.sockets.length, 3);
  assert.equal(seen.statuses.at(-1), "reconnecting");
});

test("what HTTP refuses for good is told and not sent again", async () => {
  const { world, connection, seen } = aVisitor();
  const log = new FakeLog();
  world.answer = (frame, hello) => {
    if (frame !== null) throw new Refusal(400, { code: "too_long", message: "Shorter, please." });
    return log.answer(hello);
  };
  connection.start();
  connection.send(say("client-1"));
  world.last.cut();
  world.pass(400);
  world.last.cut();
  world.pass(0);
  await settled();

  assert.deepEqual(connection.waiting, []);
  assert.equal(seen.now.problem?.code, "too_long");
});

test("a page that may not hold the widget is not asked again and again", () => {
  const { world, connection, seen } = aVisitor();
  connection.start();
  world.last.open();

  world.last.say({
    type: "error",
    seq: 0,
    code: "origin_refused",
    message: "This page may not hold the widget of that site.",
  });
  world.pass(600_000);

  assert.equal(world.sockets.length, 1);
  assert.equal(seen.statuses.at(-1), "refused");
  assert.equal(seen.now.problem?.code, "origin_refused");
});

test("offline nothing is dialled; coming back online dials at once", () => {
  const { world, connection, seen } = aVisitor();
  world.online = false;
  connection.start();
  world.pass(10_000);
  assert.equal(world.sockets.length, 0);
  assert.equal(seen.statuses.at(-1), "offline");

  world.online = true;
  connection.wake();

  assert.equal(world.sockets.length, 1);
});

test("waking up to a dead line notices within two seconds", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  connection.wake();
  world.pass(2_400);

  assert.equal(world.sockets.length, 2);
});

test("on another network the old line is not asked: a new one is dialled at once", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  connection.wake(true);

  assert.equal(world.sockets.length, 2);
});

test("many signs of one return are one", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  for (let sign = 0; sign < 5; sign += 1) connection.wake();

  assert.equal(types(world.last.sent), "hello ping");
  world.pass(600);
  assert.equal(world.sockets.length, 2);
});

test("a night's sleep is noticed by the clock when no event tells of it", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  world.sleep(8 * 3_600_000);
  world.pass(1_100);

  assert.equal(world.sockets.length, 2);
});

test("a page that was frozen hangs up and comes back at once", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  connection.sleep();
  connection.send(say("client-1"));
  world.pass(600_000);
  assert.deepEqual([world.sockets.length, world.last.readyState], [1, 3]);
  connection.wake();

  assert.equal(world.sockets.length, 2);
});

test("a page that was left and found again before the panel was opened holds its line like any other", () => {
  const { connection, world } = aVisitor();
  connection.sleep();
  connection.wake();

  connection.start();
  world.last.open();
  world.last.say(welcome());
  world.last.cut();
  world.pass(1000);

  assert.equal(world.sockets.length, 2);
});

test("what is sent into a line that swallows is noticed within seconds", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();
  world.last.say(welcome());

  connection.send(say("client-1"));
  world.pass(4_500);

  assert.equal(world.sockets.length, 2);
});

test("many words typed offline are sent in order, and no more at once than the server lets wait", () => {
  const { world, connection } = aVisitor();
  const ids = Array.from({ length: 20 }, (_, at) => `client-${at}`);
  for (const id of ids) connection.send(say(id));
  connection.start();
  world.last.open();
  world.last.say(welcome());
  const said = () => world.last.sent.flatMap((frame) => (frame.type === "say" ? [frame.id] : []));

  assert.equal(said().length, 6);
  for (const [at, id] of ids.entries()) world.last.say(words(at + 1, id));

  assert.deepEqual(said(), ids);
  assert.deepEqual(connection.waiting, []);
});

test("a hello that comes too fast is said again when the server says", () => {
  const { world, connection, seen } = aVisitor();
  connection.start();
  world.last.open();

  world.last.say({ type: "error", seq: 0, code: "too_fast", message: "Wait.", client_id: null, retry_after_s: 3 });
  world.pass(2_900);
  assert.equal(world.sockets.length, 1);
  world.pass(200);

  assert.equal(world.sockets.length, 2);
  assert.equal(seen.statuses.at(-1), "reconnecting");
});

/** A visitor whose sockets are blocked, with the stream that was opened instead. */
async function overHttp(keepsBack = false) {
  const visitor = aVisitor();
  const { world, connection } = visitor;
  world.keepsBack = keepsBack;
  world.answer = (_, hello) => [welcome(hello.last_seq ?? 0)];
  connection.start();
  world.last.cut();
  world.pass(400);
  world.last.cut();
  world.pass(0);
  await settled();
  return visitor;
}

test("over HTTP what comes live is heard at once, on an answer that stays open", async () => {
  const { world, seen } = await overHttp();

  world.streams[0]?.tell(words(1));

  assert.deepEqual([seen.statuses.at(-1), seen.now.lastSeq, world.streams[0]?.posted.follow], ["online", 1, "stream"]);
});

test("where answers are kept back until they end, each ends with the first news", async () => {
  const { world, seen } = await overHttp(true);
  assert.equal(seen.statuses.at(-1), "reconnecting");

  world.pass(4_000);
  await settled();
  await settled();

  assert.equal(seen.statuses.at(-1), "online");
  assert.deepEqual(
    world.posts.map((posted) => posted.follow),
    ["stream", undefined, "next"],
  );
});

test("sockets that are let through later are found, and used", async () => {
  const { world } = await overHttp();
  world.streams[0]?.tell(welcome());

  for (let second = 0; second < 300; second += 10) {
    world.pass(10_000);
    world.streams[0]?.tell({ type: "pong", seq: 0 });
  }
  world.pass(500);
  const probe = world.last;
  probe.open();
  assert.equal(types(probe.sent), "ping");
  probe.say({ type: "pong", seq: 0 });

  assert.equal(world.last === probe, false);
  assert.equal(probe.readyState, 3);
});

test("a stopped connection stays silent", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.open();

  connection.stop();
  world.pass(600_000);

  assert.equal(world.sockets.length, 1);
  assert.equal(world.last.readyState, 3);
});

test("offline with sockets given up, it waits between its looks at the network", () => {
  const { world, connection } = aVisitor();
  connection.start();
  world.last.cut();
  world.pass(400);
  world.online = false;
  world.last.cut(); // the second: from here on sockets count as blocked
  let timers = 0;
  const after = world.after.bind(world);
  world.after = (ms, then) => {
    timers += 1;
    assert.ok(timers < 300, "it turns round and round");
    return after(ms, then);
  };

  world.pass(60_000);

  assert.ok(timers > 1, "it still looks now and then");
});
