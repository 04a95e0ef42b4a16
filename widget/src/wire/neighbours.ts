/** The visitor's other tabs: whoever comes finds the conversation of the others, and hears what is said there. */
import type { Connection } from "./connection.ts";
import { receive, type ConsentLevel, type Utterance } from "./conversation.ts";
import { freshId } from "./ids.ts";
import type { Keeping } from "./keeping.ts";
import type { Holds, World } from "./kinds.ts";
import type { Channel, Note } from "./tabs.ts";

/** Another tab answers within this, if there is one. */
const TABS_MS = 60;
/** What another tab said is ours to send when that tab is gone. */
const TAKE_OVER_MS = 10_000;

export class Neighbours {
  readonly #site: string;
  readonly #world: World;
  readonly #keeping: Keeping;
  readonly #connection: Connection;
  readonly #holds: Holds;
  #channel: Channel | null = null;
  #isAsking = false;

  constructor(site: string, world: World, keeping: Keeping, connection: Connection, holds: Holds) {
    this.#site = site;
    this.#world = world;
    this.#keeping = keeping;
    this.#connection = connection;
    this.#holds = holds;
  }

  meet(): void {
    if (this.#channel !== null) return;
    this.#channel = this.#world.channel(`frontdesk:${this.#site}`, (note) => this.#noted(note));
    if (this.#channel === null) return;
    this.#isAsking = true;
    if (this.#keeping.now.id === null) this.#holds.add("tabs");
    this.#channel.tell({ kind: "who" });
    this.#world.after(TABS_MS, () => this.#release());
  }

  part(): void {
    this.#channel?.close();
    this.#channel = null;
  }

  /** Which conversation is shown here. */
  here(): void {
    const { id, token, consent, entries } = this.#keeping.now;
    if (id === null || token === null) return;
    const { member, isDecided } = this.#keeping;
    const isBegun = entries.length > 0;
    this.#channel?.tell({ kind: "here", id, token, member, isBegun, consent: isDecided ? consent : null });
  }

  said(frame: Utterance, text: string): void {
    const { id } = this.#keeping.now;
    if (id !== null) this.#channel?.tell({ kind: "said", id, frame, text });
  }

  dropped(frame: string): void {
    this.#channel?.tell({ kind: "dropped", frame });
  }

  decided(level: ConsentLevel): void {
    this.#channel?.tell({ kind: "consent", id: this.#keeping.now.id, level });
  }

  gone(id: string): void {
    this.#channel?.tell({ kind: "gone", id });
  }

  #noted(note: Note): void {
    const { now } = this.#keeping;
    switch (note.kind) {
      case "who":
        return this.here();
      case "here":
        return this.#join(note);
      case "said":
        return this.#overheard(note);
      case "dropped":
        this.#connection.drop(note.frame);
        return this.#keeping.intend({ type: "discard", id: note.frame });
      case "gone":
        if (note.id !== now.id) return;
        this.#connection.drop();
        this.#keeping.turnTo({});
        return this.#connection.greet();
      case "consent":
        this.#keeping.decided(note.level);
        if (note.id !== now.id) this.#connection.send({ type: "consent", id: freshId(), level: note.level });
    }
  }

  /** The one who has said nothing yet joins the other; when neither has, the younger joins the older. */
  #join(note: Extract<Note, { kind: "here" }>): void {
    const { id, entries, pending } = this.#keeping.now;
    const isUntouched = entries.length === 0 && pending.length === 0;
    if (note.member !== this.#keeping.member) return this.#release();
    if (id === null || (id !== note.id && isUntouched && (note.isBegun || note.id < id))) {
      this.#keeping.turnTo({ id: note.id, token: note.token, pending });
      this.#connection.greet();
    }
    if (this.#isAsking && note.consent !== null && this.#keeping.now.id === note.id)
      this.#keeping.decided(note.consent);
    this.#isAsking = false;
    this.#release();
  }

  #overheard({ id, frame, text }: Extract<Note, { kind: "said" }>): void {
    const keeping = this.#keeping;
    const isKnown = (): boolean => keeping.now.pending.some((one) => one.frame.id === frame.id && one.problem === null);
    const isLogged = keeping.now.entries.some((one) => one.kind === "message" && one.message.client_id === frame.id);
    if (id !== keeping.now.id || isKnown() || isLogged) return;
    keeping.intend({ type: "utter", frame, text });
    if (keeping.now.status === "online")
      keeping.set(receive(keeping.now, { type: "working", seq: keeping.now.lastSeq, client_id: frame.id }));
    // The server answers an id once, whoever sends it.
    this.#world.after(TAKE_OVER_MS, () => {
      if (id === keeping.now.id && isKnown()) this.#connection.send(frame);
    });
  }

  #release(): void {
    if (this.#holds.delete("tabs") && this.#holds.size === 0) this.#connection.greet();
  }
}
