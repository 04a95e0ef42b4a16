/** Words of the visitor, of a person, or a system line; a visitor's words stand before the server has them. */
import type { Pending } from "../wire/conversation.ts";
import type { Message } from "../generated/protocol.ts";
import { h, linked } from "./dom.ts";
import { said, timeText, type Stage } from "./stage.ts";

export class MessageView {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #state = h("p", { class: "delivery", part: "delivery" });
  readonly #time = h("time", { class: "time" });
  readonly #words: HTMLElement;
  #shown: Pending | Message | null = null;
  #isWhole = true;

  constructor(of: Pending | Message, stage: Stage) {
    this.#stage = stage;
    const author = "author" in of ? of.author : "visitor";
    const name = "author" in of && of.author === "person" ? (of.name ?? stage.words.personAuthor) : null;
    const files = "author" in of ? (of.files ?? []) : [];
    this.#isWhole = files.length === 0;
    const text = of.text || files.map((file) => file.name).join(", ");
    this.#words = h("div", { class: "words", part: `message ${author}`, dir: "auto" }, ...linked(text));
    const who =
      name === null
        ? h("span", { class: "sr" }, author === "visitor" ? stage.words.you : "")
        : h("p", { class: "author" }, h("bdi", {}, name));
    this.element = h(
      "article",
      { class: `message ${author}`, "data-kind": "message", "data-author": author },
      who,
      this.#words,
      this.#time,
      this.#state,
    );
    this.update(of, true);
  }

  update(of: Pending | Message, isOnline: boolean): void {
    if (!this.#isWhole && "author" in of) this.#drawFiles(of);
    const state = "author" in of ? "sent" : of.problem !== null ? "failed" : isOnline ? "sending" : "queued";
    if (this.#shown === of && this.element.dataset["state"] === state) return;
    this.#shown = of;
    this.element.dataset["state"] = state;
    if ("author" in of) {
      this.#time.dateTime = of.at;
      this.#time.textContent = timeText(of.at, this.#stage.locale);
    }
    this.#state.replaceChildren(...("author" in of ? [] : this.#delivery(of, state)));
  }

  /** As soon as the part for it is here; until then the names stand as words. */
  #drawFiles(of: Message): void {
    const cards = this.#stage.files(of.files ?? []);
    if (cards === null) return;
    this.#isWhole = true;
    if (of.text === "") this.#words.replaceWith(cards);
    else this.#words.after(cards);
  }

  #delivery(of: Pending, state: string): (Node | string)[] {
    const { words } = this.#stage;
    if (state === "queued") return [words.queued];
    if (state === "sending") return [h("span", { class: "sr" }, words.sending)];
    const button = (label: string, part: string, click: () => void): HTMLElement =>
      h("button", { type: "button", class: "inline", part, click }, label);
    return [
      `${words.notSent} ${said(of.problem, words)} `,
      button(words.retry, "retry", () => this.#stage.retry(of.frame.id)),
      " ",
      button(words.discard, "discard", () => this.#stage.discard(of.frame.id)),
    ];
  }
}
