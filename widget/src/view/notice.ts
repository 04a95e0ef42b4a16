/** One line above the composer when the line is down or something was refused. */
import type { Conversation } from "../wire/conversation.ts";
import { h, icon, link, safeUrl } from "./dom.ts";
import { said, type Stage } from "./stage.ts";

export class Notice {
  readonly element = h("div", { class: "notice", part: "notice", role: "status", "data-state": "none" });
  readonly #stage: Stage;
  readonly #dismiss: () => void;
  readonly #again: () => void;
  #shown = "none";

  constructor(stage: Stage, dismiss: () => void, again: () => void) {
    this.#stage = stage;
    this.#dismiss = dismiss;
    this.#again = again;
  }

  update(now: Conversation): void {
    const { words } = this.#stage;
    const { status } = now;
    const isAway = status === "offline" || status === "reconnecting" || status === "away";
    const state = isAway ? status : now.problem !== null ? "error" : "none";
    const text = isAway ? words[status] : said(now.problem, words);
    if (this.#shown === state + text) return;
    this.#shown = state + text;
    this.element.dataset["state"] = state;
    const dismiss = h("button", { type: "button", class: "inline", click: this.#dismiss }, words.dismiss);
    const body = [
      state === "reconnecting" ? h("span", { class: "dots" }, h("i"), h("i"), h("i")) : icon("alert"),
      h("span", {}, text),
    ];
    const again = h("button", { type: "button", class: "inline", part: "again", click: this.#again }, words.retry);
    const page = now.site?.help_url ? safeUrl(now.site.help_url, this.#stage.base) : null;
    const help = page === null ? [] : [" ", link(page, {}, words.help)];
    this.element.replaceChildren(
      ...(state === "none" ? [] : body),
      ...(state === "error" ? [dismiss] : state === "away" ? [again, ...help] : []),
    );
  }
}
