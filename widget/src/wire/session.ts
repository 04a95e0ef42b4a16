/** One visitor's conversation: keeps the value, the wire and the memory in step. */
import { Connection, type Kept, type World } from "./connection.ts";
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
import type { Contact, Hello, Nudge, Nudged, Problem, Track } from "../generated/protocol.ts";
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
/** One `typing` is enough for this long, and a person's is shown for as long as two of theirs. */
const TYPING_MS = 3000;
const PERSON_TYPING_MS = 6000;
const MOST_TRACKED = 50;

/** Null once the server has it, else why it does not take it; what it could not hear yet stays unresolved. */
export type Taken = Promise<Problem | null>;
export type Changed = (now: Conversation, before: Conversation) => void;

export class Session {
  readonly #options: Options;
  readonly #changed: Changed;
  readonly #connection: Connection;
  readonly #world: World;
  #now: Conversation;
  #isDecided: boolean;
  #isOpen = false;
  #askedFrom = -1;
  readonly #nudges = new Map<string, (answer: Nudged) => void>();
  readonly #waiting = new Map<string, (problem: Problem | null) => void>();
  #mayType = true;
  #seen = 0;
  #typingOver: () => void = () => {};

  constructor(options: Options, world: World, changed: Changed) {
    this.#options = options;
    this.#changed = changed;
    this.#world = world;
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
      settled: (id, problem) => {
        this.#waiting.get(id)?.(problem);
        this.#waiting.delete(id);
      },
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
    this.#connection.tell({ type: "visit", page: currentPage() });
  }

  /** The visitor is writing; said at most once in three seconds, however often it is called. */
  typing(): void {
    if (!this.#mayType) return;
    this.#mayType = false;
    this.#world.after(TYPING_MS, () => (this.#mayType = true));
    this.#connection.tell({ type: "typing" });
  }

  /** The visitor has the conversation before their eyes up to `seq`; said when it rises and the panel stands open. */
  seen(seq: number): void {
    if (seq <= this.#seen || !this.#isOpen || document.visibilityState !== "visible") return;
    this.#seen = seq;
    this.#connection.tell({ type: "seen", up_to: seq });
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

  /** A person is asked in writing; the words stand in the transcript at once. Resolves when the server has them. */
  contact(text: string, context: { readonly appVersion?: string; readonly lastError?: string } = {}): Taken {
    const app_version = (context.appVersion ?? "").slice(0, 100);
    const last_error = (context.lastError ?? "").slice(0, 1000);
    const frame: Contact = { type: "contact", id: freshId(), text, page: currentPage(), app_version, last_error };
    this.#intend({ type: "utter", frame, text });
    return this.#taken(frame);
  }

  /** How the whole conversation was, 5 is best. */
  csat(score: number, comment = ""): Taken {
    return this.#taken({ type: "csat", id: freshId(), score, comment: comment.slice(0, 1000) });
  }

  mailTranscript(email: string): Taken {
    return this.#taken({ type: "mail_transcript", id: freshId(), email });
  }

  /** Something done on the host page. What nobody could hear for long is not kept for ever. */
  track(name: string, properties: NonNullable<Track["properties"]> = {}): void {
    if (this.#connection.waiting.filter((one) => one.type === "track").length >= MOST_TRACKED) return;
    this.#connection.send({ type: "track", id: freshId(), name, properties });
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

  #taken(frame: Kept): Taken {
    const taken = new Promise<Problem | null>((resolve) => this.#waiting.set(frame.id, resolve));
    this.#connection.send(frame);
    return taken;
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
    // Whoever listens now has not heard how far the visitor has read.
    if (frame.type === "welcome") this.#seen = 0;
    if (frame.type === "welcome" && this.#now.isReplaying)
      setTimeout(() => this.#intend({ type: "caughtUp" }), REPLAY_MS);
    if (frame.type === "typing") {
      this.#typingOver();
      this.#typingOver = this.#world.after(PERSON_TYPING_MS, () => this.#intend({ type: "typingOver" }));
    }
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
