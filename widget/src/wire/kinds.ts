/** What the connection needs of the world outside, and what it tells of itself. */
import type { Status, Utterance } from "./conversation.ts";
import type { Decoded } from "./decode.ts";
import type { Identity } from "./identity.ts";
import type { Stream } from "./stream.ts";
import type { Channel, Note } from "./tabs.ts";
import type {
  Consent,
  Csat,
  Hello,
  MailTranscript,
  Nudge,
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
  /** The part that does without sockets; most visitors never need it. */
  http(): Promise<{ readonly Stream: typeof Stream }>;
  /** Posts and calls back with the data of each server-sent event; rejects when the answer is no success. */
  post(url: string, body: string, onData: (data: string) => void, signal: AbortSignal): Promise<void>;
  /** The part that knows of signed-in users; fetched once the host page has one. */
  identity(): Promise<{ readonly Identity: typeof Identity }>;
  /** Other tabs of the same visitor; null where there is no way to reach them. */
  channel(name: string, heard: (note: Note) => void): Channel | null;
  after(ms: number, then: () => void): () => void;
  /** The time of day: unlike timers, it goes on while the device sleeps. */
  now(): number;
  random(): number;
  isOnline(): boolean;
  isVisible(): boolean;
}

/** What has to be known before anybody says hello. */
export type Holds = Set<"tabs" | "identity">;

export interface Handlers {
  /** Null while it is not known yet who says hello; `greet` is called then. */
  hello(): Hello | null;
  heard(frame: Decoded): void;
  status(status: Status): void;
  /** The server has the frame, or says why it does not take it. */
  settled(id: string, problem: Problem | null): void;
}
