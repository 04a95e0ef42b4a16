/** Plain HTTP for where sockets are blocked: an answer that never ends is read event by event. */
import type { Kept, Passing, World } from "./kinds.ts";
import { decode, type Decoded } from "./decode.ts";
import type { Hello, Seen } from "../generated/protocol.ts";

/** How the server is asked to answer: to the end of the log, for as long as it can, or until there is news. */
type Follow = "no" | "stream" | "next";

export interface Ends {
  hello(): Hello | null;
  hear(frame: Decoded): void;
  posted(frame: Kept): void;
  lost(waitS?: number): void;
  /** Sockets work after all. */
  opened(): void;
}

/** An answer of which nothing came for so long is kept back by something on the way. */
const FIRST_WORD_MS = 4_000;
/** The server says something every ten seconds. */
const SILENCE_MS = 25_000;
const PROBE_FIRST_MS = 300_000;
const PROBE_AGAIN_MS = 10_000;
const PROBE_LONGEST_MS = 600_000;

export class Stream {
  readonly #url: string;
  readonly #door: string;
  readonly #world: World;
  readonly #on: Ends;
  #line: AbortController | null = null;
  #reading: AbortController | null = null;
  #posting: Promise<void> = Promise.resolve();
  /** Something on the way keeps answers back until they end. */
  #isHeldBack = false;
  #welcome = false;
  #cancelWatch: () => void = () => {};
  #cancelProbe: () => void = () => {};

  constructor(url: string, door: string, world: World, on: Ends) {
    this.#url = url;
    this.#door = door;
    this.#world = world;
    this.#on = on;
  }

  start(hadSocket: boolean): void {
    this.#line = new AbortController();
    this.open();
    this.#probe(hadSocket ? PROBE_AGAIN_MS : PROBE_FIRST_MS);
  }

  /** Reads what is new, from now on. */
  open(): void {
    if (this.#line !== null) void this.#follow(this.#line);
  }

  write(frame: Kept | Passing): void {
    const line = this.#line;
    if (line === null) return;
    if (!("id" in frame)) {
      if (frame.type === "seen") void this.#exchange(frame, "no", line.signal).catch(() => undefined);
      return;
    }
    this.#posting = this.#posting.then(async () => {
      if (line.signal.aborted) return;
      // Sending it twice does no harm; an answer that never comes would hold up what was said after it.
      const cancel = this.#world.after(SILENCE_MS, () => this.#on.lost());
      line.signal.addEventListener("abort", cancel);
      try {
        await this.#exchange(frame, "no", line.signal);
        if (!line.signal.aborted) this.#on.posted(frame);
      } catch (problem) {
        this.#failed(problem, line, frame.id);
      } finally {
        cancel();
      }
    });
  }

  close(): void {
    this.#cancelWatch();
    this.#cancelProbe();
    this.#welcome = false;
    this.#line?.abort();
    this.#reading?.abort();
    this.#line = this.#reading = null;
    this.#posting = Promise.resolve();
  }

  async #follow(line: AbortController): Promise<void> {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    const follow = !this.#isHeldBack ? "stream" : this.#welcome ? "next" : "no";
    const begun = this.#world.now();
    try {
      this.#watch(this.#welcome ? SILENCE_MS : FIRST_WORD_MS, line);
      await this.#exchange(null, follow, reading.signal, () => this.#watch(SILENCE_MS, line));
      if (reading !== this.#reading || reading.signal.aborted) return;
      // An answer that ends is asked for anew; one that ends at once, not at once.
      const isShort = follow === "stream" && this.#world.now() - begun < 1000;
      if (isShort) this.#on.lost();
      else this.open();
    } catch (problem) {
      if (reading === this.#reading && !reading.signal.aborted) this.#failed(problem, line, null);
    }
  }

  async #exchange(frame: Kept | Seen | null, follow: Follow, signal: AbortSignal, heard?: () => void): Promise<void> {
    const hello = this.#on.hello();
    if (hello === null) return new Promise(() => {});
    const body = JSON.stringify(follow === "no" ? { hello, frame } : { hello, frame, follow });
    const isWords = frame !== null && "id" in frame && ("text" in frame || "prompt" in frame);
    await this.#world.post(
      this.#url,
      body,
      (data) => {
        const said = signal.aborted ? null : decode(data);
        if (said === null) return;
        heard?.();
        const isKnown = said.type === "welcome" && this.#welcome && said.conversation === hello.conversation;
        // A greeting that says nothing new must not take back what came beside it.
        if (!isKnown || said.seq < (hello.last_seq ?? 0)) this.#on.hear(said);
        if (said.type !== "welcome") return;
        this.#welcome = true;
        if (isWords) this.#on.hear({ type: "working", seq: said.seq, client_id: frame.id });
      },
      signal,
    );
  }

  #failed(problem: unknown, line: AbortController, id: string | null): void {
    if (line !== this.#line) return;
    const { isFinal, said, status } = problem as Partial<Refusal>;
    if (isFinal !== true) this.#on.lost(status === 429 ? 5 : 0);
    else if (said) this.#on.hear({ type: "error", seq: 0, ...said, client_id: id, retry_after_s: null });
  }

  /** Silence: before the first word something keeps the answer back, later the line is dead. */
  #watch(ms: number, line: AbortController): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#world.after(ms, () => {
      if (line !== this.#line) return;
      this.#isHeldBack = !this.#isHeldBack;
      if (this.#isHeldBack) this.open();
      else this.#on.lost();
    });
  }

  /** Whether sockets are let through meanwhile: a ping needs no hello. */
  #probe(ms: number): void {
    this.#cancelProbe = this.#world.after(ms, () => {
      try {
        const socket = this.#world.socket(this.#door);
        const stop = (): void => {
          socket.onopen = socket.onmessage = socket.onclose = null;
          socket.close();
        };
        socket.onopen = () => socket.send(JSON.stringify({ type: "ping" }));
        socket.onmessage = () => {
          stop();
          this.#on.opened();
        };
        const next = Math.min(2 * ms, PROBE_LONGEST_MS);
        this.#cancelProbe = this.#world.after(FIRST_WORD_MS, () => {
          stop();
          this.#probe(next);
        });
      } catch {
        // A content security policy forbids it; that does not change on this page.
      }
    });
  }
}

interface Said {
  readonly code: string;
  readonly message: string;
}

/** HTTP said no; `isFinal` when saying the same again would change nothing. */
export class Refusal extends Error {
  readonly isFinal: boolean;
  readonly said: Said;
  readonly status: number;

  constructor(status: number, said: Said) {
    super(said.message);
    this.isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    this.said = said;
    this.status = status;
  }
}

export async function post(
  url: string,
  body: string,
  onData: (data: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const answer = await fetch(url, { method: "POST", body, headers, signal, credentials: "omit" });
  if (!answer.ok || answer.body === null) throw new Refusal(answer.status, await saidBy(answer));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const feed = eventStream(onData);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    feed(value);
  }
}

async function saidBy(answer: Response): Promise<Said> {
  const said = (await answer.json().catch(() => null)) as Partial<Said> | null;
  return { code: said?.code ?? "http", message: said?.message ?? `The server answered ${answer.status}.` };
}

/** Reads server-sent events from pieces cut anywhere; calls back with the data of each whole event. */
export function eventStream(onData: (data: string) => void): (piece: string) => void {
  let rest = "";
  let data: string[] = [];
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      if (line === "" && data.length > 0) {
        const whole = data.join("\n");
        data = [];
        onData(whole);
      }
    }
  };
}
