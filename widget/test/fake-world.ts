/** A world with a clock that only tests turn, and a server at the other end that can hang up, forget or repeat. */
import type { Socket, World } from "../src/wire/connection.ts";
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

export class FakeWorld implements World {
  readonly sockets: FakeSocket[] = [];
  readonly posts: { readonly hello: Hello; readonly frame: ClientFrame | null }[] = [];
  online = true;
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
    return socket;
  }

  async post(_: string, body: string, onData: (data: string) => void): Promise<void> {
    const sent = JSON.parse(body) as { hello: Hello; frame: ClientFrame | null };
    this.posts.push(sent);
    for (const frame of this.answer(sent.frame, sent.hello)) onData(JSON.stringify(frame));
    return Promise.resolve();
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  random(): number {
    return 1;
  }

  isOnline(): boolean {
    return this.online;
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
