/** The source card: a citation's quoted words, marked in the passage they stand in. */
import type { Citation } from "../generated/protocol.ts";
import { h, icon, link, safeUrl } from "./dom.ts";
import { marked } from "./passage.ts";
import { dateText, type SourceStage } from "./stage.ts";
import type { AnswerWords } from "./words/answering/en.ts";

const LEAVE_MS = 180;
const GAP_PX = 6;
const LEAST_PX = 120;

export class SourceCard implements SourceStage {
  readonly element: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #words: AnswerWords;
  readonly #locale: string;
  readonly #base: string;
  #chip: HTMLElement | null = null;
  #isPinned = false;
  #isReturning = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(scroller: HTMLElement, words: AnswerWords, locale: string, base: string) {
    this.#scroller = scroller;
    this.#words = words;
    this.#locale = locale;
    this.#base = base;
    this.element = h("div", {
      class: "source-card",
      part: "source-card",
      role: "dialog",
      hidden: true,
      pointerenter: () => clearTimeout(this.#leaving),
      pointerleave: () => this.leave(),
      focusout: (event) => this.#left(event as FocusEvent),
      keydown: (event) => this.#onward(event as KeyboardEvent),
    });
  }

  peek(chip: HTMLElement, citation: Citation): void {
    // Focus that comes back from the card must not open it again.
    if (!this.#isPinned && !this.#isReturning) this.#show(chip, citation);
  }

  pin(chip: HTMLElement, citation: Citation): void {
    if (this.#isPinned && this.#chip === chip) {
      this.close();
      return;
    }
    this.#show(chip, citation);
    this.#isPinned = true;
    this.element.dataset["state"] = "pinned";
    this.element.querySelector<HTMLElement>("a, button")?.focus({ preventScroll: true });
  }

  leave(): void {
    clearTimeout(this.#leaving);
    if (!this.#isPinned) this.#leaving = setTimeout(() => this.close(), LEAVE_MS);
  }

  /** Whether there was something to close; focus goes back to the chip it came from. */
  close(): boolean {
    const chip = this.#chip;
    if (chip === null) return false;
    clearTimeout(this.#leaving);
    const hadFocus = this.element.matches(":focus-within");
    chip.removeAttribute("aria-expanded");
    this.#chip = null;
    this.#isPinned = false;
    this.element.hidden = true;
    this.#isReturning = true;
    if (hadFocus) chip.focus({ preventScroll: true });
    this.#isReturning = false;
    return true;
  }

  /** The card stands behind everything that was said: who goes on from it goes on from the chip. */
  #onward(event: KeyboardEvent): void {
    if (event.key !== "Tab" || !(event.target instanceof HTMLAnchorElement)) return;
    const passage = this.element.querySelector("blockquote");
    if (event.shiftKey && passage !== null && passage.scrollHeight > passage.clientHeight) return;
    if (event.shiftKey) event.preventDefault();
    this.close();
  }

  #left(event: FocusEvent): void {
    const to = event.relatedTarget;
    if (this.#isPinned && to instanceof Node && !this.element.contains(to) && to !== this.#chip) this.close();
  }

  #show(chip: HTMLElement, citation: Citation): void {
    clearTimeout(this.#leaving);
    if (this.#chip !== chip) {
      this.#chip?.removeAttribute("aria-expanded");
      this.#isPinned = false;
      this.#chip = chip;
      chip.setAttribute("aria-expanded", "true");
      this.element.dataset["state"] = "peek";
      this.element.setAttribute("aria-label", `${this.#words.source(citation.n)}: ${citation.title}`);
      // The quoted words are in the language of the block that cites them.
      const lang = chip.closest<HTMLElement>("[lang]")?.lang;
      this.element.replaceChildren(...this.#content(citation, lang));
    }
    this.element.hidden = false;
    this.#place(chip);
  }

  #content(citation: Citation, lang: string | undefined): (Node | string)[] {
    const words = this.#words;
    const href = safeUrl(citation.url, this.#base);
    const updated = citation.updated ? words.updated(dateText(citation.updated, this.#locale)) : "";
    const { before, quote, after } = marked(citation);
    const out = h("span", { class: "sr" }, ` (${words.newTab})`);
    return [
      h("p", { class: "title", lang, dir: "auto" }, citation.title),
      h("p", { class: "detail", lang, dir: "auto" }, citation.heading),
      h("blockquote", { lang, dir: "auto" }, before, h("mark", {}, quote), after),
      h(
        "p",
        { class: "foot" },
        href !== null && link(href, { part: "open-page" }, words.openPage, icon("out"), out),
        h("span", { class: "detail" }, updated),
      ),
    ];
  }

  /** Below the chip, or above it where there is more room; never over the chip, which waits to be pressed. */
  #place(chip: HTMLElement): void {
    const { style } = this.element;
    style.removeProperty("max-block-size");
    const view = this.#scroller.getBoundingClientRect();
    const at = chip.getBoundingClientRect();
    const below = view.bottom - at.bottom - 2 * GAP_PX;
    const above = at.top - view.top - 2 * GAP_PX;
    const isBelow = this.element.offsetHeight <= below || below >= above;
    style.setProperty("max-block-size", `${Math.max(LEAST_PX, Math.round(isBelow ? below : above))}px`);
    const top = isBelow ? at.bottom - view.top + GAP_PX : at.top - view.top - GAP_PX - this.element.offsetHeight;
    style.setProperty("inset-block-start", `${Math.max(8, Math.round(top + this.#scroller.scrollTop))}px`);
  }
}
