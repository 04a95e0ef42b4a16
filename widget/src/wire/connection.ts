/** Owns the line: one socket with resume and heartbeats, or plain HTTP where sockets are blocked. */
import { decode, type Decoded } from "./decode.ts";
import type { Handlers, Kept, Passing, Socket, World } from "./kinds.ts";
import { isIdentity, Outbox } from "./outbox.ts";
import { pauseMs } from "./pauses.ts";
import type { Stream } from "./stream.ts";
import type { ClientFrame, Ping, Problem } from "../generated/protocol.ts";

const OPEN = 1;
/** Later than this it is no hiccup any more, and the visitor is told. */
const AWAY_MS = 4_000;
const PATIENCE_MS = 10_000;
/** How long a line may take to answer when there is reason to think it dead. */
const PROBE_MS = 500;
const RECEIPT_MS = 4_000;
const VISIBLE_BEAT_S = 10;
const TICK_MS = 1_000;
const SOCKET_TRIES = 2;
/** Browsers let a socket wait for seconds that follows some fifteen failed ones; other requests they do not. */
const MOST_DIALS = 6;
/** So seldom for all that: HTTP may be what is shut here. */
const RARELY_MS = 3_000;
/** Answers to a hello that trying again does not change. */
const NEVER: ReadonlySet<string> = new Set(["origin_refused", "not_found", "unknown_site"]);
const PING: Ping = { type: "ping" };

export class Connection {
  readonly #origin: string;
  readonly #world: World;
  readonly #on: Handlers;
  readonly #outbox: Outbox;
  #socket: Socket | null = null;
  #http: Stream | null = null;
  #isHttp = false;
  #running = false;
  #isAsleep = false;
  #welcome = false;
  /** Hello was said on this line, and not refused for who said it. */
  #isGreeted = false;
  #lostAt: number | null = null;
  #triedAt = 0;
  #heardAt = 0;
  /** The line was asked whether it stands, and says nothing yet. */
  #isProbing = false;
  #tickedAt = 0;
  #closedDoors = 0;
  /** Sockets that were tried since the last one that was welcome, and when. */
  #dials = 0;
  #dialledAt = 0;
  #hadSocket = false;
  #tries = 0;
  #heartbeatS = 25;
  #cancelTimer: () => void = () => {};
  #cancelWatch: () => void = () => {};
  #cancelTick: () => void = () => {};

  constructor(origin: string, world: World, on: Handlers) {
    this.#origin = origin;
    this.#world = world;
    this.#on = on;
    this.#outbox = new Outbox((id, problem) => on.settled(id, problem));
  }

  get waiting(): readonly Kept[] {
    return this.#outbox.waiting;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    // A page may have been left and found again before anybody opened the panel.
    this.#isAsleep = false;
    this.#on.status("connecting");
    this.#connect();
    this.#tick();
  }

  stop(): void {
    this.#running = false;
    this.#cancelTick();
    this.#hangUp();
  }

  /** The page is frozen or left: hang up properly, and say nothing until it wakes. */
  sleep(): void {
    this.#isAsleep = true;
    this.#cancelTick();
    this.#hangUp();
  }

  /** Keeps the frame until the server has it; the same id is sent again after every break. */
  send(frame: Kept): void {
    this.#outbox.put(frame);
    this.#pump();
  }

  /** Tells what matters only now; when nobody listens it is not kept. */
  tell(frame: Passing): void {
    if (!this.#welcome) return;
    if (!this.#isHttp) this.#write(frame);
    else if (frame.type === "seen") this.#http?.write(frame);
  }

  /** What nobody needs to hear any more. */
  drop(id?: string): void {
    this.#outbox.drop(id);
  }

  /** Asks for what is missing. A connection takes one hello, so this is a new connection. */
  resync(): void {
    if (this.#welcome) this.#connect();
  }

  /** Who says hello is known now, or is somebody else than the one who said it. */
  greet(): void {
    if (!this.#running || this.#isAsleep) return;
    if (this.#welcome || this.#isGreeted) this.#connect();
    else if (this.#isHttp) this.#http?.open();
    else this.#hello();
  }

  /** Looked at again: see whether the line still stands. From another network, or after sleep, it is surely dead. */
  wake(isSure = false): void {
    if (!this.#running) return;
    this.#tick();
    const now = this.#world.now();
    this.#lostAt &&= now;
    // What failed while the network was away says nothing about sockets.
    if (this.#hadSocket && !this.#welcome) this.#closedDoors = 0;
    if (this.#isAsleep || (this.#socket === null && !this.#isHttp)) {
      this.#isAsleep = false;
      this.#tries = 0;
      this.#connect();
    } else if (!this.#welcome) {
      // Several signs of one return come together.
      const patience = isSure ? PROBE_MS / 5 : PROBE_MS;
      this.#watch(Math.max(0, this.#triedAt + patience - now), () => this.#connect());
    } else if (this.#isHttp) {
      // Nobody can be asked there whether the line still stands: one on which nothing comes is made anew.
      if (now - this.#heardAt > PROBE_MS) this.#connect();
      else this.#watch(PROBE_MS, () => this.#connect());
    } else if (isSure || now - this.#heardAt > 3000 * this.#heartbeatS) {
      this.#connect();
    } else if (!this.#isProbing) {
      this.#beat();
      this.#watch(PROBE_MS, () => this.#connect());
      this.#isProbing = true;
      this.#write(PING);
    }
  }

  #connect(): void {
    this.#hangUp();
    this.#triedAt = this.#world.now();
    if (!this.#world.isOnline()) this.#fail();
    else if (this.#closedDoors >= SOCKET_TRIES) void this.#dial();
    else this.#open();
  }

  /** Another socket would only make the next ones wait: whether the server is back is asked over HTTP. */
  get #isWorn(): boolean {
    return this.#dials >= MOST_DIALS && this.#world.now() - this.#dialledAt < RARELY_MS;
  }

  #open(): void {
    this.#dials += 1;
    this.#dialledAt = this.#triedAt;
    let socket: Socket;
    try {
      socket = this.#world.socket(this.#door);
    } catch {
      // Some browsers throw where a content security policy forbids the socket.
      this.#closedDoors = SOCKET_TRIES;
      this.#fail();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#hello();
    socket.onmessage = (event) => {
      const frame = typeof event.data === "string" ? decode(event.data) : null;
      if (frame !== null && socket === this.#socket) this.#hear(frame);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#closedDoors = this.#welcome ? 0 : this.#closedDoors + 1;
      this.#fail();
    };
    this.#watch(PATIENCE_MS);
  }

  get #door(): string {
    return `${this.#origin.replace(/^http/, "ws")}/v1/chat`;
  }

  #hello(): void {
    if (this.#socket?.readyState !== OPEN) return;
    const hello = this.#on.hello();
    this.#isGreeted = hello !== null;
    if (hello !== null) this.#write(hello);
  }

  /** Sockets are blocked, it seems. */
  async #dial(): Promise<void> {
    this.#isHttp = true;
    const dialled = this.#triedAt;
    try {
      const { Stream } = await this.#world.http();
      this.#http ??= new Stream(`${this.#origin}/v1/messages`, this.#door, this.#world, {
        hello: () => this.#on.hello(),
        hear: (frame) => this.#hear(frame),
        posted: (frame) => this.#outbox.posted(frame),
        lost: (waitS) => this.#unreached(waitS),
        opened: () => {
          this.#closedDoors = 0;
          this.#connect();
        },
      });
      if (this.#isHttp && dialled === this.#triedAt) this.#http.start(this.#hadSocket);
    } catch {
      if (!this.#isHttp || dialled !== this.#triedAt) return;
      this.#unreached();
    }
  }

  /** Perhaps the server is away altogether: give sockets one more chance first. */
  #unreached(waitS = 0): void {
    this.#closedDoors = this.#isWorn ? SOCKET_TRIES : SOCKET_TRIES - 1;
    this.#fail(waitS);
  }

  #hear(frame: Decoded): void {
    this.#heardAt = this.#world.now();
    this.#unwatch();
    if (!this.#welcome && !this.#isHttp) this.#watch(PATIENCE_MS);
    this.#outbox.hear(frame);
    const isFirst = frame.type === "welcome" && !this.#welcome;
    if (frame.type === "error" && isIdentity(frame.code)) this.#isGreeted = false;
    this.#on.heard(frame);
    if (frame.type === "error" && !this.#welcome) this.#turnedAway(frame);
    if (frame.type === "resync") this.resync();
    if (isFirst) this.#greeted(frame.heartbeat_s);
    this.#pump();
  }

  /** The hello was refused: for good, for now, or only as the one who it said. */
  #turnedAway({ code, retry_after_s }: Problem): void {
    if (NEVER.has(code)) {
      this.stop();
      this.#on.status("refused");
    } else if (!isIdentity(code)) this.#fail(retry_after_s ?? 1);
  }

  #greeted(heartbeatS: number): void {
    this.#unwatch();
    this.#welcome = true;
    this.#hadSocket ||= !this.#isHttp;
    if (!this.#isHttp) this.#dials = 0;
    this.#lostAt = null;
    this.#tries = 0;
    this.#heartbeatS = heartbeatS;
    this.#on.status("online");
    if (!this.#isHttp) this.#beat();
  }

  #pump(): void {
    if (!this.#welcome) return;
    this.#outbox.empty((frame) => {
      if (this.#isHttp) this.#http?.write(frame);
      else this.#deliver(frame);
    });
  }

  #deliver(frame: Kept): void {
    if (!this.#isProbing) this.#watch(RECEIPT_MS);
    this.#write(frame);
    if (this.#outbox.needsPong(frame)) this.#write(PING);
  }

  #beat(): void {
    const seconds = this.#world.isVisible() ? Math.min(this.#heartbeatS, VISIBLE_BEAT_S) : this.#heartbeatS;
    this.#later(seconds * 1000, () => {
      if (!this.#isProbing) this.#watch(RECEIPT_MS);
      this.#write(PING);
      this.#beat();
    });
  }

  /** A second that took much longer was spent asleep, whatever events the browser forgot to tell. */
  #tick(): void {
    this.#cancelTick();
    this.#tickedAt = this.#world.now();
    if (!this.#world.isVisible()) return;
    this.#cancelTick = this.#world.after(TICK_MS, () => {
      if (this.#world.now() - this.#tickedAt > 3 * TICK_MS) this.wake();
      else this.#tick();
    });
  }

  #write(frame: ClientFrame): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Nothing heard for this long means that nobody is there. */
  #watch(ms: number, then: () => void = () => this.#fail()): void {
    this.#unwatch();
    this.#cancelWatch = this.#world.after(ms, () => {
      if (!this.#welcome) this.#closedDoors += 1;
      then();
    });
  }

  #unwatch(): void {
    this.#isProbing = false;
    this.#cancelWatch();
  }

  #later(ms: number, then: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#world.after(ms, then);
  }

  #fail(atLeastS = 0): void {
    const wasHttp = this.#isHttp;
    this.#hangUp();
    if (!this.#running || this.#isAsleep) return;
    const now = this.#world.now();
    const isFirstBreak = this.#lostAt === null;
    this.#lostAt ??= now;
    const isAway = now - this.#lostAt > AWAY_MS;
    this.#on.status(!this.#world.isOnline() ? "offline" : isAway ? "away" : "reconnecting");
    // Falling back to HTTP is no failure of the network: do it without a pause, where there is one.
    const isSwitch = this.#closedDoors === SOCKET_TRIES && !wasHttp && this.#world.isOnline();
    const pause = pauseMs(this.#tries, now - this.#lostAt, this.#world);
    this.#tries += isFirstBreak || isSwitch ? 0 : 1;
    this.#later(Math.max(isSwitch ? 0 : pause, atLeastS * 1000), () => this.#connect());
  }

  #hangUp(): void {
    this.#cancelTimer();
    this.#unwatch();
    this.#welcome = this.#isGreeted = false;
    this.#outbox.again();
    this.#isHttp = false;
    this.#http?.close();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
