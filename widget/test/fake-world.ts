/** A world with a clock that only tests turn, and a server at the other end that can hang up, forget or repeat. */
import type { Socket, World } from "../src/wire/kinds.ts";
import { Identity } from "../src/wire/identity.ts";
import { Stream } from "../src/wire/stream.ts";
import type { Channel, Note } from "../src/wire/tabs.ts";
import type { ClientFrame, Hello, Message } from "../src/generated/protocol.ts";
import { said, welcome } from "./words.ts";

export class FakeSocket implements Socket {
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: ClientFrame[] = [];
  heard: (frame: ClientFrame) => void = () => {};

  open(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }

  send(text: string): void {
    const frame = JSON.parse(text) as ClientFrame;
    this.sent.push(frame);
    this.heard(frame);
  }

  /** The line is cut from outside. */
  cut(): void {
    this.readyState = 3;
    this.onclose?.({} as CloseEvent);
  }

  close(): void {
    this.readyState = 3;
  }
}

/** What one tab tells, the others hear. */
export class FakeTabs {
  readonly #ears = new Set<(note: Note) => void>();

  enter(heard: (note: Note) => void): Channel {
    this.#ears.add(heard);
    const tell = (note: Note): void => {
      for (const ear of [...this.#ears]) if (ear !== heard) ear(structuredClone(note));
    };
    return { tell, close: () => void this.#ears.delete(heard) };
  }
}

export interface Answer {
  tell(frame: object): void;
  end(): void;
  fail(why: Error): void;
}

export interface Posted {
  readonly hello: Hello;
  readonly frame: ClientFrame | null;
  readonly follow?: "stream" | "next";
}

export class FakeWorld implements World {
  readonly sockets: FakeSocket[] = [];
  readonly posts: Posted[] = [];
  /** Answers that are held open, each with what writes into it. */
  readonly streams: { readonly posted: Posted; tell(frame: object): void; end(): void; fail(): void }[] = [];
  /** The tabs that this one is among. */
  tabs: FakeTabs | null = null;
  online = true;
  visible = true;
  /** So many times the part for who is signed in does not arrive. */
  lacks = 0;
  /** Something on the way keeps answers back until they end. */
  keepsBack = false;
  /** A server that lives longer than one test's line: called for every socket and every post. */
  dialled: ((socket: FakeSocket) => void) | null = null;
  asked: ((posted: Posted, answer: Answer, signal: AbortSignal) => void) | null = null;
  /** What HTTP answers, frame by frame; throws to be unreachable. */
  answer: (frame: ClientFrame | null, hello: Hello) => readonly object[] = () => [];
  #now = 0;
  #timers: { readonly at: number; readonly then: () => void }[] = [];

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("No socket was opened yet.");
    return socket;
  }

  socket(): Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    this.dialled?.(socket);
    return socket;
  }

  channel(_: string, heard: (note: Note) => void): Channel | null {
    return this.tabs?.enter(heard) ?? null;
  }

  async identity(): Promise<{ readonly Identity: typeof Identity }> {
    if (this.lacks > 0) {
      this.lacks -= 1;
      return Promise.reject(new TypeError("Failed to fetch dynamically imported module"));
    }
    return Promise.resolve({ Identity });
  }

  async http(): Promise<{ readonly Stream: typeof Stream }> {
    return Promise.resolve({ Stream });
  }

  async post(_: string, body: string, onData: (data: string) => void, signal: AbortSignal): Promise<void> {
    const posted = JSON.parse(body) as Posted;
    this.posts.push(posted);
    const { asked } = this;
    if (asked !== null)
      return new Promise((end, fail) => {
        const told = (frame: object): void => void (signal.aborted || onData(JSON.stringify(frame)));
        signal.addEventListener("abort", () => fail(new Error("aborted")));
        asked(posted, { tell: told, end, fail }, signal);
      });
    const tell = (frame: object): void => {
      if (!signal.aborted && !this.keepsBack) onData(JSON.stringify(frame));
    };
    const frames = this.answer(posted.frame, posted.hello);
    if (posted.follow === undefined) {
      for (const frame of frames) onData(JSON.stringify(frame));
      return;
    }
    await new Promise<void>((end, fail) => {
      const stream = { posted, tell, end, fail: () => fail(new Error("cut")) };
      this.streams.push(stream);
      signal.addEventListener("abort", () => fail(new Error("aborted")));
      for (const frame of frames) tell(frame);
    });
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  random(): number {
    return 1;
  }

  now(): number {
    return this.#now;
  }

  isVisible(): boolean {
    return this.visible;
  }

  isOnline(): boolean {
    return this.online;
  }

  /** The device sleeps: the time of day goes on and timers do not. */
  sleep(ms: number): void {
    this.#now += ms;
    this.#timers = this.#timers.map(({ at, then }) => ({ at: at + ms, then }));
  }

  /** Lets time pass, timer by timer. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.then();
    }
    this.#now = until;
  }
}

/** A log that answers each id once and replays what a hello has missed, as the real server does. */
export class FakeLog {
  readonly frames: Message[] = [];

  attend(socket: FakeSocket): void {
    socket.heard = (frame) => {
      for (const answer of this.answer(frame)) socket.say(answer);
    };
    socket.open();
  }

  answer(frame: ClientFrame | null): readonly object[] {
    if (frame === null) return [];
    if (frame.type === "hello") return this.#greeting(frame.last_seq ?? 0);
    if (frame.type === "ping") return [{ type: "pong", seq: this.frames.length }];
    if (!("id" in frame) || frame.type === "consent" || frame.type === "rate") return [];
    if (this.frames.some((one) => one.client_id === frame.id)) return [];
    this.frames.push(said(this.frames.length + 1, frame.id, "text" in frame ? frame.text : ""));
    return this.frames.slice(-1);
  }

  /** The welcome carries where the replay begins: at the start for a client that is ahead of the log. */
  #greeting(lastSeq: number): readonly object[] {
    const from = lastSeq > this.frames.length ? 0 : lastSeq;
    return [welcome(from), ...this.frames.slice(from)];
  }
}
