/** Always in sight below the composer: that an assistant answers, and the way to a person. */
import type { Conversation } from "../wire/conversation.ts";
import { h } from "./dom.ts";
import type { Stage } from "./stage.ts";

export class Foot {
  readonly element: HTMLElement;

  constructor({ words, say }: Stage) {
    const person = h(
      "button",
      { type: "button", class: "inline", part: "ask-person", click: () => say(words.personSay) },
      words.person,
    );
    this.element = h("p", { class: "under", part: "under" }, h("span", {}, words.answersByAssistant), person);
  }

  update(now: Conversation): void {
    this.element.hidden = now.person !== null;
  }
}
