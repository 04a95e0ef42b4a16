/** One visitor's conversation: keeps the value, the wire and the memory in step. */
import { Connection, isIdentity } from "./connection.ts";
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
import type { Contact, Hello, Nudge, Nudged, Problem, Rate, Track } from "../generated/protocol.ts";
import type { Seen } from "../host/nudges.ts";
import type { Identity as Given } from "../host/public.ts";
import type { Identity } from "./identity.ts";
import type { Kept, World } from "./kinds.ts";
import { isUnaskedOff, keepUnasked, recall, refusesTracking, remember } from "./memory.ts";
import type { Channel, Note } from "./tabs.ts";
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
/** Another tab answers within this, if there is one. */
const TABS_MS = 60;
/** What another tab said is ours to send when that tab is gone. */
const TAKE_OVER_MS = 10_000;
/** A conversation of somebody signed in waits so long for the host page to say so again. */
const MEMBER_MS = 1500;
const IDENTITY_TRIES = 5;

/** Null once the server has it, else why it does not take it; what it could not hear yet stays unresolved. */
export type Taken = Promise<Problem | null>;
export type Changed = (now: Conversation, before: Conversation) => void;

export class Session {
  /** The browser asks sites to keep nothing. */
  readonly refuses: boolean;
  readonly #options: Options;
  readonly #changed: Changed;
  readonly #connection: Connection;
  readonly #world: World;
  #now: Conversation;
  #isDecided: boolean;
  missed: number;
  #isOpen = false;
  #askedFrom = -1;
  readonly #nudges = new Map<string, (answer: Nudged) => void>();
  readonly #waiting = new Map<string, (problem: Problem | null) => void>();
  /** The conversation that was asked about, how it was. */
  #askedAbout: string | null;
  #mayType = true;
  #seen = 0;
  #tabs: Channel | null = null;
  #asksTabs = false;
  #isFresh = false;
  #identity: Identity | null = null;
  #identified = 0;
  #identifying: Promise<void> = Promise.resolve();
  /** What has to be known before anybody says hello. */
  readonly #holds = new Set<"tabs" | "identity">();
  /** Whose conversation this is, as a hash; null for nobody in particular. */
  #member: string | null;
  #refusals = 0;
  #cancelRenewal: () => void = () => {};
  #cancelHold: () => void = () => {};
  #typingOver: () => void = () => {};

  constructor(options: Options, world: World, changed: Changed) {
    this.#options = options;
    this.#changed = changed;
    this.#world = world;
    const kept = recall(options.site);
    this.missed = kept?.unread ?? 0;
    // Global Privacy Control and Do Not Track answer the question already: nothing is kept, and nobody asks.
    this.refuses = refusesTracking();
    this.#isDecided = kept !== null || this.refuses;
    this.#member = kept?.member ?? null;
    this.#askedAbout = kept?.asked ?? null;
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
    for (const one of this.#now.pending) if (one.problem === null) this.#connection.send(one.frame);
    if (this.#member !== null) {
      this.#holds.add("identity");
      this.#cancelHold = world.after(MEMBER_MS, () => this.#nobody());
    }
  }

  get now(): Conversation {
    return this.#now;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  start(): void {
    this.#meet();
    this.#renewInTime();
    this.#connection.start();
  }

  stop(): void {
    this.#part();
    this.#cancelRenewal();
    this.#connection.stop();
  }

  /** The page is frozen, or left and perhaps come back to. */
  sleep(): void {
    this.#part();
    this.#connection.sleep();
  }

  wake(isSure = false): void {
    this.#meet();
    this.#connection.wake(isSure);
  }

  /** The host page says who of its users this is, or that it is nobody any more. */
  identify(given: Given): void {
    this.#identified += 1;
    this.#cancelHold();
    if (given === null) {
      const isKnown = this.#identity !== null || this.#member !== null;
      if (isKnown) this.#connection.drop();
      if (isKnown) this.#nobody();
      return;
    }
    this.#holds.add("identity");
    const mine = this.#identified;
    this.#identifying = this.#world.identity().then(
      ({ Identity }) => {
        if (mine !== this.#identified) return;
        this.#identity = new Identity(given, this.#world);
        void this.#renew(false);
      },
      () => this.#nobody(),
    );
  }

  /** Whose conversation it is, as a mark that says no more; null for nobody in particular. */
  get whose(): string | null {
    return this.#member;
  }

  /** A token for other requests of the one who is signed in; null for nobody in particular. */
  async bearer(isRefused = false): Promise<string | null> {
    await this.#identifying;
    return this.#identity?.fresh(isRefused).catch(() => null) ?? null;
  }

  /** Goes on with another conversation of the same user, or begins one; false while words wait to be sent. */
  goTo(id: string | null): boolean {
    if (this.#now.pending.some((one) => one.problem === null)) return false;
    this.#turnTo({ id, token: this.#now.token });
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
    if (seq <= this.#seen || document.visibilityState !== "visible") return;
    this.#seen = seq;
    this.#connection.tell({ type: "seen", up_to: seq });
  }

  /** So many messages came while the panel was closed; the next page of the site shows it again. */
  miss(unread: number): void {
    this.missed = unread;
    this.#keep();
  }

  /** Whether the panel stands open, so that the next page of the site can show it again. */
  shown(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#keep();
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
    this.#intend({ type: "scored", score });
    return this.#taken({ type: "csat", id: freshId(), score, comment: comment.slice(0, 1000) });
  }

  /** Whether this conversation was asked about before, be it answered or skipped. */
  get wasAsked(): boolean {
    return this.#askedAbout !== null && this.#askedAbout === this.#now.id;
  }

  asked(): void {
    this.#askedAbout = this.#now.id;
    this.#keep();
  }

  /** Messages unasked, off or on again; the choice itself is kept in the browser, or it could not hold. */
  unasked(isOff: boolean): void {
    this.#intend({ type: "unasked", isOff });
    keepUnasked(this.#options.site, isOff);
    this.nudged("", isOff ? "off" : "on");
  }

  /** What a request about the visitor's own data carries. */
  async own(): Promise<{ readonly url: string; readonly body: Readonly<Record<string, string | null>> }> {
    const { id, token } = this.#now;
    const { site, origin } = this.#options;
    return { url: origin, body: { site, visitor_token: token, conversation: id, identity: await this.bearer() } };
  }

  /** What was said is gone at the server: here as well, and in other tabs. */
  forget(): void {
    const { id } = this.#now;
    this.#connection.drop();
    this.#turnTo({});
    this.#isFresh = true;
    this.#askedAbout = null;
    this.#keep();
    if (id !== null) this.#tabs?.tell({ kind: "gone", id });
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
    const found = this.#now.pending.find((one) => one.frame.id === id);
    if (found === undefined) return;
    this.#intend({ type: "retry", id });
    this.#connection.send(found.frame);
  }

  discard(id: string): void {
    this.#intend({ type: "discard", id });
    this.#connection.drop(id);
    this.#tabs?.tell({ kind: "dropped", frame: id });
  }

  rate(turn: string, value: Rate["value"], about: NonNullable<Rate["about"]>, reason: string): void {
    this.#intend({ type: "rated", turn, value });
    this.#connection.send({ type: "rate", id: freshId(), turn, value, about, reason });
  }

  consent(level: ConsentLevel): void {
    this.#isDecided = true;
    this.#intend({ type: "consented", level });
    this.#connection.send({ type: "consent", id: freshId(), level });
    this.#tabs?.tell({ kind: "consent", id: this.#now.id, level });
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
    if (act === "off") {
      this.#intend({ type: "unasked", isOff: true });
      keepUnasked(this.#options.site, true);
    }
    this.#connection.send({ type: "nudge", id: freshId(), rule, act, page: currentPage() });
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
    this.#intend({ type: "utter", frame, text });
    if (this.#now.id !== null) this.#tabs?.tell({ kind: "said", id: this.#now.id, frame, text });
  }

  #meet(): void {
    if (this.#tabs !== null) return;
    this.#tabs = this.#world.channel(`frontdesk:${this.#options.site}`, (note) => this.#noted(note));
    if (this.#tabs === null) return;
    this.#asksTabs = true;
    if (this.#now.id === null) this.#holds.add("tabs");
    this.#tabs.tell({ kind: "who" });
    this.#world.after(TABS_MS, () => this.#release("tabs"));
  }

  #part(): void {
    this.#tabs?.close();
    this.#tabs = null;
  }

  /** Another tab of the same visitor. */
  #noted(note: Note): void {
    const now = this.#now;
    switch (note.kind) {
      case "who":
        return this.#tellWhere();
      case "here":
        return this.#join(note);
      case "said":
        return this.#overheard(note);
      case "dropped":
        this.#connection.drop(note.frame);
        return this.#intend({ type: "discard", id: note.frame });
      case "gone":
        if (note.id !== now.id) return;
        this.#connection.drop();
        this.#turnTo({});
        return this.#connection.greet();
      case "consent":
        this.#isDecided = true;
        this.#intend({ type: "consented", level: note.level });
        if (note.id !== now.id) this.#connection.send({ type: "consent", id: freshId(), level: note.level });
        // The question is answered, even if the answer is what held anyway.
        this.#changed(this.#now, this.#now);
    }
  }

  #tellWhere(): void {
    const { id, token, consent, entries } = this.#now;
    if (id === null || token === null) return;
    const level = this.#isDecided ? consent : null;
    const isBegun = entries.length > 0;
    this.#tabs?.tell({ kind: "here", id, token, member: this.#member, isBegun, consent: level });
  }

  /** The one who has said nothing yet joins the other; when neither has, the younger joins the older. */
  #join(note: Extract<Note, { kind: "here" }>): void {
    const { id, entries, pending, consent } = this.#now;
    const isUntouched = entries.length === 0 && pending.length === 0;
    if (note.member !== this.#member) return this.#release("tabs");
    if (id === null || (id !== note.id && isUntouched && (note.isBegun || note.id < id))) {
      const words = this.#now.pending;
      this.#turnTo({ id: note.id, token: note.token });
      this.#set({ ...this.#now, pending: words });
      this.#connection.greet();
    }
    if (this.#asksTabs && note.consent !== null && this.#now.id === note.id) {
      this.#isDecided = true;
      this.#intend({ type: "consented", level: note.consent });
      if (consent === note.consent) this.#changed(this.#now, this.#now);
    }
    this.#asksTabs = false;
    this.#release("tabs");
  }

  #overheard({ id, frame, text }: Extract<Note, { kind: "said" }>): void {
    const isKnown = (): boolean => this.#now.pending.some((one) => one.frame.id === frame.id && one.problem === null);
    const isLogged = this.#now.entries.some((one) => one.kind === "message" && one.message.client_id === frame.id);
    if (id !== this.#now.id || isKnown() || isLogged) return;
    this.#intend({ type: "utter", frame, text });
    if (this.#now.status === "online")
      this.#set(receive(this.#now, { type: "working", seq: this.#now.lastSeq, client_id: frame.id }));
    // The server answers an id once, whoever sends it.
    this.#world.after(TAKE_OVER_MS, () => {
      if (id === this.#now.id && isKnown()) this.#connection.send(frame);
    });
  }

  #release(hold: "tabs" | "identity"): void {
    if (this.#holds.delete(hold) && this.#holds.size === 0) this.#connection.greet();
  }

  /** Gets a token that holds, then says hello with it. */
  async #renew(isRefused: boolean, tries = 0): Promise<void> {
    const identity = this.#identity;
    if (identity === null) return;
    this.#holds.add("identity");
    let token: string | null;
    try {
      token = await identity.fresh(isRefused);
    } catch {
      if (identity !== this.#identity) return;
      // The host's own server may be out of reach as well.
      if (tries >= IDENTITY_TRIES && this.#world.isOnline()) this.#nobody();
      else this.#world.after(Math.min(30_000, 1000 * 2 ** tries), () => void this.#renew(isRefused, tries + 1));
      return;
    }
    if (identity !== this.#identity) return;
    if (token === null) return this.#nobody();
    const { who } = identity.claims;
    if (this.#member !== null && this.#member !== who) {
      this.#connection.drop();
      this.#turnTo({});
    }
    this.#member = who;
    this.#keep();
    this.#renewInTime();
    this.#holds.delete("identity");
    this.#connection.greet();
  }

  #renewInTime(): void {
    this.#cancelRenewal();
    const left = this.#identity?.leftMs ?? Infinity;
    if (left < 2 ** 31) this.#cancelRenewal = this.#world.after(Math.max(5000, left), () => void this.#renew(true));
  }

  /** From now on nobody in particular, in a conversation of their own. */
  #nobody(): void {
    this.#identity = null;
    this.#member = null;
    this.#cancelRenewal();
    const words = this.#connection.waiting.length > 0 ? this.#now.pending : [];
    this.#turnTo({});
    if (words.length > 0) this.#set({ ...this.#now, pending: words });
    this.#holds.delete("identity");
    this.#connection.greet();
  }

  /** Another conversation is shown from here on. */
  #turnTo(known: Partial<Pick<Conversation, "id" | "token">>): void {
    const { site, status, consent, maxText, heartbeatS, files } = this.#now;
    this.#seen = 0;
    this.#set({ ...begin({ consent, ...known }), site, status, maxText, heartbeatS, files });
  }

  #hello(): Hello | null {
    if (this.#identity !== null && this.#identity.leftMs <= 0 && this.#holds.size === 0) void this.#renew(false);
    if (this.#holds.size > 0) return null;
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
      identity: this.#identity?.token ?? null,
      fresh: this.#isFresh,
    };
  }

  #heard(frame: Decoded): void {
    if (frame.type === "nudge") this.#nudges.get(frame.client_id)?.(frame);
    if (frame.type === "error" && isIdentity(frame.code)) return this.#turnedAway();
    const before = this.#now.id;
    this.#set(receive(this.#now, frame));
    if (frame.type === "welcome") {
      if (this.#now.unaskedOff === false && isUnaskedOff(this.#options.site))
        this.#intend({ type: "unasked", isOff: true });
      this.#refusals = 0;
      this.#isFresh = false;
      if (before !== this.#now.id) this.#tellWhere();
    }
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

  /** The server does not take the token: with a fresh one, else as nobody in particular. */
  #turnedAway(): void {
    this.#refusals += 1;
    if (this.#identity === null || this.#refusals > 2) this.#nobody();
    else if (!this.#holds.has("identity")) void this.#renew(true);
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
    remember(this.#options.site, {
      id,
      token,
      consent,
      pending,
      open: this.#isOpen,
      unread: this.missed,
      member: this.#member,
      asked: this.#askedAbout,
    });
  }
}

/** `randomUUID` is missing on plain-HTTP pages; random values are there everywhere. */
function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
