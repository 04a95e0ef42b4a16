/** When a part did not arrive: it says so and can be asked for again; answers stand as plain words meanwhile. */
import type { ConsentLevel, Turn } from "../wire/conversation.ts";
import type { Block } from "../generated/protocol.ts";
import type { Language } from "../i18n/index.ts";
import { h, link, linked, safeUrl, type Child } from "./dom.ts";
import { blockText } from "./plain.ts";

export class Missing {
  readonly element: HTMLElement;
  isOn = false;
  readonly #button: HTMLButtonElement;
  readonly #text = h("span");
  readonly #words: Language;
  readonly #more: string;
  #again: () => void = () => {};

  /** `more` says what it means here. */
  constructor(words: Language, name: "part" | "deed", more = "") {
    this.#words = words;
    this.#more = more;
    this.#button = h("button", { type: "button", class: "inline", part: `${name}-retry`, click: () => this.#again() });
    this.element = h(
      "p",
      { class: "hint missing", part: `${name}-missing`, role: "status", hidden: true },
      this.#text,
      " ",
      this.#button,
    );
  }

  /** Under `necessary` the browser keeps nothing that would survive a reload. */
  begin(again: () => void, consent: ConsentLevel | undefined): void {
    const { partMissing, reload, reloadEnds, retry } = this.#words;
    // Twice in vain: the server has a newer version, which comes with the page.
    const isTwice = this.isOn;
    this.#again = isTwice ? () => location.reload() : again;
    this.#text.textContent = [partMissing, this.#more, isTwice && consent === "necessary" && reloadEnds]
      .filter(Boolean)
      .join(" ");
    this.#button.textContent = isTwice ? reload : retry;
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
