/** The panel: puts the parts together, and decides what a key press closes. */
import type { Conversation } from "../wire/conversation.ts";
import type { Language } from "../i18n/index.ts";
import { spoken } from "./plain.ts";
import type { Session } from "../wire/session.ts";
import { Composer } from "./composer.ts";
import { Desk } from "./desk.ts";
import { Foot } from "./foot.ts";
import { togetherIn } from "./parts.ts";
import { h } from "./dom.ts";
import type { Help } from "../help/panel.ts";
import { Header } from "./header.ts";
import { Intro } from "./intro.ts";
import { Notice } from "./notice.ts";
import type { Stage } from "./stage.ts";
import type { Together } from "./together.ts";
import { Transcript } from "./transcript.ts";

export interface PanelSetting {
  readonly words: Language;
  readonly locale: string;
  readonly language: string;
  readonly base: string;
  readonly isHelp: boolean;
  /** In the flow of the page: always there, never over anything. */
  readonly isInline: boolean;
  readonly style: (css: string) => void;
}

const FOCUSABLE = "a[href], button:not([disabled]), input, textarea, [tabindex='0']";

export class Panel {
  readonly element: HTMLElement;
  readonly stage: Stage;
  readonly #session: Session;
  readonly #setting: PanelSetting;
  readonly #close: () => void;
  readonly #header: Header;
  readonly #intro: Intro;
  readonly #transcript: Transcript;
  readonly #notice: Notice;
  readonly #composer: Composer;
  /** In help mode: the views that stand in front of the conversation. */
  help: Help | null = null;
  readonly #foot: Foot;
  readonly #desk: Desk;
  #together: Together | null = null;
  /** That part did not arrive. */
  #isBare = false;
  #around: AbortSignal | null = null;
  readonly #live = h("div", {
    class: "sr",
    role: "status",
    "aria-live": "polite",
    "aria-atomic": "true",
    part: "live",
  });

  constructor(session: Session, setting: PanelSetting, close: () => void) {
    this.#session = session;
    this.#setting = setting;
    this.#close = close;
    const { isHelp, isInline } = setting;
    const stage = (this.stage = this.#stage());
    const back = (): HTMLElement => this.#header.menuButton;
    this.#header = new Header(stage, isHelp, {
      close,
      sheet: (name) => this.#desk.open(name, back()),
      download: () => this.#desk.download(),
      rate: () => this.#desk.rate(),
      unasked: (isOff) => session.unasked(isOff),
    });
    this.#intro = new Intro(stage);
    this.#transcript = new Transcript(stage, this.#intro.element);
    this.#notice = new Notice(
      stage,
      () => session.dismiss(),
      () => session.wake(true),
    );
    this.#composer = new Composer(stage, isHelp);
    this.element = h(
      "section",
      {
        class: "panel",
        part: "panel",
        role: isInline ? "region" : "dialog",
        hidden: true,
        tabindex: "-1",
        "data-mode": isHelp ? "help" : "chat",
        keydown: (event) => this.#key(event as KeyboardEvent),
      },
      this.#header.element,
      this.#transcript.element,
      this.#notice.element,
      this.#composer.element,
      (this.#foot = new Foot(stage)).element,
      this.#live,
    );
    this.#desk = new Desk(stage, session, this.element, this.#transcript.scroller);
    this.#notice.element.before(this.#desk.missing.element);
  }

  /** What the first open did not need is fetched while nothing else happens, so that it is there offline too. */
  warm(): void {
    const idle = window.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 1000));
    idle(
      () =>
        void this.#transcript
          .fetch()
          .then(() => this.#desk.get().catch(() => undefined))
          .then(() => this.#meet()),
    );
  }

  /** Files, typing, what was missed: without it the conversation goes on all the same. */
  async #meet(): Promise<void> {
    const root = this.element.getRootNode();
    if (this.#together !== null || !(root instanceof ShadowRoot)) return;
    const found = await togetherIn(this.#setting.language).catch(() => null);
    this.#isBare = found === null;
    if (found === null || this.#together !== null) return;
    const [{ Together }, { words }] = found;
    const [host, panel] = [root.host as HTMLElement, this.element];
    const places = { host, panel, scroller: this.#transcript.scroller, input: this.#composer.input };
    this.#together = new Together(this.#session, this.stage, words, places);
    if (this.#around !== null) this.#together.listen(this.#around);
    this.update(this.#session.now, null);
  }

  /** The element stands in the page, until the signal says that it went. */
  listen(signal: AbortSignal): void {
    this.#around = signal;
    this.#together?.listen(signal);
  }

  get words(): Language {
    return this.#setting.words;
  }

  update(now: Conversation, before: Conversation | null): void {
    const { words, isHelp } = this.#setting;
    const name = now.site?.name ?? "";
    this.element.setAttribute("aria-label", isHelp ? words.helpOf(name) : words.chatWith(name));
    this.element.dataset["state"] = now.status;
    this.#header.update(now);
    this.#intro.update(now, this.#session);
    this.#notice.update(now);
    this.#composer.update(now);
    this.#foot.update(now);
    this.help?.update();
    if (!this.element.hidden) this.#transcript.update(now);
    this.#together?.update(now);
    if (before === null) return;
    if (this.#isBare && now.status === "online" && before.status !== "online") void this.#meet();
    this.#announce(now, before);
    this.#desk.ending?.update(now, before);
  }

  show(): void {
    this.element.hidden = false;
    this.#desk.ending?.returned(this.element.parentNode);
    this.#transcript.update(this.#session.now);
    if (!this.#setting.isInline) {
      this.element.setAttribute("aria-modal", String(this.#isFull));
      this.refocus();
    }
    this.warm();
  }

  /** What was said meanwhile is drawn, and the end is in sight. */
  settle(): void {
    this.#transcript.update(this.#session.now);
  }

  refocus(): void {
    if (this.help?.focus()) return;
    // On a phone the keyboard would cover what there is to read.
    const target = matchMedia("(pointer: coarse)").matches ? this.element : this.#composer.input;
    target.focus({ preventScroll: true });
  }

  hide(): void {
    this.#transcript.closeCard();
    this.#header.closeMenu();
    this.#desk.close();
    this.element.hidden = true;
    this.#desk.ending?.left(this.element.parentNode);
  }

  #stage(): Stage {
    const session = this.#session;
    const spoke = (act: () => void): void => {
      this.help?.chat();
      this.#transcript.follow();
      act();
    };
    return {
      ...this.#setting,
      privacy: () => ({ text: session.now.site?.privacy ?? "", url: session.now.site?.privacy_url ?? null }),
      say: (text) => spoke(() => session.say(text)),
      consent: () =>
        this.#desk.open("consent", (this.element.getRootNode() as ShadowRoot).activeElement as HTMLElement),
      choose: (prompt, value, label, zone) => spoke(() => session.choose(prompt, value, label, zone)),
      submit: (prompt, fields) => spoke(() => session.submit(prompt, fields)),
      rate: (turn, value, about, reason) => session.rate(turn, value, about, reason),
      refocus: () => this.refocus(),
      files: (files) => this.#together?.files(files) ?? null,
      retry: (id) => session.retry(id),
      discard: (id) => session.discard(id),
    };
  }

  /** Each whole answer is said once, when it is whole; what was there before we came is not said at all. */
  #announce(now: Conversation, before: Conversation): void {
    // Of another conversation nothing is left, for the next one at this machine neither.
    if (now.id !== before.id) this.#live.textContent = "";
    if (now.entries === before.entries) return;
    const wasDone = new Set(before.entries.filter(isWhole).map((entry) => entry.key));
    const fresh = now.entries.filter(
      (entry) =>
        isWhole(entry) &&
        !wasDone.has(entry.key) &&
        !now.isReplaying &&
        !(entry.kind === "message" && entry.message.author === "visitor"),
    );
    if (fresh.length > 0) this.#live.textContent = fresh.map((entry) => spoken(entry, this.#setting.words)).join("\n");
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.#desk.close() && !this.#header.closeMenu() && !this.#transcript.closeCard() && !this.help?.back())
        this.#close();
    }
    // Only where the panel covers the page does Tab stay inside it.
    if (event.key === "Tab" && this.#isFull) this.#wrap(event);
  }

  #wrap(event: KeyboardEvent): void {
    const all = [...this.element.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => one.offsetParent !== null);
    const [first, last] = [all[0], all.at(-1)];
    const at = (this.element.getRootNode() as ShadowRoot).activeElement;
    const target =
      event.shiftKey && (at === first || at === this.element)
        ? last
        : !event.shiftKey && at === last
          ? first
          : undefined;
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
  }

  get #isFull(): boolean {
    return !this.#setting.isInline && matchMedia("(max-width: 480px)").matches;
  }
}

function isWhole(entry: Conversation["entries"][number]): boolean {
  return entry.kind === "message" || entry.done;
}
