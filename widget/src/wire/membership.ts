/** Who of the host page's users writes here: says hello as them, renews their token, and lets them go. */
import type { Connection } from "./connection.ts";
import type { Identity as Given } from "../host/public.ts";
import type { Identity } from "./identity.ts";
import type { Keeping } from "./keeping.ts";
import type { Holds, World } from "./kinds.ts";

/** A conversation of somebody signed in waits so long for the host page to say so again. */
const MEMBER_MS = 1500;
const TRIES = 5;
const LONGEST_TIMER_MS = 2 ** 31;

export class Membership {
  readonly #world: World;
  readonly #keeping: Keeping;
  readonly #connection: Connection;
  readonly #holds: Holds;
  #identity: Identity | null = null;
  #identified = 0;
  #identifying: Promise<void> = Promise.resolve();
  #refusals = 0;
  #cancelRenewal: () => void = () => {};
  #cancelHold: () => void = () => {};

  constructor(world: World, keeping: Keeping, connection: Connection, holds: Holds) {
    this.#world = world;
    this.#keeping = keeping;
    this.#connection = connection;
    this.#holds = holds;
    if (keeping.member === null) return;
    holds.add("identity");
    this.#cancelHold = world.after(MEMBER_MS, () => this.#nobody());
  }

  /** The host page says who of its users this is, or that it is nobody any more. */
  identify(given: Given): void {
    this.#identified += 1;
    this.#cancelHold();
    if (given === null) {
      const isKnown = this.#identity !== null || this.#keeping.member !== null;
      if (isKnown) this.#connection.drop();
      if (isKnown) this.#nobody();
      return;
    }
    this.#holds.add("identity");
    this.#identifying = this.#arrive(given, this.#identified, 0);
  }

  /** Without the part nobody can say hello as themselves: it is asked for again; the panel says that nobody can be reached. */
  async #arrive(given: Exclude<Given, null>, mine: number, tries: number): Promise<void> {
    try {
      const { Identity } = await this.#world.identity();
      if (mine !== this.#identified) return;
      this.#identity = new Identity(given, this.#world);
      void this.#renew(false);
    } catch {
      const again = (): void => {
        if (mine === this.#identified) this.#identifying = this.#arrive(given, mine, tries + 1);
      };
      this.#world.after(Math.min(30_000, 1000 * 2 ** tries), again);
    }
  }

  /** A token for other requests of the one who is signed in; null for nobody in particular. */
  async bearer(isRefused = false): Promise<string | null> {
    await this.#identifying;
    return this.#identity?.fresh(isRefused).catch(() => null) ?? null;
  }

  /** What hello carries. A token that has run out meanwhile is renewed first: hello is held until then. */
  token(): string | null {
    if (this.#identity !== null && this.#identity.leftMs <= 0 && this.#holds.size === 0) void this.#renew(false);
    return this.#identity?.token ?? null;
  }

  /** The server took whoever said hello. */
  welcomed(): void {
    this.#refusals = 0;
  }

  /** The server does not take the token: with a fresh one, else as nobody in particular. */
  turnedAway(): void {
    this.#refusals += 1;
    if (this.#identity === null || this.#refusals > 2) this.#nobody();
    else if (!this.#holds.has("identity")) void this.#renew(true);
  }

  renewInTime(): void {
    this.#cancelRenewal();
    const left = this.#identity?.leftMs ?? Infinity;
    if (left < LONGEST_TIMER_MS)
      this.#cancelRenewal = this.#world.after(Math.max(5000, left), () => void this.#renew(true));
  }

  stop(): void {
    this.#cancelRenewal();
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
      if (tries >= TRIES && this.#world.isOnline()) this.#nobody();
      else this.#world.after(Math.min(30_000, 1000 * 2 ** tries), () => void this.#renew(isRefused, tries + 1));
      return;
    }
    if (identity !== this.#identity) return;
    if (token === null) return this.#nobody();
    const { who } = identity.claims;
    if (this.#keeping.member !== null && this.#keeping.member !== who) {
      this.#connection.drop();
      this.#keeping.turnTo({});
    }
    this.#keeping.member = who;
    this.#keeping.keep();
    this.renewInTime();
    this.#holds.delete("identity");
    this.#connection.greet();
  }

  /** From now on nobody in particular, in a conversation of their own. */
  #nobody(): void {
    this.#identity = null;
    this.#keeping.member = null;
    this.#cancelRenewal();
    const hasWords = this.#connection.waiting.length > 0;
    this.#keeping.turnTo(hasWords ? { pending: this.#keeping.now.pending } : {});
    this.#holds.delete("identity");
    this.#connection.greet();
  }
}
