/** Where the visitor writes: grows with the words, sends on Enter, keeps what could not be sent. */
import type { Conversation } from "../wire/conversation.ts";
import { h, icon, set } from "./dom.ts";
import type { Stage } from "./stage.ts";

export class Composer {
  readonly element: HTMLElement;
  readonly input: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #over = h("p", { class: "error", part: "too-long", role: "status" });
  readonly #stage: Stage;
  readonly #isHelp: boolean;
  #max = 4000;

  constructor(stage: Stage, isHelp: boolean) {
    this.#stage = stage;
    this.#isHelp = isHelp;
    const { words } = stage;
    this.input = h("textarea", {
      rows: 1,
      part: "input",
      "aria-label": words.yourMessage,
      placeholder: isHelp ? words.writeHelp : words.write,
      enterkeyhint: "send",
      input: () => this.#changed(),
      keydown: (event) => this.#key(event as KeyboardEvent),
    });
    this.#send = h(
      "button",
      { type: "submit", class: "send", part: "send", "aria-label": words.send, disabled: true },
      icon("send"),
    );
    const submit = (event: Event): void => {
      event.preventDefault();
      this.#submit();
    };
    this.element = h(
      "form",
      { class: "composer", part: "composer", submit },
      h("div", { class: "box" }, this.input, this.#send),
      this.#over,
    );
  }

  update(now: Conversation): void {
    this.#max = now.maxText;
    const { words } = this.#stage;
    const hint = now.person !== null ? words.writePerson : this.#isHelp ? words.writeHelp : words.write;
    if (this.input.placeholder !== hint) this.input.placeholder = hint;
  }

  #key(event: KeyboardEvent): void {
    // While an input method composes, Enter picks a candidate; Safari says so by 229 alone.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #changed(): void {
    // Empty, it runs as its hint does.
    set(this.input, { dir: this.input.value === "" ? null : "auto" });
    const over = [...this.input.value.trim()].length - this.#max;
    this.#over.textContent = over > 0 ? this.#stage.words.tooLong(over) : "";
    set(this.#send, { disabled: this.input.value.trim() === "" || over > 0 });
  }

  #submit(): void {
    if (this.#send.disabled) return;
    this.#stage.say(this.input.value.trim());
    this.input.value = "";
    this.#changed();
  }
}
