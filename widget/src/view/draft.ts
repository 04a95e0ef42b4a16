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
  #whose: string | null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    input: HTMLTextAreaElement,
    words: TogetherWords,
    notes: Notes,
    max: () => number,
    whose: string | null = null,
  ) {
    this.#whose = whose;
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
    const kept = readable(notes.read("draft"), whose);
    if (kept !== "" && input.value === "") this.#put(kept);
  }

  note(): void {
    clearTimeout(this.#timer);
    const { value } = this.#input;
    // A user may be another one by the time that it is read.
    this.#notes.write("draft", value && `${this.#whose ?? ""}\n${value}`);
  }

  /** Whose it is from now on. Who signs in takes their words along; the next one at this machine does not read them. */
  turnTo(whose: string | null): boolean {
    const before = this.#whose;
    this.#whose = whose;
    const isAnother = before !== null && before !== whose;
    if (isAnother) this.#put("");
    if (before !== whose) this.note();
    return isAnother;
  }

  #put(text: string): void {
    this.#input.value = text;
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
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

/** What was kept, where nobody else wrote it: behind the mark of its writer, which is empty for nobody in particular. */
function readable(kept: string | null, whose: string | null): string {
  const end = kept?.indexOf("\n") ?? -1;
  if (kept === null || end < 0) return "";
  const writer = kept.slice(0, end);
  return writer === "" || writer === whose ? kept.slice(end + 1) : "";
}
