/** One visitor's conversation: whatever the panel does goes through here, and so does whatever the server says. */
import { Connection } from "./connection.ts";
import { isBehind, receive, type ConsentLevel, type Conversation, type Utterance } from "./conversation.ts";
import type { Decoded } from "./decode.ts";
import type { Contact, Hello, Nudge, Nudged, Problem, Rate, Track } from "../generated/protocol.ts";
import type { Seen } from "../host/nudges.ts";
import type { Identity as Given } from "../host/public.ts";
import { freshId } from "./ids.ts";
import { Keeping, type Changed } from "./keeping.ts";
import type { Holds, Kept, World } from "./kinds.ts";
import { Membership } from "./membership.ts";
import { Moments } from "./moments.ts";
import { Neighbours } from "./neighbours.ts";
import { isIdentity } from "./outbox.ts";
import { currentPage } from "../host/page.ts";

export interface Options {
  readonly site: string;
  readonly origin: string;
  readonly mode: "chat" | "help";
  readonly locale: string;
}
/** How long after the welcome frames may still be what was said before the page was loaded. */
const REPLAY_MS = 1500;
/** One `typing` is enough for this long, and a person's is shown for as long as two of theirs. */
const TYPING_MS = 3000;
const PERSON_TYPING_MS = 6000;
const MOST_TRACKED = 50;

/** Null once the server has it, else why it does not take it; what it could not hear yet stays unresolved. */
export type Taken = Promise<Problem | null>;

export class Session {
  readonly #options: Options;
  readonly #world: World;
  readonly #keeping: Keeping;
  readonly #connection: Connection;
  readonly #holds: Holds = new Set();
  readonly #member: Membership;
  readonly #neighbours: Neighbours;
  readonly #moments: Moments;
  readonly #waiting = new Map<string, (problem: Problem | null) => void>();
  #askedFrom = -1;
  #mayType = true;
  #isFresh = false;
  #isStarted = false;
  #typingOver: () => void = () => {};

  constructor(options: Options, world: World, changed: Changed) {
    this.#options = options;
    this.#world = world;
    const keeping = (this.#keeping = new Keeping(options.site, changed));
    const connection = (this.#connection = new Connection(options.origin, world, {
      hello: () => this.#hello(),
      heard: (frame) => this.#heard(frame),
      status: (status) => keeping.intend({ type: "status", status }),
      settled: (id, problem) => {
        this.#waiting.get(id)?.(problem);
        this.#waiting.delete(id);
      },
    }));
    for (const one of keeping.now.pending) if (one.problem === null) connection.send(one.frame);
    this.#member = new Membership(world, keeping, connection, this.#holds);
    this.#neighbours = new Neighbours(options.site, world, keeping, connection, this.#holds);
    this.#moments = new Moments(options.site, keeping, connection);
  }

  get now(): Conversation {
    return this.#keeping.now;
  }

  get isDecided(): boolean {
    return this.#keeping.isDecided;
  }

  /** The browser asks sites to keep nothing. */
  get refuses(): boolean {
    return this.#keeping.refuses;
  }

  start(): void {
    this.#isStarted = true;
    this.#neighbours.meet();
    this.#member.renewInTime();
    this.#connection.start();
  }

  stop(): void {
    this.#isStarted = false;
    this.#neighbours.part();
    this.#member.stop();
    this.#connection.stop();
  }

  /** The page is frozen, or left and perhaps come back to. */
  sleep(): void {
    this.#neighbours.part();
    this.#connection.sleep();
  }

  wake(isSure = false): void {
    // Stopped, or not begun: signs of life of the page change nothing.
    if (!this.#isStarted) return;
    this.#neighbours.meet();
    this.#connection.wake(isSure);
  }

  /** The host page says who of its users this is, or that it is nobody any more. */
  identify(given: Given): void {
    this.#member.identify(given);
  }

  /** Whose conversation it is, as a mark that says no more; null for nobody in particular. */
  get whose(): string | null {
    return this.#keeping.member;
  }

  /** A token for other requests of the one who is signed in; null for nobody in particular. */
  bearer(isRefused = false): Promise<string | null> {
    return this.#member.bearer(isRefused);
  }

  /** Goes on with another conversation of the same user, or begins one; false while words wait to be sent. */
  goTo(id: string | null): boolean {
    if (this.now.pending.some((one) => one.problem === null)) return false;
    this.#keeping.turnTo({ id, token: this.now.token });
    this.#isFresh = id === null;
    this.#connection.greet();
    return true;
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

  /** The visitor has the conversation before their eyes up to `seq`; said when it rises and the page is looked at. */
  seen(seq: number): void {
    if (seq <= this.#keeping.seen || document.visibilityState !== "visible") return;
    this.#keeping.seen = seq;
    this.#connection.tell({ type: "seen", up_to: seq });
  }

  /** How many messages came while the panel was closed. */
  get missed(): number {
    return this.#keeping.missed;
  }

  /** The next page of the site shows it again. */
  miss(unread: number): void {
    this.#keeping.missed = unread;
    this.#keeping.keep();
  }

  /** Whether the panel stands open, so that the next page of the site can show it again. */
  shown(isOpen: boolean): void {
    this.#keeping.shown(isOpen);
  }

  say(text: string): void {
    this.#utter({ type: "say", id: freshId(), text, page: currentPage() }, text);
  }

  choose(prompt: string, value: string, label: string, zone?: string): void {
    const time_zone = zone ?? null;
    this.#utter({ type: "choose", id: freshId(), prompt, value, label: label.slice(0, 200), time_zone }, label);
  }

  submit(prompt: string, fields: Record<string, string>): void {
    const text = Object.values(fields)
      .filter((value) => value !== "")
      .join(", ");
    this.#utter({ type: "submit", id: freshId(), prompt, fields }, text);
  }

  /** A person is asked in writing; the words stand in the transcript at once. Resolves when the server has them. */
  contact(
    text: string,
    context: { readonly page?: boolean; readonly appVersion?: string; readonly lastError?: string } = {},
  ): Taken {
    const app_version = (context.appVersion ?? "").slice(0, 100);
    const page = context.page === false ? null : currentPage();
    const last_error = (context.lastError ?? "").slice(0, 1000);
    const frame: Contact = { type: "contact", id: freshId(), text, page, app_version, last_error };
    this.#spoken(frame, text);
    return this.#taken(frame);
  }

  /** How the whole conversation was, 5 is best. */
  csat(score: number, comment = ""): Taken {
    this.#keeping.intend({ type: "scored", score });
    return this.#taken({ type: "csat", id: freshId(), score, comment: comment.slice(0, 1000) });
  }

  /** Whether this conversation was asked about before, be it answered or skipped. */
  get wasAsked(): boolean {
    return this.#keeping.wasAsked;
  }

  asked(): void {
    this.#keeping.asked();
  }

  /** What a request about the visitor's own data carries. */
  async own(): Promise<{ readonly url: string; readonly body: Readonly<Record<string, string | null>> }> {
    const { id, token } = this.now;
    const { site, origin } = this.#options;
    return { url: origin, body: { site, visitor_token: token, conversation: id, identity: await this.bearer() } };
  }

  /** What was said is gone at the server: here as well, and in other tabs. */
  forget(): void {
    const { id } = this.now;
    this.#connection.drop();
    this.#keeping.turnTo({});
    this.#isFresh = true;
    this.#keeping.asked(false);
    if (id !== null) this.#neighbours.gone(id);
    this.#connection.greet();
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
    const found = this.now.pending.find((one) => one.frame.id === id);
    if (found === undefined) return;
    this.#keeping.intend({ type: "retry", id });
    this.#connection.send(found.frame);
  }

  discard(id: string): void {
    this.#keeping.intend({ type: "discard", id });
    this.#connection.drop(id);
    this.#neighbours.dropped(id);
  }

  rate(turn: string, value: Rate["value"], about: NonNullable<Rate["about"]>, reason: string): void {
    this.#keeping.intend({ type: "rated", turn, value });
    this.#connection.send({ type: "rate", id: freshId(), turn, value, about, reason });
  }

  consent(level: ConsentLevel): void {
    this.#keeping.decided(level);
    this.#connection.send({ type: "consent", id: freshId(), level });
    this.#neighbours.decided(level);
  }

  dismiss(): void {
    this.#keeping.intend({ type: "dismiss" });
  }

  /** Messages unasked, off or on again. */
  unasked(isOff: boolean): void {
    this.#moments.unasked(isOff);
  }

  mayShow(rule: string, seen: Seen): Promise<Nudged | null> {
    return this.#moments.mayShow(rule, seen);
  }

  nudged(rule: string, act: Exclude<Nudge["act"], "ask">): void {
    this.#moments.nudged(rule, act);
  }

  #taken(frame: Kept): Taken {
    const taken = new Promise<Problem | null>((resolve) => this.#waiting.set(frame.id, resolve));
    this.#connection.send(frame);
    return taken;
  }

  #utter(frame: Utterance, text: string): void {
    this.#spoken(frame, text);
    this.#connection.send(frame);
  }

  #spoken(frame: Utterance, text: string): void {
    this.#keeping.intend({ type: "utter", frame, text });
    this.#neighbours.said(frame, text);
  }

  #hello(): Hello | null {
    const identity = this.#member.token();
    if (this.#holds.size > 0) return null;
    const { site, mode, locale } = this.#options;
    const { id, token, lastSeq, consent } = this.now;
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
      identity,
      fresh: this.#isFresh,
    };
  }

  #heard(frame: Decoded): void {
    if (frame.type === "nudge") this.#moments.answered(frame);
    if (frame.type === "error" && isIdentity(frame.code)) return this.#member.turnedAway();
    const before = this.now.id;
    this.#keeping.set(receive(this.now, frame));
    if (frame.type === "welcome") this.#welcomed(before);
    if (frame.type === "typing") {
      this.#typingOver();
      this.#typingOver = this.#world.after(PERSON_TYPING_MS, () => this.#keeping.intend({ type: "typingOver" }));
    }
    if (frame.type === "pong") this.#askedFrom = -1;
    if (!isBehind(this.now) || this.#askedFrom === this.now.lastSeq) return;
    // Once for each gap; the next pong allows another try.
    this.#askedFrom = this.now.lastSeq;
    this.#connection.resync();
  }

  #welcomed(before: string | null): void {
    this.#moments.welcomed();
    this.#member.welcomed();
    this.#isFresh = false;
    if (before !== this.now.id) this.#neighbours.here();
    // Whoever listens now has not heard how far the visitor has read.
    this.#keeping.seen = 0;
    if (this.now.isReplaying) setTimeout(() => this.#keeping.intend({ type: "caughtUp" }), REPLAY_MS);
  }
}
