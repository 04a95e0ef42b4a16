/** Owns the wire: one socket with resume, heartbeats and an outbox, or plain HTTP where sockets are blocked. */
import type { Status, Utterance } from "./conversation.ts";
import { decode, type Decoded } from "./decode.ts";
import type {
  ClientFrame,
  Consent,
  Csat,
  Hello,
  MailTranscript,
  Nudge,
  Ping,
  Problem,
  Rate,
  Seen,
  Track,
  Typing,
  Visit,
} from "../generated/protocol.ts";

/** Kept until the server has it. */
export type Kept = Utterance | Consent | Rate | Csat | MailTranscript | Track | Nudge;
/** Worth nothing once its moment is over. */
export type Passing = Visit | Typing | Seen;

export interface Socket {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The outside world, handed in so that tests can bend it. */
export interface World {
  socket(url: string): Socket;
  /** Posts and calls back with the data of each server-sent event; rejects when the answer is no success. */
  post(url: string, body: string, onData: (data: string) => void, signal: AbortSignal): Promise<void>;
  after(ms: number, then: () => void): () => void;
  random(): number;
  isOnline(): boolean;
}

/** HTTP said no; `isFinal` when saying the same again would change nothing. */
export interface Refused {
  readonly isFinal: boolean;
  readonly said: { readonly code: string; readonly message: string };
}

export interface Handlers {
  hello(): Hello;
  heard(frame: Decoded): void;
  status(status: Status): void;
  /** The server has the frame, or says why it does not take it. */
  settled(id: string, problem: Problem | null): void;
}

const OPEN = 1;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 30_000;
const PATIENCE_MS = 10_000;
const SOCKET_TRIES = 2;
const POLL_S = 10;
/** Answers to a hello that trying again does not change. */
const NEVER: ReadonlySet<string> = new Set(["origin_refused", "not_found", "unknown_site"]);
const PING: Ping = { type: "ping" };

/** What is logged comes back with its id. */
const hasReceipt = (frame: Kept): frame is Utterance => ["say", "choose", "submit", "contact"].includes(frame.type);

export class Connection {
  readonly #origin: string;
  readonly #world: World;
  readonly #on: Handlers;
  readonly #outbox = new Map<string, Kept>();
  /** What is not said has no receipt in the log; the pong to a ping sent after it is its own. */
  #unconfirmed: string[] = [];
  #socket: Socket | null = null;
  #request: AbortController | null = null;
  #posting: Promise<void> = Promise.resolve();
  #running = false;
  #welcome = false;
  #lost = false;
  #closedDoors = 0;
  #tries = 0;
  #heartbeatS = 25;
  #cancelTimer: () => void = () => {};
  #cancelWatch: () => void = () => {};

  constructor(origin: string, world: World, on: Handlers) {
    this.#origin = origin;
    this.#world = world;
    this.#on = on;
  }

  get waiting(): readonly Kept[] {
    return [...this.#outbox.values()];
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#on.status("connecting");
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#hangUp();
  }

  /** Keeps the frame until the server has it; the same id is sent again after every break. */
  send(frame: Kept): void {
    this.#outbox.set(frame.id, frame);
    if (this.#welcome) this.#deliver(frame);
  }

  /** Tells what matters only now; when nobody listens it is not kept. */
  tell(frame: Passing): void {
    if (this.#welcome && this.#socket !== null) this.#write(frame);
  }

  /** Asks for what is missing. A connection takes one hello, so this is a new connection. */
  resync(): void {
    if (this.#socket !== null && this.#welcome) this.#connect();
  }

  /** The device woke up or came back online: look at once whether the line still stands. */
  wake(): void {
    if (!this.#running) return;
    if (this.#request !== null) {
      this.#post(null);
    } else if (this.#socket === null) {
      this.#tries = 0;
      this.#connect();
    } else if (this.#welcome) {
      this.#watch(2_000);
      this.#write(PING);
    }
  }

  #connect(): void {
    this.#hangUp();
    if (!this.#world.isOnline()) {
      this.#fail();
      return;
    }
    if (this.#closedDoors >= SOCKET_TRIES) this.#dial();
    else this.#open();
  }

  #open(): void {
    let socket: Socket;
    try {
      socket = this.#world.socket(`${this.#origin.replace(/^http/, "ws")}/v1/chat`);
    } catch {
      // Some browsers throw where a content security policy forbids the socket.
      this.#closedDoors = SOCKET_TRIES;
      this.#fail();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#write(this.#on.hello());
    socket.onmessage = (event) => {
      if (socket === this.#socket && typeof event.data === "string") this.#hear(event.data);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#closedDoors = this.#welcome ? 0 : this.#closedDoors + 1;
      this.#fail();
    };
    this.#watch(PATIENCE_MS);
  }

  /** Over HTTP every exchange says hello; one without a frame fetches what is new. */
  #dial(): void {
    this.#request = new AbortController();
    this.#post(null);
  }

  #post(frame: Kept | null): void {
    const request = this.#request;
    if (request === null) return;
    this.#posting = this.#posting.then(async () => {
      if (request.signal.aborted) return;
      try {
        const body = JSON.stringify({ hello: this.#on.hello(), frame });
        await this.#world.post(`${this.#origin}/v1/messages`, body, (data) => this.#hear(data), request.signal);
        if (frame !== null && !hasReceipt(frame)) this.#settle(frame.id, null);
        if (frame === null) this.#later(Math.min(this.#heartbeatS, POLL_S) * 1000, () => this.#post(null));
      } catch (problem) {
        if (request !== this.#request) return;
        const { isFinal, said } = problem as Partial<Refused>;
        if (isFinal === true) {
          this.#hear(JSON.stringify({ type: "error", seq: 0, ...said, client_id: frame?.id ?? null }));
          return;
        }
        // Perhaps the server is away altogether: give sockets one more chance first.
        this.#closedDoors = SOCKET_TRIES - 1;
        this.#fail();
      }
    });
  }

  #hear(text: string): void {
    const frame = decode(text);
    if (frame === null) return;
    this.#cancelWatch();
    if (frame.type === "message" && frame.client_id) this.#settle(frame.client_id, null);
    if (frame.type === "error" && frame.client_id) this.#settle(frame.client_id, frame);
    if (frame.type === "pong") this.#confirm();
    const isFirst = frame.type === "welcome" && !this.#welcome;
    this.#on.heard(frame);
    if (frame.type === "error" && !this.#welcome && NEVER.has(frame.code)) {
      this.stop();
      this.#on.status("refused");
    }
    if (frame.type === "resync") this.resync();
    if (isFirst) this.#greeted(frame.heartbeat_s);
  }

  #greeted(heartbeatS: number): void {
    this.#welcome = true;
    this.#lost = false;
    this.#tries = 0;
    this.#heartbeatS = heartbeatS;
    this.#on.status("online");
    for (const frame of this.#outbox.values()) this.#deliver(frame);
    if (this.#socket !== null) this.#beat();
  }

  #deliver(frame: Kept): void {
    if (this.#socket === null) {
      this.#post(frame);
      return;
    }
    this.#write(frame);
    if (!hasReceipt(frame)) {
      this.#unconfirmed.push(frame.id);
      this.#write(PING);
    }
  }

  #confirm(): void {
    for (const id of this.#unconfirmed) this.#settle(id, null);
    this.#unconfirmed = [];
  }

  #settle(id: string, problem: Problem | null): void {
    if (this.#outbox.delete(id)) this.#on.settled(id, problem);
  }

  #beat(): void {
    this.#later(this.#heartbeatS * 1000, () => {
      this.#watch(PATIENCE_MS);
      this.#write(PING);
      this.#beat();
    });
  }

  #write(frame: ClientFrame): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Nothing heard for this long means that nobody is there. */
  #watch(ms: number): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#world.after(ms, () => {
      if (!this.#welcome) this.#closedDoors += 1;
      this.#fail();
    });
  }

  #later(ms: number, then: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#world.after(ms, then);
  }

  #fail(): void {
    this.#hangUp();
    if (!this.#running) return;
    const isFirstBreak = !this.#lost;
    this.#lost = true;
    this.#on.status(this.#world.isOnline() ? "reconnecting" : "offline");
    // Falling back to HTTP is no failure of the network: do it without a pause.
    const isSwitch = this.#closedDoors === SOCKET_TRIES;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries) * (0.5 + this.#world.random() / 2);
    this.#tries += isFirstBreak || isSwitch ? 0 : 1;
    this.#later(isSwitch ? 0 : pause, () => this.#connect());
  }

  #hangUp(): void {
    this.#cancelTimer();
    this.#cancelWatch();
    this.#welcome = false;
    this.#unconfirmed = [];
    this.#request?.abort();
    this.#request = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
