/** Asks the help API: with the reader's own token where there is one, renewed once, and nothing kept. */
import type { Check } from "./check.ts";

/** Who is reading: the session knows. */
export interface Reader {
  /** The host application's token for its user, another one where the last was refused; null for nobody in particular. */
  bearer(isRefused?: boolean): Promise<string | null>;
  /** With our own name for a visitor who is nobody in particular, once they have one. */
  readonly now: { readonly token: string | null };
}

/** `offline`, `not_found`, `too_fast`, `signed_out`, or `failed` for everything else. */
export class Trouble extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export class Api {
  readonly #base: string;
  readonly #locale: string;
  readonly #who: Reader;
  readonly #fetch: typeof fetch;
  #life = new AbortController();

  constructor(base: string, locale: string, who: Reader, send: typeof fetch = (...all) => fetch(...all)) {
    this.#base = base;
    this.#locale = locale;
    this.#who = who;
    this.#fetch = send;
  }

  /** Somebody else reads from now on: what is under way was for another's eyes, and never arrives. */
  forget(): void {
    this.#life.abort();
    this.#life = new AbortController();
  }

  async get<T>(path: string, check: Check<T>, stop?: AbortSignal): Promise<T> {
    const answer = await this.#send(path, {}, stop);
    try {
      return check(await answer.json());
    } catch {
      stop?.throwIfAborted();
      throw new Trouble("failed");
    }
  }

  async post(path: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    await this.#send(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #send(path: string, init: RequestInit, stop?: AbortSignal): Promise<Response> {
    const life = this.#life.signal;
    const signal = stop === undefined ? life : AbortSignal.any([life, stop]);
    const url = new URL(this.#base + path);
    url.searchParams.set("locale", this.#locale);
    const ask = async (token: string | null): Promise<Response> => {
      signal.throwIfAborted();
      const headers = new Headers(init.headers);
      const visitor = this.#who.now.token;
      if (token !== null) headers.set("authorization", `Bearer ${token}`);
      else if (visitor !== null) headers.set("x-frontdesk-visitor", visitor);
      try {
        return await this.#fetch(url, { ...init, headers, signal, credentials: "omit", cache: "no-store" });
      } catch {
        signal.throwIfAborted();
        // A server that is away, or lets this page in no more, is no lost network.
        throw new Trouble(navigator.onLine ? "failed" : "offline");
      }
    };
    const token = await this.#who.bearer();
    let answer = await ask(token);
    if (answer.status === 401 && token !== null) answer = await ask(await this.#who.bearer(true));
    // No longer theirs to see, however far it has come.
    signal.throwIfAborted();
    if (answer.ok) return answer;
    throw new Trouble({ 401: "signed_out", 404: "not_found", 429: "too_fast" }[answer.status] ?? "failed");
  }
}
