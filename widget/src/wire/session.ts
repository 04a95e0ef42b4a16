/** One visitor's conversation: keeps the value, the wire and the memory in step. */
import { Connection, type World } from "./connection.ts";
import {
  begin,
  intend,
  isBehind,
  receive,
  type ConsentLevel,
  type Conversation,
  type Intent,
  type Utterance,
} from "./conversation.ts";
import type { Decoded } from "./decode.ts";
import type { Hello, Nudge, Nudged } from "../generated/protocol.ts";
import type { Seen } from "../host/nudges.ts";
import { recall, remember } from "./memory.ts";
import { currentPage } from "../host/page.ts";

export interface Options {
  readonly site: string;
  readonly origin: string;
  readonly mode: "chat" | "help";
  readonly locale: string;
}
/** How long after the welcome frames may still be what was said before the page was loaded. */
const REPLAY_MS = 1500;
/** Later than this the moment of a message is over. */
const NUDGE_MS = 8000;

export type Changed = (now: Conversation, before: Conversation) => void;

export class Session {
  readonly #options: Options;
  readonly #changed: Changed;
  readonly #connection: Connection;
  #now: Conversation;
  #isDecided: boolean;
  #isOpen = false;
  #askedFrom = -1;
  readonly #nudges = new Map<string, (answer: Nudged) => void>();

  constructor(options: Options, world: World, changed: Changed) {
    this.#options = options;
    this.#changed = changed;
    const kept = recall(options.site);
    // Global Privacy Control already answers the question: nothing is kept, and nobody asks.
    const refuses =
      (navigator as Navigator & { readonly globalPrivacyControl?: boolean }).globalPrivacyControl === true;
    this.#isDecided = kept !== null || refuses;
    this.#now = begin(
      kept === null ? {} : { id: kept.id, token: kept.token, consent: kept.consent, pending: kept.pending },
    );
    this.#connection = new Connection(options.origin, world, {
      hello: () => this.#hello(),
      heard: (frame) => this.#heard(frame),
      status: (status) => this.#intend({ type: "status", status }),
    });
    for (const one of this.#now.pending) this.#connection.send(one.frame);
  }

  get now(): Conversation {
    return this.#now;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  wake(): void {
    this.#connection.wake();
  }

  visit(): void {
    this.#connection.visit({ type: "visit", page: currentPage() });
  }

  /** Whether the panel stands open, so that the next page of the site can show it again. */
  shown(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#keep();
  }

  say(text: string): void {
    this.#utter({ type: "say", id: freshId(), text, page: currentPage() }, text);
  }

  choose(prompt: string, value: string, label: string): void {
    this.#utter({ type: "choose", id: freshId(), prompt, value, label: label.slice(0, 200) }, label);
  }

  submit(prompt: string, fields: Record<string, string>): void {
    const text = Object.values(fields)
      .filter((value) => value !== "")
      .join(", ");
    this.#utter({ type: "submit", id: freshId(), prompt, fields }, text);
  }

  retry(id: string): void {
    const found = this.#now.pending.find((one) => one.frame.id === id);
    if (found === undefined) return;
    this.#intend({ type: "retry", id });
    this.#connection.send(found.frame);
  }

  discard(id: string): void {
    this.#intend({ type: "discard", id });
  }

  rate(turn: string, value: "up" | "down", reason: string): void {
    this.#intend({ type: "rated", turn, value });
    this.#connection.send({ type: "rate", id: freshId(), turn, value, reason });
  }

  consent(level: ConsentLevel): void {
    this.#isDecided = true;
    this.#intend({ type: "consented", level });
    this.#connection.send({ type: "consent", id: freshId(), level });
  }

  dismiss(): void {
    this.#intend({ type: "dismiss" });
  }

  /** Whether a message may be shown here and now; null when the server does not say so in time. */
  mayShow(rule: string, [seconds, visits, scrolled, leaving]: Seen): Promise<Nudged | null> {
    const id = freshId();
    const answer = new Promise<Nudged | null>((resolve) => {
      this.#nudges.set(id, resolve);
      setTimeout(() => resolve(null), NUDGE_MS);
    });
    const seen = { seconds, visits, scrolled: Math.min(100, Math.round(scrolled)), leaving };
    this.#connection.send({ type: "nudge", id, rule, act: "ask", page: currentPage(), ...seen });
    return answer.finally(() => this.#nudges.delete(id));
  }

  /** What became of a message. */
  nudged(rule: string, act: Exclude<Nudge["act"], "ask">): void {
    this.#connection.send({ type: "nudge", id: freshId(), rule, act, page: currentPage() });
  }

  #utter(frame: Utterance, text: string): void {
    this.#intend({ type: "utter", frame, text });
    this.#connection.send(frame);
  }

  #hello(): Hello {
    const { site, mode, locale } = this.#options;
    const { id, token, lastSeq, consent } = this.#now;
    return {
      type: "hello",
      site,
      visitor_token: token,
      conversation: id,
      last_seq: lastSeq,
      page: currentPage(),
      locale,
      mode,
      consent,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    };
  }

  #heard(frame: Decoded): void {
    if (frame.type === "nudge") this.#nudges.get(frame.client_id)?.(frame);
    this.#set(receive(this.#now, frame));
    if (frame.type === "welcome" && this.#now.isReplaying)
      setTimeout(() => this.#intend({ type: "caughtUp" }), REPLAY_MS);
    if (frame.type === "pong") this.#askedFrom = -1;
    if (!isBehind(this.#now) || this.#askedFrom === this.#now.lastSeq) return;
    // Once for each gap; the next pong allows another try.
    this.#askedFrom = this.#now.lastSeq;
    this.#connection.resync();
  }

  #intend(intent: Intent): void {
    this.#set(intend(this.#now, intent));
  }

  #set(now: Conversation): void {
    const before = this.#now;
    if (now === before) return;
    this.#now = now;
    if (
      now.id !== before.id ||
      now.token !== before.token ||
      now.pending !== before.pending ||
      now.consent !== before.consent
    )
      this.#keep();
    this.#changed(now, before);
  }

  #keep(): void {
    const { id, token, consent, pending } = this.#now;
    remember(this.#options.site, { id, token, consent, pending, open: this.#isOpen });
  }
}

/** `randomUUID` is missing on plain-HTTP pages; random values are there everywhere. */
function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
