/** The part for what goes on between two who look at one conversation: files, typing, reading, and what was missed. */
import "./icons.ts";
import type { Conversation } from "../wire/conversation.ts";
import type { AttachedFile } from "../generated/protocol.ts";
import type { Session } from "../wire/session.ts";
import { Attaching, type Send } from "./attaching.ts";
import { Attention, type Notes } from "./attention.ts";
import { Draft } from "./draft.ts";
import { h } from "./dom.ts";
import { fileCard } from "./file.ts";
import type { Stage } from "./stage.ts";
import css from "./styles/together.css";
import type { TogetherWords } from "./words/together/en.ts";

/** The nodes of the panel that this part adds to. */
export interface Places {
  readonly host: HTMLElement;
  readonly panel: HTMLElement;
  readonly scroller: HTMLElement;
  readonly input: HTMLTextAreaElement;
}

export class Together {
  readonly #session: Session;
  readonly #stage: Stage;
  readonly #words: TogetherWords;
  readonly #places: Places;
  readonly #attaching: Attaching;
  readonly #attention: Attention;
  readonly #draft: Draft;
  readonly #typing = h("p", { class: "typing", part: "typing", role: "status", hidden: true });
  readonly #seen = h("span", { class: "seen", part: "seen" });
  #drawn: Conversation | null = null;

  constructor(session: Session, stage: Stage, words: TogetherWords, places: Places) {
    this.#session = session;
    this.#stage = stage;
    this.#words = words;
    this.#places = places;
    stage.style(css);
    const { host, panel, scroller, input } = places;
    const notes = new Kept(host, session);
    this.#attaching = new Attaching(stage, words, panel, input, this.#send);
    this.#attention = new Attention(host, words, notes, panel.querySelector(".menu"));
    // Some may have come before this part did.
    this.#attention.name(session.missed);
    this.#draft = new Draft(input, words, notes, () => session.now.maxText, session.whose);
    this.#seen.textContent = words.seen;
    const box = input.parentElement;
    // Behind the words, so that nothing moves that somebody may be reading or pressing.
    input.after(this.#attaching.button);
    box?.before(this.#attaching.list);
    box?.after(this.#draft.left);
    scroller.append(this.#typing);
    input.addEventListener("input", () => {
      if (input.value.trim() !== "" && session.now.person !== null) session.typing();
    });
    this.update(session.now);
  }

  /** Hears the page as long as the element stands in it. */
  listen(signal: AbortSignal): void {
    document.addEventListener("visibilitychange", () => this.#tellSeen(this.#session.now), { signal });
    window.addEventListener("pagehide", () => this.#draft.note(), { signal });
    this.#attention.listen(signal);
  }

  update(now: Conversation): void {
    // Another user at the same machine: neither words nor files of the one before.
    if (this.#draft.turnTo(this.#session.whose)) this.#attaching.clear();
    this.#attaching.update(now);
    this.#tellSeen(now);
    const before = this.#drawn;
    this.#drawn = now;
    if (before === null || now.consent !== before.consent) {
      this.#attention.note();
      this.#draft.note();
    }
    if (before === null || now.personTyping !== before.personTyping) this.#showTyping(now);
    // Drawn by the transcript in the same moment, before this.
    this.#showSeen(now);
  }

  /** The files of one message. */
  files(files: readonly AttachedFile[]): HTMLElement {
    const cards = files.map((file) => fileCard(file, this.#stage, this.#words, (id) => this.#freshUrl(id)));
    return h("div", { class: "files" }, ...cards);
  }

  #tellSeen(now: Conversation): void {
    if (!this.#places.panel.hidden) this.#session.seen(now.lastSeq);
  }

  #showTyping(now: Conversation): void {
    const name = now.personTyping;
    this.#typing.hidden = name === null;
    if (name === null) return;
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typing.replaceChildren(dots, this.#words.writing(name || this.#stage.words.personAuthor));
    const { scroller } = this.#places;
    // Who reads further up is not pulled away.
    if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120)
      scroller.scrollTop = scroller.scrollHeight;
  }

  /** Under the visitor's last words, once a person has read them; an answer says it better. */
  #showSeen(now: Conversation): void {
    const mine = now.entries.findLastIndex((entry) => entry.kind === "message" && entry.message.author === "visitor");
    const last = now.entries[mine];
    const isAnswered = now.entries
      .slice(mine + 1)
      .some((entry) => entry.kind === "message" && entry.message.author === "person");
    const isSeen = last !== undefined && now.person !== null && last.seq <= now.personSeen && !isAnswered;
    const messages = this.#places.scroller.querySelectorAll("[data-author=visitor]");
    const place = isSeen ? [...messages].at(-1)?.querySelector(".delivery") : null;
    if (!place) this.#seen.remove();
    else if (this.#seen.parentElement !== place) place.replaceChildren(this.#seen);
  }

  async #freshUrl(id: string): Promise<string | null> {
    try {
      const { base } = this.#stage;
      const answer = await fetch(`${base}/v1/files/${encodeURIComponent(id)}/link`, {
        method: "POST",
        body: this.#form(),
        headers: await this.#headers(),
        credentials: "omit",
      });
      const said = (await answer.json()) as { url?: unknown };
      return answer.ok && typeof said.url === "string" ? said.url : null;
    } catch {
      return null;
    }
  }

  /** XMLHttpRequest, as fetch does not say how far it is. */
  readonly #send: Send = (file, id, progress, done) => {
    const request = new XMLHttpRequest();
    let isStopped = false;
    const form = this.#form();
    form.append("client_id", id);
    form.append("file", file, file.name);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => done(request.status < 300 ? null : codeOf(request.responseText));
    request.onerror = request.ontimeout = () => done("network");
    void this.#headers().then((headers) => {
      if (isStopped) return;
      request.open("POST", `${this.#stage.base}/v1/files`);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.send(form);
    });
    return () => {
      isStopped = true;
      request.abort();
    };
  };

  #form(): FormData {
    const { id, token } = this.#session.now;
    const form = new FormData();
    form.append("site", this.#places.host.dataset["site"] ?? "");
    form.append("visitor_token", token ?? "");
    form.append("conversation", id ?? "");
    return form;
  }

  async #headers(): Promise<Record<string, string>> {
    const bearer = await this.#session.bearer();
    return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
  }
}

function codeOf(text: string): string {
  try {
    const said = JSON.parse(text) as { code?: unknown };
    return typeof said.code === "string" ? said.code : "failed";
  } catch {
    return "failed";
  }
}

/** In the browser as far as the visitor allowed it: nothing under `necessary`, else as long as the tab or the consent. */
class Kept implements Notes {
  readonly #host: HTMLElement;
  readonly #session: Session;

  constructor(host: HTMLElement, session: Session) {
    this.#host = host;
    this.#session = session;
  }

  #name(name: string): string {
    return `frontdesk:${this.#host.dataset["site"] ?? ""}:${name}`;
  }

  read(name: string): string | null {
    try {
      return sessionStorage.getItem(this.#name(name)) ?? localStorage.getItem(this.#name(name));
    } catch {
      return null;
    }
  }

  write(name: string, value: string): void {
    const { consent } = this.#session.now;
    try {
      // A choice such as the sound outlives the tab; words on the way to be said do not.
      const isLasting = consent === "remembered" && name === "sound";
      for (const store of [sessionStorage, localStorage]) store.removeItem(this.#name(name));
      if (value !== "" && consent !== "necessary")
        (isLasting ? localStorage : sessionStorage).setItem(this.#name(name), value);
    } catch {
      // Storage is forbidden here: it holds until the page is left.
    }
  }
}

export { css };
