/** Asks once how the conversation was: when a person hands back, after a goodbye, or when an answered one is closed. */
import type { Conversation, Entry } from "../wire/conversation.ts";
import type { Session } from "../wire/session.ts";
import type { DoingStage } from "./doing-stage.ts";
import { h, icon } from "./dom.ts";

const FAREWELL_MS = 15_000;
const THANKS_MS = 2_500;
const NEAR_PX = 48;

export class Ending {
  readonly #stage: DoingStage;
  readonly #session: Session;
  readonly #place: HTMLElement;
  #card: HTMLElement | null = null;

  /** `place` is where the conversation stands: the question is put below it. */
  constructor(stage: DoingStage, session: Session, place: HTMLElement) {
    this.#stage = stage;
    this.#session = session;
    this.#place = place;
  }

  update(now: Conversation, before: Conversation): void {
    // The thanks are for the moment: what is said next stands last.
    const isSaid = now.entries !== before.entries || now.pending !== before.pending;
    if (now.id !== before.id || (isSaid && this.#card?.dataset["state"] === "done")) this.#drop();
    if (!mayAsk(now) || this.#session.wasAsked || this.#card !== null || now.isReplaying) return;
    const isBack = before.person !== null && now.person === null;
    if (isBack || (now.entries !== before.entries && isFarewell(now, this.#stage.more.bye))) this.ask();
  }

  /** Asks below what was said; also when the visitor chose to rate. */
  ask(): void {
    this.#drop();
    this.#session.asked();
    this.#card = this.#draw((isThanks) => !isThanks && this.#drop());
    const { scrollHeight, clientHeight, scrollTop } = this.#place;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    this.#place.append(this.#card);
    if (isAtEnd) this.#card.scrollIntoView({ block: "end" });
  }

  /** In the menu it is wanted: it comes into sight and takes the focus. */
  wanted(): void {
    this.ask();
    this.#card?.scrollIntoView({ block: "end" });
    this.#card?.querySelector("button")?.focus();
  }

  /** The panel was closed: a small card beside the launcher, which goes by itself and never takes the focus. */
  left(root: ParentNode | null): void {
    const now = this.#session.now;
    if (root === null || !mayAsk(now) || this.#session.wasAsked || now.person !== null || now.working) return;
    this.#session.asked();
    const card = h("div", { class: "panel farewell", part: "farewell" });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = (): void => {
      if (card.matches(":hover, :focus-within")) wait(FAREWELL_MS);
      else card.remove();
    };
    const wait = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(go, ms);
    };
    card.append(
      this.#draw((isThanks) => {
        if (isThanks) wait(THANKS_MS);
        else card.remove();
      }),
    );
    root.append(card);
    wait(FAREWELL_MS);
  }

  /** The panel is open again. */
  returned(root: ParentNode | null): void {
    root?.querySelector(".farewell")?.remove();
  }

  #drop(): void {
    this.#card?.remove();
    this.#card = null;
  }

  #draw(over: (isThanks: boolean) => void): HTMLElement {
    const { more } = this.#stage;
    const skip = (): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          class: "round skip",
          part: "csat-skip",
          "aria-label": more.csatSkip,
          title: more.csatSkip,
          click: () => {
            const hadFocus = card.matches(":focus-within");
            over(false);
            if (hadFocus && this.#place.isConnected && this.#place.offsetParent !== null) this.#stage.refocus();
          },
        },
        icon("close"),
      );
    const scores = more.csatScores.map((word, at) => this.#score(at + 1, word, () => rate(at + 1)));
    const ends = h(
      "p",
      { class: "ends detail", "aria-hidden": "true" },
      h("span", {}, more.csatScores[0]),
      h("span", {}, more.csatScores[4]),
    );
    const body = h(
      "div",
      {},
      h("div", { class: "scores", role: "group", "aria-label": more.csatTitle }, ...scores),
      ends,
    );
    const card = h(
      "section",
      { class: "csat", part: "csat", "data-state": "asking", "aria-label": more.csatTitle },
      h("div", { class: "csat-head" }, h("h3", {}, more.csatTitle), skip()),
      body,
    );
    const rate = (score: number): void => {
      void this.#session.csat(score);
      scores.forEach((one, at) => one.setAttribute("aria-pressed", String(at + 1 === score)));
      if (card.dataset["state"] === "asking")
        card.append(
          this.#comment(
            () => chosen,
            () => thank(),
          ),
        );
      card.dataset["state"] = "rated";
      chosen = score;
      ends.hidden = true;
    };
    let chosen = 0;
    const thank = (): void => {
      card.dataset["state"] = "done";
      card.replaceChildren(h("p", { role: "status", part: "csat-thanks" }, icon("check"), more.csatThanks));
      over(true);
      if (this.#place.contains(card)) this.#stage.refocus();
    };
    return card;
  }

  #score(score: number, word: string, click: () => void): HTMLElement {
    const label = this.#stage.more.csatOf(score, word);
    return h(
      "button",
      {
        type: "button",
        class: "score",
        part: "csat-score",
        "data-value": score,
        "aria-label": label,
        "aria-pressed": "false",
        title: word,
        click,
      },
      String(score),
    );
  }

  #comment(score: () => number, then: () => void): HTMLElement {
    const { more } = this.#stage;
    const input = h("textarea", {
      rows: 2,
      maxlength: 1000,
      part: "csat-comment",
      "aria-label": more.csatComment,
      placeholder: more.csatComment,
    });
    const submit = (event: Event): void => {
      event.preventDefault();
      if (input.value.trim() !== "") void this.#session.csat(score(), input.value.trim());
      then();
    };
    return h(
      "form",
      { class: "csat-comment", submit },
      input,
      h("button", { type: "submit", class: "button", part: "csat-send" }, more.csatSend),
    );
  }
}

/** Something was answered, and nobody has said yet how it was. */
export function mayAsk(now: Conversation): boolean {
  return now.csat === null && now.entries.some(isAnswer) && now.entries.some(isVisitors);
}

const isVisitors = (entry: Entry): boolean => entry.kind === "message" && entry.message.author === "visitor";

function isAnswer(entry: Entry): boolean {
  if (entry.kind === "message") return entry.message.author === "person";
  return entry.done && entry.pieces.some(({ block }) => block.kind === "sources" || block.kind === "meeting");
}

/** The last words were thanks or a goodbye, and they were answered. */
export function isFarewell(now: Conversation, bye: RegExp): boolean {
  const last = now.entries.at(-1);
  const spoken = now.entries.findLast(isVisitors);
  if (last === undefined || now.pending.length > 0 || spoken?.kind !== "message") return false;
  return last.kind === "turn" && last.done && bye.test(spoken.message.text);
}
