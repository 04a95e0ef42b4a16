/** The conversation as it stands now, and what of it the browser keeps: whoever changes it does so here. */
import { begin, intend, type ConsentLevel, type Conversation, type Intent } from "./conversation.ts";
import { recall, refusesTracking, remember } from "./memory.ts";

export type Changed = (now: Conversation, before: Conversation) => void;

export class Keeping {
  /** The browser asks sites to keep nothing. */
  readonly refuses: boolean;
  /** The visitor has said what may be kept, or it was answered already. */
  isDecided: boolean;
  /** Messages that came while the panel was closed. */
  missed: number;
  /** Whose conversation this is, as a hash; null for nobody in particular. */
  member: string | null;
  /** How far whoever listens now has heard that the visitor has read. */
  seen = 0;
  readonly #site: string;
  readonly #changed: Changed;
  #now: Conversation;
  #isOpen = false;
  /** The conversation that was asked about, how it was. */
  #askedAbout: string | null;

  constructor(site: string, changed: Changed) {
    this.#site = site;
    this.#changed = changed;
    const kept = recall(site);
    this.missed = kept?.unread ?? 0;
    // Global Privacy Control and Do Not Track answer the question already: nothing is kept, and nobody asks.
    this.refuses = refusesTracking();
    this.isDecided = kept !== null || this.refuses;
    this.member = kept?.member ?? null;
    this.#askedAbout = kept?.asked ?? null;
    this.#now = begin(
      kept === null ? {} : { id: kept.id, token: kept.token, consent: kept.consent, pending: kept.pending },
    );
  }

  get now(): Conversation {
    return this.#now;
  }

  intend(intent: Intent): void {
    this.set(intend(this.#now, intent));
  }

  set(now: Conversation): void {
    const before = this.#now;
    if (now === before) return;
    this.#now = now;
    if (
      now.id !== before.id ||
      now.token !== before.token ||
      now.pending !== before.pending ||
      now.consent !== before.consent
    )
      this.keep();
    this.#changed(now, before);
  }

  /** Another conversation is shown from here on. */
  turnTo(known: Partial<Pick<Conversation, "id" | "token" | "pending">>): void {
    const { site, status, consent, maxText, heartbeatS, files } = this.#now;
    this.seen = 0;
    this.set({ ...begin({ consent, ...known }), site, status, maxText, heartbeatS, files });
  }

  /** The visitor said what may be kept, here or in another tab. */
  decided(level: ConsentLevel): void {
    this.isDecided = true;
    this.intend({ type: "consented", level });
  }

  shown(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.keep();
  }

  /** Whether this conversation was asked about before, be it answered or skipped. */
  get wasAsked(): boolean {
    return this.#askedAbout !== null && this.#askedAbout === this.#now.id;
  }

  asked(isAsked = true): void {
    this.#askedAbout = isAsked ? this.#now.id : null;
    this.keep();
  }

  keep(): void {
    const { id, token, consent, pending } = this.#now;
    remember(this.#site, {
      id,
      token,
      consent,
      pending,
      open: this.#isOpen,
      unread: this.missed,
      member: this.member,
      asked: this.#askedAbout,
    });
  }
}
