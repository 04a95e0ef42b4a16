/** What is being written: kept until it is sent, and counted when little room is left. */
import type { Notes } from "./attention.ts";
import { h } from "./dom.ts";
import type { TogetherWords } from "./words/together/en.ts";

/** From here on it is said how much still fits. */
const NEAR = 300;
const PAUSE_MS = 400;
const ROWS = 6;

export class Draft {
  readonly left = h("p", { class: "hint left", part: "left", "aria-live": "polite", hidden: true });
  readonly #input: HTMLTextAreaElement;
  readonly #words: TogetherWords;
  readonly #notes: Notes;
  readonly #max: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(input: HTMLTextAreaElement, words: TogetherWords, notes: Notes, max: () => number) {
    this.#input = input;
    this.#words = words;
    this.#notes = notes;
    this.#max = max;
    input.addEventListener("input", () => this.#changed());
    // Sending empties the field without an event of its own.
    input.form?.addEventListener("submit", () => queueMicrotask(() => this.#changed()));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") queueMicrotask(() => this.#changed());
    });
    const kept = notes.read("draft");
    if (kept !== null && input.value === "") {
      input.value = kept;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  note(): void {
    clearTimeout(this.#timer);
    this.#notes.write("draft", this.#input.value);
  }

  #changed(): void {
    const text = this.#input.value.trim();
    const left = this.#max() - [...text].length;
    this.left.hidden = left < 0 || left > NEAR;
    if (!this.left.hidden) this.left.textContent = this.#words.left(left);
    // Browsers that do not size a field by its words get rows.
    if (!CSS.supports("field-sizing", "content")) this.#grow();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.note(), PAUSE_MS);
  }

  #grow(): void {
    const input = this.#input;
    input.rows = 1;
    while (input.scrollHeight > input.clientHeight && input.rows < ROWS) input.rows += 1;
  }
}
