import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import type { Conversation } from "../src/wire/conversation.ts";
import { Session } from "../src/wire/session.ts";
import { FakeHouse, FakeNetwork } from "./fake-house.ts";
import { aPage } from "./fake-page.ts";
import { FakeTabs, FakeWorld } from "./fake-world.ts";

beforeEach(() => void aPage());

const FAULTS = [
  "say",
  "person",
  "cut",
  "half-open",
  "network down",
  "network up",
  "swallow",
  "restart",
  "server down",
  "server up",
  "offline",
  "online",
  "hide",
  "show",
  "freeze",
  "sockets blocked",
  "answers kept back",
  "token expires",
  "a moment",
  "a while",
  "long",
] as const;
type Fault = (typeof FAULTS)[number];

/** Gives promises their turn: HTTP and tokens come by them. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
};

class Tab {
  readonly world = new FakeWorld();
  readonly network = new FakeNetwork();
  readonly session: Session;
  readonly said: string[] = [];

  constructor(house: FakeHouse, tabs: FakeTabs | null) {
    this.world.tabs = tabs;
    house.connect(this.world, this.network);
    const options = { site: "demo", origin: "https://chat.example", mode: "chat", locale: "en" } as const;
    this.session = new Session(options, this.world, () => {});
  }

  say(text: string): void {
    this.said.push(text);
    this.session.say(text);
  }
}

/** In steps, so that answers by promise come between the timers, and in all tabs at once. */
async function pass(tabs: readonly Tab[], ms: number, step = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    for (const tab of tabs) tab.world.pass(Math.min(step, ms - passed));
    await settled();
  }
}

const shown = (now: Conversation): readonly number[] =>
  now.entries
    .flatMap((entry) => (entry.kind === "message" ? [entry.seq] : entry.pieces.map((piece) => piece.seq)))
    .sort((a, b) => a - b);

function happens(fault: Fault, tab: Tab, house: FakeHouse, count: number): void {
  const { world, network, session } = tab;
  const links = [...network.links];
  if (fault === "say") tab.say(`words ${count}`);
  if (fault === "person") house.personSays();
  if (fault === "cut") for (const link of links) link.cut();
  if (fault === "half-open") for (const link of links) link.isDead = true;
  if (fault === "network down") {
    network.isUp = false;
    for (const link of links) link.cut();
  }
  if (fault === "network up") network.isUp = true;
  if (fault === "swallow") network.swallows = !network.swallows;
  if (fault === "restart") house.restart();
  if (fault === "server down") {
    house.isUp = false;
    house.restart();
  }
  if (fault === "server up") house.isUp = true;
  if (fault === "offline" || fault === "online") world.online = fault === "online";
  if (fault === "hide" || fault === "show") world.visible = fault === "show";
  if (fault === "freeze") session.sleep();
  if (fault === "sockets blocked") {
    network.letsSocketsThrough = false;
    for (const link of links) link.cut();
  }
  if (fault === "answers kept back") network.keepsBack = true;
  if (fault === "token expires" && house.expired !== null) house.expired += 1;
  if (["network up", "server up", "online", "show"].includes(fault) && world.visible) session.wake();
}

const DURATIONS: Partial<Record<Fault, number>> = { "a moment": 120, "a while": 3_000, long: 90_000 };

/** Everything works again and the visitor looks: what is shown a second later? */
async function comeBack(tabs: readonly Tab[], house: FakeHouse): Promise<void> {
  house.isUp = true;
  for (const { world, network, session } of tabs) {
    network.isUp = world.online = world.visible = true;
    network.swallows = false;
    session.wake();
  }
  // That something keeps answers back, which no return ends, has to be found out first.
  if (tabs.some(({ network }) => network.keepsBack)) await pass(tabs, 12_000);
  for (const { session } of tabs) session.wake();
  await pass(tabs, 1000, 10);
}

function isSame(tab: Tab, house: FakeHouse): void {
  const { now } = tab.session;
  assert.equal(now.status, "online");
  assert.deepEqual(
    shown(now),
    house.log.filter((frame) => frame.type !== "done").map((frame) => frame.seq),
  );
  assert.deepEqual(now.pending, []);
  assert.deepEqual(now.held, []);
}

const typed = (house: FakeHouse): readonly string[] =>
  house.log.flatMap((frame) => (frame.type === "message" && frame.author === "visitor" ? [frame.text] : []));

const RUNS = Number(process.env["WIDGET_RUNS"] ?? 60);
const noise = fc.infiniteStream(fc.nat(1000));

async function live(tabs: readonly Tab[], house: FakeHouse, steps: readonly (readonly [Fault, number])[]) {
  for (const tab of tabs) {
    tab.session.start();
    tab.session.shown(true);
  }
  await pass(tabs, 100);
  for (const [count, [fault, at]] of steps.entries()) {
    const tab = tabs[at];
    if (tab !== undefined) happens(fault, tab, house, count);
    await pass(tabs, DURATIONS[fault] ?? 30, DURATIONS[fault] === undefined ? 30 : 60);
  }
  await comeBack(tabs, house);
  for (const tab of tabs) isSame(tab, house);
  const said = tabs.flatMap((tab) => tab.said);
  assert.deepEqual([...typed(house)].sort(), [...said].sort());
}

const days = (tabs: number) =>
  fc.array(fc.tuple(fc.constantFrom(...FAULTS), fc.nat({ max: tabs - 1 })), { maxLength: 25 });

test("whatever happened: a second after the return the transcript is the server's, each word once", async () => {
  await fc.assert(
    fc.asyncProperty(days(1), noise, async (steps, random) => {
      const house = new FakeHouse(() => random.next().value ?? 1);

      await live([new Tab(house, null)], house, steps);
    }),
    { numRuns: RUNS },
  );
});

test("two tabs show one conversation, whatever happens to either", async () => {
  await fc.assert(
    fc.asyncProperty(days(2), noise, async (steps, random) => {
      const house = new FakeHouse(() => random.next().value ?? 1);
      const tabs = new FakeTabs();

      await live([new Tab(house, tabs), new Tab(house, tabs)], house, steps);
    }),
    { numRuns: RUNS / 2 },
  );
});

test("tokens that expire at any moment cost nothing that was said", async () => {
  await fc.assert(
    fc.asyncProperty(days(1), noise, async (steps, random) => {
      const house = new FakeHouse(() => random.next().value ?? 1);
      house.expired = 0;
      const tab = new Tab(house, null);
      const fresh = (): string => {
        const exp = tab.world.now() / 1000 + 300;
        return `h.${btoa(JSON.stringify({ sub: "ada", exp }))}.s-${(house.expired ?? 0) + 1}`;
      };
      tab.session.identify(async () => Promise.resolve(fresh()));

      await live([tab], house, steps);
    }),
    { numRuns: RUNS / 2 },
  );
});
