/** Messages that nobody asked for: whether one may be shown now, what became of it, and none any more. */
import { currentPage } from "../host/page.ts";
import type { Seen } from "../host/nudges.ts";
import type { Nudge, Nudged } from "../generated/protocol.ts";
import type { Connection } from "./connection.ts";
import { freshId } from "./ids.ts";
import type { Keeping } from "./keeping.ts";
import { isUnaskedOff, keepUnasked } from "./memory.ts";

/** Later than this the moment of a message is over. */
const NUDGE_MS = 8000;

export class Moments {
  readonly #site: string;
  readonly #keeping: Keeping;
  readonly #connection: Connection;
  readonly #asked = new Map<string, (answer: Nudged) => void>();

  constructor(site: string, keeping: Keeping, connection: Connection) {
    this.#site = site;
    this.#keeping = keeping;
    this.#connection = connection;
  }

  /** Whether a message may be shown here and now; null when the server does not say so in time. */
  mayShow(rule: string, [seconds, visits, scrolled, leaving]: Seen): Promise<Nudged | null> {
    const id = freshId();
    const answer = new Promise<Nudged | null>((resolve) => {
      this.#asked.set(id, resolve);
      setTimeout(() => resolve(null), NUDGE_MS);
    });
    const seen = { seconds, visits, scrolled: Math.min(100, Math.round(scrolled)), leaving };
    this.#connection.send({ type: "nudge", id, rule, act: "ask", page: currentPage(), ...seen });
    return answer.finally(() => this.#asked.delete(id));
  }

  answered(answer: Nudged): void {
    this.#asked.get(answer.client_id)?.(answer);
  }

  /** What became of a message. */
  nudged(rule: string, act: Exclude<Nudge["act"], "ask">): void {
    if (act === "off") this.#choose(true);
    this.#connection.send({ type: "nudge", id: freshId(), rule, act, page: currentPage() });
  }

  /** Off or on again, whatever the message. */
  unasked(isOff: boolean): void {
    this.#choose(isOff);
    this.nudged("", isOff ? "off" : "on");
  }

  /** What was chosen in this browser holds, whatever the server remembers. */
  welcomed(): void {
    if (this.#keeping.now.unaskedOff === false && isUnaskedOff(this.#site))
      this.#keeping.intend({ type: "unasked", isOff: true });
  }

  /** The choice itself is kept in the browser, or it could not hold. */
  #choose(isOff: boolean): void {
    this.#keeping.intend({ type: "unasked", isOff });
    keepUnasked(this.#site, isOff);
  }
}
