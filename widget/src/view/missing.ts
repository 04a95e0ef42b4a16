/** When what draws answers did not arrive: they stand as plain words, and it can be asked for again. */
import type { Turn } from "../wire/conversation.ts";
import type { Block } from "../generated/protocol.ts";
import type { Language } from "../i18n/index.ts";
import { h, link, linked, safeUrl, type Child } from "./dom.ts";
import { blockText } from "./plain.ts";

export class Missing {
  readonly element: HTMLElement;
  isOn = false;
  readonly #button: HTMLButtonElement;
  readonly #words: Language;
  #again: () => void;

  constructor(words: Language, again: () => void) {
    this.#words = words;
    this.#again = again;
    this.#button = h("button", { type: "button", class: "inline", part: "part-retry", click: () => this.#again() });
    this.element = h(
      "p",
      { class: "hint missing", part: "part-missing", role: "status", hidden: true },
      `${words.partMissing} `,
      this.#button,
    );
  }

  begin(): void {
    // Twice in vain: the server has a newer version, which comes with the page.
    if (this.isOn) this.#again = () => location.reload();
    this.#button.textContent = this.isOn ? this.#words.reload : this.#words.retry;
    this.isOn = true;
    this.element.hidden = false;
  }

  end(): void {
    this.isOn = false;
    this.element.hidden = true;
  }
}

/** A turn as plain words, with its addresses as links. */
export function plainly(element: HTMLElement, turn: Turn, base: string): void {
  const { pieces } = turn;
  if (element.childElementCount === pieces.length) return;
  element.dataset["turn"] = turn.key;
  element.dataset["state"] = "plain";
  element.replaceChildren(...pieces.map(({ block }) => h("p", { class: "plain", dir: "auto" }, ...plain(block, base))));
}

function plain(block: Block, base: string): Child[] {
  const pages = block.kind === "sources" ? block.citations : block.kind === "pages" ? block.pages : null;
  if (pages === null) return linked(blockText(block));
  return pages.flatMap(({ title, url }) => {
    const href = safeUrl(url, base);
    return [href === null ? title : link(href, {}, title), "\n"];
  });
}
