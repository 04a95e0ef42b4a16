/** What waits to reach the server, and the receipts that end the waiting. */
import type { Utterance } from "./conversation.ts";
import type { Decoded } from "./decode.ts";
import type { Kept } from "./kinds.ts";
import type { Problem } from "../generated/protocol.ts";

/** The server lets eight frames of one connection wait. */
const WINDOW = 6;

/** What is logged comes back with its id. */
const hasReceipt = (frame: Kept): frame is Utterance => ["say", "choose", "submit", "contact"].includes(frame.type);

/** Nothing that a server says: it was for a conversation that is over here. */
const DROPPED: Problem = { type: "error", seq: 0, client_id: null, code: "failed", message: "", retry_after_s: null };

/** It says nothing about what was sent, only about who sent it: with a fresh token it is sent again. */
export const isIdentity = (code: string): boolean => code.startsWith("identity_");

export class Outbox {
  readonly #settled: (id: string, problem: Problem | null) => void;
  readonly #kept = new Map<string, Kept>();
  readonly #sent = new Set<string>();
  /** What is not said has no receipt in the log; the pong to a ping sent after it is its own. */
  #unconfirmed: string[] = [];

  constructor(settled: (id: string, problem: Problem | null) => void) {
    this.#settled = settled;
  }

  get waiting(): readonly Kept[] {
    return [...this.#kept.values()];
  }

  put(frame: Kept): void {
    this.#kept.set(frame.id, frame);
    this.#sent.delete(frame.id);
  }

  /** What nobody needs to hear any more; whoever waits for it hears that it was not taken. */
  drop(only?: string): void {
    for (const id of only === undefined ? [...this.#kept.keys()] : [only]) this.#settle(id, DROPPED);
  }

  /** Hands over what may go now: in the order in which it came, and no more at once than the server lets wait. */
  empty(send: (frame: Kept) => void): void {
    for (const frame of this.#kept.values()) {
      if (this.#sent.size >= WINDOW) return;
      if (this.#sent.has(frame.id)) continue;
      this.#sent.add(frame.id);
      send(frame);
    }
  }

  /** True where a ping has to go behind the frame, for its pong is the receipt. */
  needsPong(frame: Kept): boolean {
    if (hasReceipt(frame)) return false;
    this.#unconfirmed.push(frame.id);
    return true;
  }

  /** An answered post is the receipt of what has no other. */
  posted(frame: Kept): void {
    if (!hasReceipt(frame)) this.#settle(frame.id, null);
  }

  hear(frame: Decoded): void {
    if (frame.type === "message" && frame.client_id) this.#settle(frame.client_id, null);
    if (frame.type === "error" && frame.client_id && !isIdentity(frame.code)) this.#settle(frame.client_id, frame);
    if (frame.type !== "pong") return;
    for (const id of this.#unconfirmed) this.#settle(id, null);
    this.#unconfirmed = [];
  }

  /** The line is gone: whatever has no receipt goes again over the next one. */
  again(): void {
    this.#unconfirmed = [];
    this.#sent.clear();
  }

  #settle(id: string, problem: Problem | null): void {
    this.#sent.delete(id);
    if (this.#kept.delete(id)) this.#settled(id, problem);
  }
}
