/** The conversation as a value: server frames and the visitor's intents go in, a new conversation comes out. */
import type { Decoded } from "./decode.ts";
import type {
  Block,
  Choose,
  Consent,
  Contact,
  FileRules,
  MemberFace,
  Message,
  Problem,
  Say,
  SiteFace,
  Submit,
} from "../generated/protocol.ts";

export type ConsentLevel = Consent["level"];
/** `away`: the server can not be reached for longer than a hiccup. */
export type Status = "connecting" | "online" | "reconnecting" | "away" | "offline" | "refused";
/** What the visitor says, by typing, tapping or a form: each is logged as a `message`. */
export type Utterance = Say | Choose | Submit | Contact;

export interface Piece {
  readonly seq: number;
  readonly block: Block;
}
export interface Turn {
  readonly kind: "turn";
  readonly key: string;
  readonly seq: number;
  readonly at: string;
  readonly pieces: readonly Piece[];
  readonly done: boolean;
}
export interface Words {
  readonly kind: "message";
  readonly key: string;
  readonly seq: number;
  readonly message: Message;
}
export type Entry = Turn | Words;

export interface Pending {
  readonly frame: Utterance;
  /** What the transcript shows until the server's own copy arrives. */
  readonly text: string;
  readonly problem: Problem | null;
  /** The last of the log when it was refused: it stands behind that, and what is said later below it. */
  readonly problemAfter?: number;
}

type Logged = Extract<Decoded, { type: "message" | "block" | "done" | "unknown" }>;

export interface Conversation {
  readonly status: Status;
  readonly id: string | null;
  readonly token: string | null;
  readonly site: SiteFace | null;
  readonly consent: ConsentLevel;
  readonly maxText: number;
  readonly heartbeatS: number;
  readonly lastSeq: number;
  /** An earlier conversation is being read back after a page load: neither animated nor announced. */
  readonly isReplaying: boolean;
  readonly entries: readonly Entry[];
  /** Arrived ahead of a gap; applied as soon as the missing ones are here. */
  readonly held: readonly Logged[];
  readonly pending: readonly Pending[];
  readonly working: boolean;
  /** The person who is talking, when one joined; the empty string when the name is not given. */
  readonly person: string | null;
  /** The person who is writing this moment, as `person`. */
  readonly personTyping: string | null;
  /** How far a person has read; only ever rises. */
  readonly personSeen: number;
  /** The signed-in user of the host application, as the server knows them. */
  readonly member: MemberFace | null;
  /** What may be attached; null where nothing may be. */
  readonly files: FileRules | null;
  /** How the visitor rated the conversation, 5 is best; null while they did not. */
  readonly csat: number | null;
  /** Whether messages unasked are switched off; null where the site shows none. */
  readonly unaskedOff: boolean | null;
  /** Prompts answered from this page, by what was answered. */
  readonly answers: Readonly<Record<string, string>>;
  readonly ratings: Readonly<Record<string, "up" | "down">>;
  readonly problem: Problem | null;
}

export type Intent =
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "utter"; readonly frame: Utterance; readonly text: string }
  | { readonly type: "retry"; readonly id: string }
  | { readonly type: "discard"; readonly id: string }
  | { readonly type: "consented"; readonly level: ConsentLevel }
  | { readonly type: "rated"; readonly turn: string; readonly value: "up" | "down" | "none" }
  | { readonly type: "scored"; readonly score: number }
  | { readonly type: "unasked"; readonly isOff: boolean }
  | { readonly type: "caughtUp" }
  | { readonly type: "typingOver" }
  | { readonly type: "dismiss" };

export function begin(known: Partial<Pick<Conversation, "id" | "token" | "consent" | "pending">> = {}): Conversation {
  return {
    status: "connecting",
    id: null,
    token: null,
    site: null,
    consent: "necessary",
    maxText: 4000,
    heartbeatS: 25,
    lastSeq: 0,
    isReplaying: (known.id ?? null) !== null,
    entries: [],
    held: [],
    pending: [],
    working: false,
    person: null,
    personTyping: null,
    personSeen: 0,
    member: null,
    files: null,
    csat: null,
    unaskedOff: null,
    answers: {},
    ratings: {},
    problem: null,
    ...known,
  };
}

/** What the server says. Every logged frame takes effect once, in order, whatever the wire does. */
export function receive(now: Conversation, frame: Decoded): Conversation {
  switch (frame.type) {
    case "welcome":
      return welcomed(now, frame);
    case "message":
    case "block":
    case "done":
    case "unknown":
      return log(now, frame);
    case "working":
      // While a person answers, nothing is looked up.
      return { ...now, working: now.person === null, isReplaying: false };
    case "resync":
      return frame.seq < now.lastSeq ? rewind(now, frame.seq) : now;
    case "error":
      return refused(now, frame);
    case "typing":
      return { ...now, personTyping: frame.name ?? now.person ?? "" };
    case "seen":
      return frame.up_to > now.personSeen ? { ...now, personSeen: frame.up_to } : now;
    case "nudge":
    case "pong":
      return now;
  }
}

/** What the visitor does. */
export function intend(now: Conversation, intent: Intent): Conversation {
  switch (intent.type) {
    case "status":
      return now.status === intent.status ? now : { ...now, status: intent.status };
    case "utter":
      return uttered(now, intent.frame, intent.text);
    case "retry":
      return {
        ...now,
        pending: now.pending.map((one) => (one.frame.id === intent.id ? { ...one, problem: null } : one)),
      };
    case "discard":
      return { ...now, pending: now.pending.filter((one) => one.frame.id !== intent.id) };
    case "consented":
      return { ...now, consent: intent.level };
    case "rated":
      return { ...now, ratings: rated(now.ratings, intent.turn, intent.value) };
    case "scored":
      return { ...now, csat: intent.score };
    case "unasked":
      return { ...now, unaskedOff: intent.isOff };
    case "caughtUp":
      return now.isReplaying ? { ...now, isReplaying: false } : now;
    case "typingOver":
      return now.personTyping === null ? now : { ...now, personTyping: null };
    case "dismiss":
      return { ...now, problem: null };
  }
}

/** Frames are waiting for one that never came: the connection should say hello again. */
export const isBehind = (now: Conversation): boolean => now.held.length > 0;

/** The level of consent stays the visitor's own: `hello` told the server, the server does not tell us. */
function welcomed(now: Conversation, frame: Extract<Decoded, { type: "welcome" }>): Conversation {
  // Another conversation than the one we showed starts anew; a log shorter than what we have is read again.
  const isOther = now.id !== null && now.id !== frame.conversation;
  const base = isOther ? rewind(now, 0) : frame.seq < now.lastSeq ? rewind(now, frame.seq) : now;
  return {
    ...base,
    id: frame.conversation,
    token: frame.visitor_token,
    site: frame.site,
    maxText: frame.max_text_chars,
    heartbeatS: frame.heartbeat_s,
    member: frame.member ?? null,
    files: frame.files ?? null,
    csat: frame.csat ?? null,
    unaskedOff:
      frame.unasked_off === null || frame.unasked_off === undefined
        ? null
        : frame.unasked_off || now.unaskedOff === true,
    working: false,
    personTyping: null,
    personSeen: isOther ? 0 : base.personSeen,
    problem: null,
  };
}

function log(now: Conversation, frame: Logged): Conversation {
  if (frame.seq <= now.lastSeq || now.held.some((one) => one.seq === frame.seq)) return now;
  if (frame.seq > now.lastSeq + 1) return { ...now, held: [...now.held, frame] };
  let next = apply(now, frame);
  for (;;) {
    const following = next.held.find((one) => one.seq === next.lastSeq + 1);
    if (following === undefined) break;
    next = apply({ ...next, held: next.held.filter((one) => one !== following) }, following);
  }
  return next;
}

function apply(now: Conversation, frame: Logged): Conversation {
  const next = { ...now, lastSeq: frame.seq };
  switch (frame.type) {
    case "unknown":
      return next;
    case "message":
      return messaged(next, frame);
    case "block":
      return { ...withPiece(next, frame), person: frame.block.kind === "handoff" ? next.person : null };
    case "done":
      return { ...withTurn(next, frame.turn, (turn) => ({ ...turn, done: true })), working: false };
  }
}

function messaged(now: Conversation, heard: Message): Conversation {
  // A server from before files were sends none.
  const message = Array.isArray(heard.files) ? heard : { ...heard, files: [] };
  const entry: Words = { kind: "message", key: message.id, seq: message.seq, message };
  const next = { ...now, entries: [...now.entries, entry] };
  if (message.author === "visitor")
    return { ...next, pending: now.pending.filter((one) => one.frame.id !== message.client_id) };
  return {
    ...next,
    working: false,
    personTyping: null,
    person: message.author === "person" ? (message.name ?? "") : (message.name ?? null),
  };
}

function withPiece(now: Conversation, frame: Extract<Logged, { type: "block" }>): Conversation {
  const piece: Piece = { seq: frame.seq, block: frame.block };
  if (placeOf(now, frame.turn) >= 0)
    return withTurn(now, frame.turn, (turn) => ({ ...turn, pieces: [...turn.pieces, piece] }));
  const turn: Turn = { kind: "turn", key: frame.turn, seq: frame.seq, at: frame.at, pieces: [piece], done: false };
  return { ...now, entries: [...now.entries, turn] };
}

function withTurn(now: Conversation, key: string, change: (turn: Turn) => Turn): Conversation {
  const at = placeOf(now, key);
  return at < 0 ? now : { ...now, entries: now.entries.with(at, change(now.entries[at] as Turn)) };
}

/** From the end: what grows is nearly always the last one, however long the log. */
function placeOf(now: Conversation, key: string): number {
  return now.entries.findLastIndex((entry) => entry.kind === "turn" && entry.key === key);
}

function rated(before: Conversation["ratings"], turn: string, value: "up" | "down" | "none"): Conversation["ratings"] {
  const { [turn]: _, ...others } = before;
  return value === "none" ? others : { ...others, [turn]: value };
}

/** Forgets what the log no longer holds after `seq`. */
function rewind(now: Conversation, seq: number): Conversation {
  const entries = now.entries
    .filter((entry) => entry.seq <= seq)
    .map((entry) => {
      if (entry.kind === "message" || entry.pieces.every((piece) => piece.seq <= seq)) return entry;
      return { ...entry, pieces: entry.pieces.filter((piece) => piece.seq <= seq), done: false };
    });
  return { ...now, entries, lastSeq: seq, held: [], working: false };
}

function uttered(now: Conversation, frame: Utterance, text: string): Conversation {
  const answers = "prompt" in frame ? { ...now.answers, [frame.prompt]: text } : now.answers;
  return { ...now, answers, isReplaying: false, pending: [...now.pending, { frame, text, problem: null }] };
}

function refused(now: Conversation, problem: Problem): Conversation {
  const refusal = now.pending.find((one) => one.frame.id === problem.client_id);
  if (refusal === undefined) return { ...now, problem, working: false };
  const pending = now.pending.map((one) => (one === refusal ? { ...one, problem, problemAfter: now.lastSeq } : one));
  if (!("prompt" in refusal.frame)) return { ...now, pending, working: false };
  // What was picked did not count, so that it can be picked again.
  const { [refusal.frame.prompt]: _, ...answers } = now.answers;
  return { ...now, pending, answers, working: false };
}
