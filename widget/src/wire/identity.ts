/** Who is signed in on the host page: holds the token, and gets a fresh one in time. */
import type { World } from "./kinds.ts";
import type { Identity as Given } from "../host/public.ts";

const ASKING_MS = 10_000;
/** So long before its end a token counts as over: clocks differ, and the way takes time. */
const EARLY_MS = 30_000;
/** So long a token is tried that has ended by the clock here. */
const TRUST_MS = 300_000;

interface Claims {
  readonly who: string;
  readonly endsAt: number;
}

/** What a token says, unchecked: the server checks it. */
export function claimsOf(token: string): Claims {
  try {
    const middle = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(middle), (char) => char.charCodeAt(0));
    const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown };
    return { who: hashed(String(sub ?? "")), endsAt: typeof exp === "number" ? exp * 1000 : Infinity };
  } catch {
    return { who: "", endsAt: Infinity };
  }
}

/** Enough to notice another user without keeping who it was. */
function hashed(text: string): string {
  let sum = 0x811c9dc5;
  for (const char of text) sum = Math.imul(sum ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (sum >>> 0).toString(36);
}

export class Identity {
  readonly #given: Exclude<Given, null>;
  readonly #world: World;
  #asking: Promise<string | null> | null = null;
  token = "";
  claims: Claims = { who: "", endsAt: 0 };

  constructor(given: Exclude<Given, null>, world: World) {
    this.#given = given;
    this.#world = world;
    if (typeof given === "string") this.#take(given);
  }

  /** How long the token is still good for. */
  get leftMs(): number {
    return this.claims.endsAt - EARLY_MS - this.#world.now();
  }

  /** A token that holds, null when there is none to be had; rejects when the host page could not say. */
  async fresh(isRefused = false): Promise<string | null> {
    if (this.leftMs > 0 && !isRefused) return this.token;
    if (typeof this.#given === "string") return null;
    return (this.#asking ??= this.#ask(this.#given).finally(() => (this.#asking = null)));
  }

  async #ask(given: () => Promise<string>): Promise<string | null> {
    let cancel = (): void => {};
    const tooLate = new Promise<never>((_, fail) => {
      cancel = this.#world.after(ASKING_MS, () => fail(new Error("The host page gave no token in time.")));
    });
    const said: unknown = await Promise.race([given(), tooLate]).finally(() => cancel());
    if (typeof said !== "string" || said === "") return null;
    this.#take(said);
    return said;
  }

  #take(token: string): void {
    const { who, endsAt } = claimsOf(token);
    this.token = token;
    this.claims = { who, endsAt };
    // Over as soon as it is given: rather the clock here is wrong. The server knows, and the page is not asked for ever.
    if (this.leftMs <= 0) this.claims = { who, endsAt: this.#world.now() + EARLY_MS + TRUST_MS };
  }
}
