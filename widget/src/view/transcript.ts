/** The scrolling transcript: adds what is new at its place and leaves everything else alone. */
import type { Conversation, Entry, Pending, Turn } from "../wire/conversation.ts";
import { openPrompts } from "../wire/prompts.ts";
import type { Answers, TurnView } from "./answering.ts";
import { h, icon } from "./dom.ts";
import { MessageView } from "./message.ts";
import { Missing, plainly } from "./missing.ts";
import { answersIn } from "./parts.ts";
import type { Stage } from "./stage.ts";

type View = MessageView | TurnView | { readonly element: HTMLElement };
const NEAR_PX = 48;
const AIR_PX = 16;
/** How long drawing may take at once: a long log read back must not hold up the page. */
const SLICE_MS = 16;
const MOST = 96;

export class Transcript {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  readonly #stage: Stage;
  readonly #log: HTMLElement;
  readonly #working: HTMLElement;
  readonly #latest: HTMLButtonElement;
  readonly #missing: Missing;
  readonly #views = new Map<string, View>();
  /** What draws turns, once it is here; until then the transcript waits at the first one. */
  #answers: Answers | null = null;
  #isFetching = false;
  #isBehind = false;
  /** How many fit into one slice, as the last one took. */
  #room = 12;
  #now: Conversation | null = null;
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
    this.#missing = new Missing(words, "part", words.asPlainWords);
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
      this.#missing.element,
      this.#working,
    );
    this.#latest = h(
      "button",
      { type: "button", class: "latest", part: "latest", hidden: true, click: () => this.#toEnd("smooth") },
      icon("down"),
      words.latest,
    );
    this.element = h("div", { class: "transcript" }, this.scroller, this.#latest);
    // What comes into sight gets its real height only then, and a part may arrive after its place was drawn.
    new ResizeObserver(() => this.#isFollowing && this.#toEnd("auto")).observe(this.#log);
  }

  /** Brings what draws turns; where it can not be had they stand as plain words, and can be asked for again. */
  async fetch(): Promise<void> {
    if (this.#answers !== null || this.#isFetching) return;
    this.#isFetching = true;
    try {
      const [{ Answers }, { words }] = await answersIn(this.#stage.language);
      this.#answers = new Answers(this.#stage, words, this.scroller);
      for (const [key, view] of this.#views) if (!("update" in view)) this.#drop(key, view);
      this.#missing.end();
    } catch {
      this.#missing.begin(() => void this.fetch(), this.#now?.consent);
    }
    this.#isFetching = false;
    if (this.#now !== null) this.update(this.#now);
  }

  /** Whether a source card was there to close. */
  closeCard(): boolean {
    return this.#answers?.closeCard() === true;
  }

  update(now: Conversation): void {
    const isBackOnline = now.status === "online" && this.#now?.status !== "online";
    this.#now = now;
    const open = openPrompts(now);
    const isOnline = now.status === "online" || now.status === "connecting";
    const wanted = new Set<string>();
    let place: ChildNode | null = this.#log.firstChild;
    const put = (key: string, view: View): void => {
      wanted.add(key);
      if (view.element === place) place = view.element.nextSibling;
      else this.#log.insertBefore(view.element, place);
    };
    const began = performance.now();
    const entries = this.#drawable(now, isBackOnline);
    const late = this.#late(entries);
    const said = now.pending.toSorted((one, other) => placeOf(one) - placeOf(other));
    const speak = (before: number): void => {
      while (said.length > 0 && placeOf(said[0]!) < before) {
        const one = said.shift()!;
        const view = this.#view(one.frame.id, () => new MessageView(one, this.#stage));
        if (view instanceof MessageView) view.update(one, isOnline);
        put(one.frame.id, view);
      }
    };
    for (const entry of entries) {
      speak(entry.seq);
      const view = late.has(entry) ? undefined : this.#entry(entry, now, open);
      if (view !== undefined) put(keyOf(entry), view);
    }
    speak(Infinity);
    for (const [key, view] of this.#views) if (!wanted.has(key)) this.#drop(key, view);
    this.#isBehind = late.size > 0;
    if (this.#isBehind) this.#later(began);
    this.#progress(now);
    this.#settle(now);
  }

  #later(began: number): void {
    // Only full slices tell how many fit.
    const share = SLICE_MS / Math.max(1, performance.now() - began);
    this.#room = Math.max(4, Math.min(MOST, Math.round(this.#room * Math.min(2, share))));
    setTimeout(() => this.#now !== null && this.update(this.#now));
  }

  /** The visitor spoke: their words go to the top and the answer grows below them. */
  follow(): void {
    this.#isFollowing = true;
    this.#anchor = null;
  }

  /** All that can be drawn by now: without the part for turns what stands before the first one. */
  #drawable(now: Conversation, isBackOnline: boolean): readonly Entry[] {
    if (this.#answers !== null) return now.entries;
    const first = now.entries.findIndex((entry) => entry.kind === "turn");
    if (first < 0) return now.entries;
    if (!this.#missing.isOn || isBackOnline) void this.fetch();
    return this.#missing.isOn ? now.entries : now.entries.slice(0, first);
  }

  /** What is left for the next slice: the newest are drawn first, since they are what one sees. */
  #late(entries: readonly Entry[]): ReadonlySet<Entry> {
    const late = new Set<Entry>();
    let room = this.#room;
    for (let at = entries.length - 1; at >= 0; at -= 1) {
      const entry = entries[at]!;
      if (this.#views.has(keyOf(entry))) continue;
      if (room > 0) room -= 1;
      else late.add(entry);
    }
    return late;
  }

  #entry(entry: Entry, now: Conversation, open: ReadonlySet<string>): View {
    const view = this.#view(keyOf(entry), () => {
      const fresh = entry.kind === "turn" ? this.#turn(entry) : new MessageView(entry.message, this.#stage);
      if (!now.isReplaying && !this.#isBehind) fresh.element.classList.add("fresh");
      return fresh;
    });
    if (entry.kind === "message") {
      if (view instanceof MessageView) view.update(entry.message, true);
    } else if ("update" in view) (view as TurnView).update(entry, now, open);
    else plainly(view.element, entry, this.#stage.base);
    return view;
  }

  #turn(turn: Turn): View {
    return this.#answers?.turn(turn) ?? { element: h("article", { class: "turn", "data-kind": "turn" }) };
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
    const echo = now.pending.findLast((one) => one.problem === null);
    const spoken = echo === undefined ? undefined : this.#views.get(echo.frame.id)?.element;
    if (spoken !== undefined) this.#anchor = spoken;
    if (this.#isFollowing) this.#toEnd("auto");
    else this.#scrolled();
  }

  /** Before the first word one reads from the top, however short the window. */
  get #isEmpty(): boolean {
    return this.#now === null || (this.#now.entries.length === 0 && this.#now.pending.length === 0);
  }

  /** As far down as possible without pushing the words that are being answered out of sight. */
  #toEnd(behavior: ScrollBehavior): void {
    if (this.#isEmpty) return this.#scrolled();
    const { scrollHeight, clientHeight } = this.scroller;
    const end = scrollHeight - clientHeight;
    const limit = behavior === "auto" && this.#anchor !== null ? this.#anchor.offsetTop - AIR_PX : end;
    this.scroller.scrollTo({ top: Math.min(end, limit), behavior: calm() ? "auto" : behavior });
    if (behavior === "smooth") this.#anchor = null;
  }

  #scrolled(): void {
    if (this.#isEmpty) {
      this.#isFollowing = true;
      this.#latest.hidden = true;
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const below = scrollHeight - clientHeight - scrollTop;
    // Who went on past their own words is not taken back to them.
    if (this.#anchor !== null && scrollTop > this.#anchor.offsetTop - AIR_PX + 4) this.#anchor = null;
    const isAtAnchor = this.#anchor !== null && Math.abs(this.#anchor.offsetTop - AIR_PX - scrollTop) < 4;
    this.#isFollowing = below <= NEAR_PX || isAtAnchor;
    this.#latest.hidden = below <= NEAR_PX * 2;
  }
}

const calm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What was refused stands where it was said; what is on its way stands last, yet before infinity. */
const placeOf = (one: Pending): number =>
  one.problem === null ? Number.MAX_VALUE : (one.problemAfter ?? Number.MAX_VALUE);

/** A visitor's words keep their element when the server's copy replaces the echo. */
function keyOf(entry: Entry): string {
  return entry.kind === "message" ? (entry.message.client_id ?? entry.key) : entry.key;
}
