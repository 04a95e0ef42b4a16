/** The scrolling transcript: adds what is new at its place and leaves everything else alone. */
import type { Conversation, Entry } from "../wire/conversation.ts";
import { openPrompts } from "../wire/prompts.ts";
import { h, icon } from "./dom.ts";
import { MessageView } from "./message.ts";
import type { Stage } from "./stage.ts";
import { TurnView } from "./turn.ts";

type View = MessageView | TurnView;
const NEAR_PX = 48;
const AIR_PX = 16;

export class Transcript {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  readonly #stage: Stage;
  readonly #log: HTMLElement;
  readonly #working: HTMLElement;
  readonly #latest: HTMLButtonElement;
  readonly #views = new Map<string, View>();
  #anchor: HTMLElement | null = null;
  #isFollowing = true;

  constructor(stage: Stage, intro: HTMLElement) {
    this.#stage = stage;
    const { words } = stage;
    this.#log = h("div", {
      class: "log",
      part: "log",
      role: "log",
      "aria-live": "off",
      "aria-label": words.transcript,
    });
    const bones = [0, 1, 2].map(() => h("span", { class: "bone" }));
    const dots = h("span", { class: "dots" }, h("i"), h("i"), h("i"));
    this.#working = h(
      "div",
      { class: "working", part: "working", "data-kind": "working", hidden: true },
      h("p", {}, dots, words.looking),
      h("div", { class: "bones" }, ...bones),
    );
    this.scroller = h(
      "div",
      {
        class: "scroller",
        part: "transcript",
        tabindex: "0",
        "aria-label": words.transcript,
        role: "region",
        scroll: () => this.#scrolled(),
      },
      intro,
      this.#log,
      this.#working,
    );
    this.#latest = h(
      "button",
      { type: "button", class: "latest", part: "latest", hidden: true, click: () => this.#toEnd("smooth") },
      icon("down"),
      words.latest,
    );
    this.element = h("div", { class: "transcript" }, this.scroller, this.#latest);
  }

  update(now: Conversation): void {
    const open = openPrompts(now);
    const isOnline = now.status === "online" || now.status === "connecting";
    const wanted = new Set<string>();
    let place: ChildNode | null = this.#log.firstChild;
    const put = (key: string, view: View): void => {
      wanted.add(key);
      if (view.element === place) place = view.element.nextSibling;
      else this.#log.insertBefore(view.element, place);
    };
    for (const entry of now.entries) put(keyOf(entry), this.#entry(entry, now, open));
    for (const one of now.pending) {
      const view = this.#view(one.frame.id, () => new MessageView(one, this.#stage));
      if (view instanceof MessageView) view.update(one, isOnline);
      put(one.frame.id, view);
    }
    for (const [key, view] of this.#views) if (!wanted.has(key)) this.#drop(key, view);
    this.#progress(now);
    this.#settle(now);
  }

  /** The visitor spoke: their words go to the top and the answer grows below them. */
  follow(): void {
    this.#isFollowing = true;
    this.#anchor = null;
  }

  #entry(entry: Entry, now: Conversation, open: ReadonlySet<string>): View {
    const view = this.#view(keyOf(entry), () => {
      const fresh =
        entry.kind === "turn" ? new TurnView(entry, this.#stage) : new MessageView(entry.message, this.#stage);
      if (!now.isReplaying) fresh.element.classList.add("fresh");
      return fresh;
    });
    if (view instanceof TurnView && entry.kind === "turn") view.update(entry, now, open);
    if (view instanceof MessageView && entry.kind === "message") view.update(entry.message, true);
    return view;
  }

  #view(key: string, make: () => View): View {
    const standing = this.#views.get(key);
    if (standing !== undefined) return standing;
    const view = make();
    this.#views.set(key, view);
    return view;
  }

  #drop(key: string, view: View): void {
    this.#views.delete(key);
    view.element.remove();
  }

  #progress(now: Conversation): void {
    const last = now.entries.at(-1);
    const isStreaming = last?.kind === "turn" && !last.done;
    const isWaiting = now.working && now.status === "online";
    this.#working.hidden = !isWaiting;
    this.#working.dataset["state"] = isStreaming ? "streaming" : "waiting";
    this.scroller.setAttribute("aria-busy", String(isWaiting));
  }

  #settle(now: Conversation): void {
    const echo = now.pending.at(-1);
    const spoken = echo === undefined ? undefined : this.#views.get(echo.frame.id)?.element;
    if (spoken !== undefined) this.#anchor = spoken;
    if (this.#isFollowing) this.#toEnd("auto");
    else this.#scrolled();
  }

  /** As far down as possible without pushing the words that are being answered out of sight. */
  #toEnd(behavior: ScrollBehavior): void {
    const { scrollHeight, clientHeight } = this.scroller;
    const end = scrollHeight - clientHeight;
    const limit = behavior === "auto" && this.#anchor !== null ? this.#anchor.offsetTop - AIR_PX : end;
    this.scroller.scrollTo({ top: Math.min(end, limit), behavior: calm() ? "auto" : behavior });
    if (behavior === "smooth") this.#anchor = null;
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const below = scrollHeight - clientHeight - scrollTop;
    const isAtAnchor = this.#anchor !== null && Math.abs(this.#anchor.offsetTop - AIR_PX - scrollTop) < 4;
    this.#isFollowing = below <= NEAR_PX || isAtAnchor;
    this.#latest.hidden = below <= NEAR_PX * 2;
  }
}

const calm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A visitor's words keep their element when the server's copy replaces the echo. */
function keyOf(entry: Entry): string {
  return entry.kind === "message" ? (entry.message.client_id ?? entry.key) : entry.key;
}
