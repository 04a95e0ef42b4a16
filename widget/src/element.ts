/** `<front-desk>`: the chat widget or, with `data-mode="help"`, the help panel. */
import type { Card } from "./host/card.ts";
import { parseHex, readableShare } from "./view/colour.ts";
import type { Conversation } from "./wire/conversation.ts";
import type { Block } from "./generated/protocol.ts";
import { directionOf, spokenIn, wordsFor, written } from "./i18n/index.ts";
import type { Seen } from "./host/nudges.ts";
import { onMove } from "./host/page.ts";
import { Session } from "./wire/session.ts";
import { css } from "./view/styles.ts";
import { Panel } from "./view/panel.ts";
import { browser } from "./wire/world.ts";

/** What the element tells the host page, as the detail of one event named `frontdesk`. */
export type Told =
  | { readonly type: "open" | "close" }
  | { readonly type: "message"; readonly author: "visitor" | "person" | "assistant" }
  | { readonly type: "unread"; readonly count: number }
  | { readonly type: "meeting" | "trial" | "handoff"; readonly state: string }
  | { readonly type: "nudge"; readonly rule: string; readonly state: "shown" | "open" | "dismiss" | "off" };

export class FrontDesk extends HTMLElement {
  // The launcher may stand already: the loader made it before this class arrived.
  readonly #root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
  #session: Session | null = null;
  #panel: Panel | null = null;
  #ready: Promise<Panel> | null = null;
  readonly #styled = new Set<string>();
  #unread = 0;
  #isDrawing = false;
  #drawn: Conversation | null = null;
  #stopListening: () => void = () => {};
  /** The loader may have brought it along. */
  declare card?: Card;

  async open(): Promise<void> {
    const panel = await (this.#ready ??= this.#start());
    if (!panel.element.hidden) return;
    this.#session?.start();
    this.dataset["open"] = "";
    this.#count(0);
    panel.show();
    this.#launcher?.setAttribute("aria-expanded", "true");
    this.#session?.shown(true);
    this.#tell({ type: "open" });
  }

  close(): void {
    const panel = this.#panel;
    if (panel === null || panel.element.hidden) return;
    panel.hide();
    delete this.dataset["open"];
    this.#launcher?.setAttribute("aria-expanded", "false");
    this.#launcher?.focus({ preventScroll: true });
    this.#session?.shown(false);
    this.#tell({ type: "close" });
  }

  /** Opens and asks, as if the visitor had typed it. */
  async ask(text: string): Promise<void> {
    await this.open();
    const words = text.trim().slice(0, 4000);
    if (words !== "") this.#session?.say(words);
  }

  /** The moment of a message has come, for somebody who allowed something: the server decides. */
  async nudge(rule: string, seen: Seen): Promise<boolean> {
    const panel = await (this.#ready ??= this.#start());
    this.#session?.start();
    const answer = await this.#session?.mayShow(rule, seen);
    if (answer?.shows) this.card ??= (await import("./host/card.ts")).cardIn(this.#root);
    if (!answer?.shows || !panel.element.hidden) {
      // Nobody opened it: the line would stand there for nothing.
      if (panel.element.hidden) this.#session?.stop();
      return answer?.shows === true;
    }
    const { automatic, whyShown, showNone, close } = panel.words;
    this.#tell({ type: "nudge", rule, state: "shown" });
    this.card?.([automatic, whyShown, showNone, close], [answer.text, answer.why, answer.replies], (act, reply) => {
      if (act === "open") void this.begin(rule, reply);
      else this.#session?.nudged(rule, act);
      if (act !== "open") this.#tell({ type: "nudge", rule, state: act });
    });
    return true;
  }

  /** A message was opened: it becomes the assistant's first words, and the button that was pressed the visitor's. */
  async begin(rule: string, reply?: string): Promise<void> {
    await (this.#ready ??= this.#start());
    this.#session?.nudged(rule, "open");
    await this.open();
    if (reply !== undefined) this.#session?.say(reply);
    this.#tell({ type: "nudge", rule, state: "open" });
  }

  disconnectedCallback(): void {
    this.#stopListening();
    this.#session?.stop();
  }

  connectedCallback(): void {
    if (this.#session === null) return;
    this.#listen(this.#session);
    this.#session.start();
  }

  get #launcher(): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(".launcher");
  }

  async #start(): Promise<Panel> {
    const { site = "", origin = location.origin, mode } = this.dataset;
    // The page decides the language, the visitor's own settings how its dates and times are written.
    const wanted = this.dataset["locale"] || document.documentElement.lang || navigator.language;
    const own = navigator.languages.find((one) => one.slice(0, 2) === wanted.slice(0, 2).toLowerCase());
    const locale = this.dataset["locale"] || own || wanted;
    const isHelp = mode === "help";
    const words = await wordsFor(locale);
    const session = new Session({ site, origin, mode: isHelp ? "help" : "chat", locale }, browser, (now, before) =>
      this.#changed(now, before),
    );
    const language = spokenIn(locale);
    const style = (text: string): void => this.#style(text);
    const setting = { words, locale: written(locale), language, base: origin, isHelp, style };
    const panel = new Panel(session, setting, () => this.close());
    this.#session = session;
    this.#panel = panel;
    this.dir = directionOf(language);
    this.lang = language;
    style(css);
    this.#root.append(panel.element);
    panel.update(session.now, null);
    this.#listen(session);
    session.start();
    return panel;
  }

  #style(text: string): void {
    if (this.#styled.has(text)) return;
    this.#styled.add(text);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    this.#root.adoptedStyleSheets.push(sheet);
  }

  #listen(session: Session): void {
    this.#stopListening();
    const stop = new AbortController();
    const wake = (): void => {
      if (document.visibilityState === "visible") session.wake();
    };
    document.addEventListener("visibilitychange", wake, { signal: stop.signal });
    for (const name of ["online", "offline", "pageshow"]) window.addEventListener(name, wake, { signal: stop.signal });
    const fit = (): void =>
      this.style.setProperty("--fd-height", `${Math.round(window.visualViewport?.height ?? 0)}px`);
    // An on-screen keyboard shrinks only the visual viewport.
    window.visualViewport?.addEventListener("resize", fit, { signal: stop.signal });
    const stopMoving = onMove(() => session.visit());
    this.#stopListening = () => {
      stop.abort();
      stopMoving();
    };
  }

  #changed(now: Conversation, before: Conversation): void {
    if (now.site !== before.site) this.#paint(now.site?.accent ?? "");
    for (const told of whatHappened(now, before)) this.#tell(told);
    if (this.#panel?.element.hidden) this.#count(this.#unread + arrived(now, before));
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    this.#drawn ??= before;
    // One drawing for all frames of a moment; a hidden tab gets no animation frames.
    if (document.visibilityState === "visible") requestAnimationFrame(() => this.#draw());
    else setTimeout(() => this.#draw(), 50);
  }

  #draw(): void {
    this.#isDrawing = false;
    const before = this.#drawn;
    this.#drawn = null;
    if (this.#session !== null) this.#panel?.update(this.#session.now, before);
  }

  #paint(siteAccent: string): void {
    const own = getComputedStyle(this).getPropertyValue("--frontdesk-accent").trim();
    const accent = own || this.dataset["accent"] || siteAccent;
    const rgb = parseHex(accent);
    if (rgb === null) return;
    this.style.setProperty("--fd-accent", accent);
    this.style.setProperty("--fd-light", `${readableShare(rgb, "light")}%`);
    this.style.setProperty("--fd-dark", `${readableShare(rgb, "dark")}%`);
  }

  #count(unread: number): void {
    if (unread === this.#unread) return;
    this.#unread = unread;
    const badge = this.#root.querySelector(".badge-count");
    if (badge !== null) badge.textContent = unread === 0 ? "" : String(Math.min(unread, 99));
    this.#tell({ type: "unread", count: unread });
  }

  #tell(detail: Told): void {
    this.dispatchEvent(new CustomEvent<Told>("frontdesk", { detail, bubbles: true }));
  }
}

function arrived(now: Conversation, before: Conversation): number {
  if (now.isReplaying) return 0;
  return now.entries
    .slice(before.entries.length)
    .filter((entry) => entry.kind === "turn" || entry.message.author === "person").length;
}

function whatHappened(now: Conversation, before: Conversation): readonly Told[] {
  if (now.entries === before.entries || now.isReplaying) return [];
  const told: Told[] = now.entries.slice(before.entries.length).flatMap((entry): Told[] => {
    if (entry.kind === "turn") return [{ type: "message", author: "assistant" }];
    const { author } = entry.message;
    return author === "system" ? [] : [{ type: "message", author }];
  });
  const fresh = now.entries
    .flatMap((entry) => (entry.kind === "turn" ? entry.pieces : []))
    .filter((piece) => piece.seq > before.lastSeq);
  return [...told, ...fresh.flatMap(({ block }) => outcome(block))];
}

function outcome(block: Block): Told[] {
  return block.kind === "meeting" || block.kind === "trial" || block.kind === "handoff"
    ? [{ type: block.kind, state: block.state }]
    : [];
}
