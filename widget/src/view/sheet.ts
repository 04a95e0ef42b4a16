/** The choice of what may be kept, in the site's own words; nothing is kept before it is made. */
import type { Conversation, ConsentLevel } from "../wire/conversation.ts";
import { h, link, safeUrl } from "./dom.ts";
import type { Stage } from "./stage.ts";

export class ConsentSheet {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #decide: (level: ConsentLevel) => void;
  #back: HTMLElement | null = null;

  constructor(stage: Stage, decide: (level: ConsentLevel) => void) {
    this.#stage = stage;
    this.#decide = decide;
    this.element = h("div", {
      class: "veil",
      hidden: true,
      click: (event) => event.target === this.element && this.close(),
    });
  }

  open(now: Conversation, back: HTMLElement | null): void {
    const { words } = this.#stage;
    this.#back = back;
    const { text, url } = this.#stage.privacy();
    const href = url === null ? null : safeUrl(url, this.#stage.base);
    const option = (level: ConsentLevel, label: string, hint: string): HTMLElement =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "level", value: level, checked: now.consent === level }),
        h("span", {}, h("strong", {}, label), h("span", { class: "detail" }, hint)),
      );
    const form = h(
      "form",
      { submit: (event) => this.#submit(event) },
      h("h2", {}, words.consentTitle),
      h("p", {}, text, " ", href !== null && link(href, {}, words.readPrivacy)),
      option("necessary", words.necessary, words.necessaryHint),
      option("conversation", words.conversation, words.conversationHint),
      option("remembered", words.remembered, words.rememberedHint),
      h(
        "p",
        { class: "actions" },
        h("button", { type: "submit", class: "button primary", part: "consent-save" }, words.save),
        h("button", { type: "button", class: "button", click: () => this.close() }, words.decideLater),
      ),
    );
    const sheet = h(
      "div",
      { class: "sheet", part: "consent", role: "dialog", "aria-modal": "true", "aria-label": words.consentTitle },
      form,
    );
    this.element.replaceChildren(sheet);
    this.element.hidden = false;
    form.querySelector<HTMLElement>("input:checked")?.focus();
  }

  close(): boolean {
    if (this.element.hidden) return false;
    this.element.hidden = true;
    this.#back?.focus();
    return true;
  }

  #submit(event: Event): void {
    event.preventDefault();
    const level = new FormData(event.target as HTMLFormElement).get("level");
    if (level === "necessary" || level === "conversation" || level === "remembered") this.#decide(level);
    this.close();
  }
}
