/** What stands before the first word: greeting, who answers, starters, and what may be kept. */
import type { Conversation } from "../wire/conversation.ts";
import type { SiteFace } from "../generated/protocol.ts";
import type { Session } from "../wire/session.ts";
import { h, icon, link, safeUrl } from "./dom.ts";
import type { Stage } from "./stage.ts";

export class Intro {
  readonly element = h("section", { class: "intro", part: "intro", "data-state": "loading" });
  readonly #stage: Stage;
  #site: SiteFace | null = null;
  #starters: HTMLElement | null = null;
  #asking: HTMLElement | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
    const bones = [0, 1, 2, 3].map(() => h("span", { class: "bone" }));
    this.element.append(h("div", { class: "bones", role: "status", "aria-label": stage.words.loading }, ...bones));
  }

  update(now: Conversation, { isDecided, refuses }: Pick<Session, "isDecided" | "refuses">): void {
    if (now.site !== null && this.#site === null) this.#draw(now.site, refuses);
    const isEmpty = now.entries.length === 0 && now.pending.length === 0;
    const isAway = now.status === "away" || now.status === "offline";
    this.element.dataset["state"] = now.site === null ? (isAway ? "away" : "loading") : isEmpty ? "empty" : "begun";
    // Nothing is on its way: what is wrong stands beside the words.
    this.element.hidden = now.site === null && isAway;
    if (this.#starters !== null) this.#starters.hidden = !isEmpty;
    // What is kept and why stands here before anything is said, and the question until it is answered.
    if (this.#asking !== null) this.#asking.hidden = isDecided && !isEmpty;
  }

  #draw(site: SiteFace, refuses: boolean): void {
    this.#site = site;
    const { words } = this.#stage;
    const starters = site.starters.map((text) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", part: "starter", click: () => this.#stage.say(text) },
          h("span", {}, text),
          icon("next"),
        ),
      ),
    );
    this.#starters = h(
      "div",
      { class: "starters" },
      h("h3", {}, words.starters),
      h("ul", { class: "rows" }, ...starters),
    );
    const { text, url } = this.#stage.privacy();
    const href = url === null ? null : safeUrl(url, this.#stage.base);
    const more = h(
      "button",
      { type: "button", class: "inline", part: "consent-open", click: () => this.#stage.consent() },
      words.consentTitle,
    );
    this.#asking = h(
      "p",
      { class: "asking", part: "consent-note" },
      icon("shield"),
      h(
        "span",
        {},
        text !== "" && h("bdi", {}, text),
        " ",
        // Whose browser has answered is not asked.
        refuses ? `${words.refusedBefore} ` : `${words.necessaryHint} `,
        href !== null && link(href, {}, words.readPrivacy),
        " ",
        !refuses && more,
      ),
    );
    this.element.replaceChildren(
      h("h2", {}, site.greeting || words.greeting),
      h("p", { class: "detail", part: "disclosure" }, words.youTalkTo(site.name)),
      starters.length > 0 ? this.#starters : "",
      this.#asking,
    );
  }
}
