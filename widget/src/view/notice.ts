/** One line above the composer when the line is down or something was refused. */
import type { Conversation } from "../wire/conversation.ts";
import { h, icon } from "./dom.ts";
import { said, type Stage } from "./stage.ts";

export class Notice {
  readonly element = h("div", { class: "notice", part: "notice", role: "status", "data-state": "none" });
  readonly #stage: Stage;
  readonly #dismiss: () => void;
  #shown = "none";

  constructor(stage: Stage, dismiss: () => void) {
    this.#stage = stage;
    this.#dismiss = dismiss;
  }

  update(now: Conversation): void {
    const { words } = this.#stage;
    const isAway = now.status === "offline" || now.status === "reconnecting";
    const state = isAway ? now.status : now.problem !== null ? "error" : "none";
    const text =
      state === "offline" ? words.offline : state === "reconnecting" ? words.reconnecting : said(now.problem, words);
    if (this.#shown === state + text) return;
    this.#shown = state + text;
    this.element.dataset["state"] = state;
    const dismiss = h("button", { type: "button", class: "inline", click: this.#dismiss }, words.dismiss);
    const body = [
      state === "reconnecting" ? h("span", { class: "dots" }, h("i"), h("i"), h("i")) : icon("alert"),
      h("span", {}, text),
    ];
    this.element.replaceChildren(...(state === "none" ? [] : body), ...(state === "error" ? [dismiss] : []));
  }
}
