/** A server with one conversation that many tabs may hold, over networks that lose, repeat, delay and swallow. */
import type { BlockFrame, ClientFrame, Done, Hello, Message } from "../src/generated/protocol.ts";
import { Refusal } from "../src/wire/stream.ts";
import type { Answer, FakeSocket, FakeWorld, Posted } from "./fake-world.ts";
import { block, byPerson, done, said, welcome } from "./words.ts";

type Logged = Message | BlockFrame | Done;
interface Link {
  /** Nothing passes, and nobody says so. */
  isDead: boolean;
  readonly tell: (frame: object) => void;
  readonly cut: () => void;
}

/** One tab's way to the server. */
export class FakeNetwork {
  isUp = true;
  letsSocketsThrough = true;
  swallows = false;
  keepsBack = false;
  readonly links = new Set<Link>();
}

const LATENCY_MS = 15;

export class FakeHouse {
  readonly log: Logged[] = [];
  isUp = true;
  /** Tokens up to this number have expired; null where nobody is signed in. */
  expired: number | null = null;
  readonly #live = new Set<Link>();
  readonly #noise: () => number;

  constructor(noise: () => number) {
    this.#noise = noise;
  }

  connect(world: FakeWorld, network: FakeNetwork): void {
    world.dialled = (socket) => void world.after(LATENCY_MS, () => this.#accept(socket, world, network));
    world.asked = (posted, answer, signal) =>
      void world.after(LATENCY_MS, () => this.#answer(posted, answer, signal, world, network));
  }

  personSays(): void {
    this.#append(byPerson(this.log.length + 1));
  }

  /** Whoever holds a line has to come back. */
  restart(): void {
    for (const link of [...this.#live]) link.cut();
  }

  #accept(socket: FakeSocket, world: FakeWorld, network: FakeNetwork): void {
    if (network.swallows || socket.readyState !== 0) return;
    if (!network.isUp || !network.letsSocketsThrough || !this.isUp) return socket.cut();
    const link: Link = {
      isDead: false,
      tell: (frame) => {
        // A refusal has no number by which a second one could be told from the first.
        const times = this.#noise() % 5 === 0 && !("code" in frame) ? 2 : 1;
        for (let time = 0; time < times; time += 1)
          // Nothing overtakes the greeting: every server says it first.
          world.after(LATENCY_MS + ("conversation" in frame ? 0 : 1 + (this.#noise() % 20)), () => {
            if (!link.isDead && socket.readyState === 1) socket.say(frame);
          });
      },
      cut: () => {
        this.#live.delete(link);
        network.links.delete(link);
        if (!link.isDead && socket.readyState === 1) socket.cut();
      },
    };
    network.links.add(link);
    socket.heard = (frame) => void (link.isDead || world.after(LATENCY_MS, () => this.#take(frame, link)));
    socket.open();
  }

  #answer(posted: Posted, answer: Answer, signal: AbortSignal, world: FakeWorld, network: FakeNetwork): void {
    if (network.swallows || signal.aborted) return;
    if (!network.isUp || !this.isUp) return answer.fail(new Error("unreachable"));
    const refused = this.#refused(posted.hello);
    if (refused) return answer.fail(new Refusal(401, refused));
    const kept: object[] = [];
    let isOver = false;
    const link: Link = {
      isDead: false,
      tell: (frame) => void (network.keepsBack ? kept.push(frame) : link.isDead || answer.tell(frame)),
      cut: () => end(() => answer.fail(new Error("cut"))),
    };
    const end = (how: () => void): void => {
      if (isOver) return;
      isOver = true;
      this.#live.delete(link);
      network.links.delete(link);
      if (!link.isDead) how();
    };
    network.links.add(link);
    signal.addEventListener("abort", () => end(() => undefined));
    this.#greet(posted.hello, link);
    const before = this.log.length;
    if (posted.frame !== null) this.#take(posted.frame, link);
    const close = (): void =>
      end(() => {
        for (const frame of kept.splice(0)) answer.tell(frame);
        answer.end();
      });
    if (posted.follow === "stream") this.#live.add(link);
    else if (posted.follow === "next" && (posted.hello.last_seq ?? 0) >= before) this.#next(link, close, world);
    else close();
    if (posted.follow === "stream" && !network.keepsBack) this.#beat(link, world);
  }

  #beat(link: Link, world: FakeWorld): void {
    world.after(10_000, () => {
      if (!this.#live.has(link)) return;
      link.tell({ type: "pong", seq: this.log.length });
      this.#beat(link, world);
    });
  }

  #next(link: Link, close: () => void, world: FakeWorld): void {
    const waiting: Link = { ...link, tell: (frame) => (link.tell(frame), world.after(0, over)) };
    const over = (): void => {
      this.#live.delete(waiting);
      close();
    };
    this.#live.add(waiting);
    world.after(20_000, over);
  }

  #take(frame: ClientFrame, link: Link): void {
    if (!this.isUp || link.isDead) return;
    if (frame.type === "hello") {
      const refused = this.#refused(frame);
      if (refused) return link.tell({ type: "error", seq: 0, client_id: null, ...refused });
      this.#greet(frame, link);
      this.#live.add(link);
    } else if (frame.type === "ping") link.tell({ type: "pong", seq: this.log.length });
    else if (frame.type === "say") this.#answerOnce(frame.id, frame.text, link);
  }

  #refused(hello: Hello): { code: string; message: string } | null {
    if (this.expired === null) return null;
    const number = Number((hello.identity ?? "").split(".s-")[1] ?? 0);
    return number > this.expired ? null : { code: "identity_expired", message: "Sign in again." };
  }

  #greet(hello: Hello, link: Link): void {
    const lastSeq = hello.last_seq ?? 0;
    const from = hello.conversation === "c-1" && lastSeq <= this.log.length ? lastSeq : 0;
    link.tell(welcome(from));
    for (const frame of this.log.slice(from)) link.tell(frame);
  }

  #answerOnce(id: string, text: string, link: Link): void {
    link.tell({ type: "working", seq: this.log.length, client_id: id });
    if (this.log.some((one) => one.type === "message" && one.client_id === id)) return;
    const turn = `t-${this.log.length}`;
    this.#append(said(this.log.length + 1, id, text));
    this.#append(block(this.log.length + 1, turn, 0));
    this.#append(done(this.log.length + 1, turn));
  }

  #append(frame: Logged): void {
    this.log.push(frame);
    for (const link of [...this.#live]) link.tell(frame);
  }
}
