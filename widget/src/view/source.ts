/** What a citation chip asks for: its source card, which may still be on its way when it is wanted. */
import type { Citation } from "../generated/protocol.ts";
import type { SourceCard } from "./card.ts";
import type { SourceStage } from "./stage.ts";

type How = "peek" | "pin";

export class Source implements SourceStage {
  readonly #load: () => Promise<SourceCard>;
  #card: SourceCard | null = null;
  #loading: Promise<SourceCard> | null = null;
  /** The last thing that was asked for before the card was here. */
  #wish: { readonly how: How } | null = null;

  /** `load` brings the card, and puts it into the panel once. */
  constructor(load: () => Promise<SourceCard>) {
    this.#load = load;
  }

  peek(chip: HTMLElement, citation: Citation): void {
    this.#show("peek", chip, citation);
  }

  pin(chip: HTMLElement, citation: Citation): void {
    this.#show("pin", chip, citation);
  }

  leave(): void {
    // Whoever pressed wants the card, wherever the pointer or the focus went meanwhile.
    if (this.#wish?.how === "peek") this.#wish = null;
    this.#card?.leave();
  }

  /** Whether there was something to close: a card, or one that was pressed for and is not here yet. */
  close(): boolean {
    const wasPressed = this.#wish?.how === "pin";
    this.#wish = null;
    return this.#card?.close() === true || wasPressed;
  }

  #show(how: How, chip: HTMLElement, citation: Citation): void {
    // At once from the second time on: focus that returns to a chip must find the card still closing.
    if (this.#card !== null) {
      this.#card[how](chip, citation);
      return;
    }
    if (how === "peek" && this.#wish?.how === "pin") return;
    const wish = { how };
    this.#wish = wish;
    this.#loading ??= this.#load();
    this.#loading.then(
      (card) => {
        this.#card = card;
        if (this.#wish !== wish) return;
        this.#wish = null;
        card[how](chip, citation);
      },
      () => {
        this.#loading = null;
        if (this.#wish === wish) this.#wish = null;
      },
    );
  }
}
