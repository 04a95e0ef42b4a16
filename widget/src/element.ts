/** `<front-desk>`: the chat widget or, with `data-mode="help"`, the help panel. */
import type { Card } from "./host/card.ts";
import { parseHex, readableShare } from "./view/colour.ts";
import type { Conversation, Turn } from "./wire/conversation.ts";
import type { Block } from "./generated/protocol.ts";
import { directionOf, spokenIn, wordsFor, written } from "./i18n/index.ts";
import type { Seen } from "./host/nudges.ts";
import type { Identity, Properties, Told, Where } from "./host/public.ts";
import { onMove } from "./host/page.ts";
import { Session } from "./wire/session.ts";
import { css } from "./view/styles.ts";
import { Panel } from "./view/panel.ts";
import { browser } from "./wire/world.ts";

export class FrontDesk extends HTMLElement {
  static readonly observedAttributes = ["data-site", "data-mode", "data-locale", "data-inline", "data-accent"];
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
  #opener: Element | null = null;
  #isTurning = false;
  #given: Identity | undefined;
  // What the loader may have left here before this class arrived; a field would wipe it out.
  declare card?: Card;
  declare identity?: Identity;
  declare tracked?: readonly (readonly [name: string, properties: Properties])[];

  async open({ article }: Where = {}): Promise<void> {
    const opener = document.activeElement;
    const panel = await this.#begun();
    if (article !== undefined) panel.help?.article(article);
    if (!panel.element.hidden) return;
    // The page's own button gets the focus back; ours is inside.
    this.#opener = opener === this || opener === document.body ? null : opener;
    // Taken away meanwhile, it stays silent.
    painted(() => this.isConnected && this.#session?.start());
    this.dataset["open"] = "";
    this.#count(0);
    panel.show();
    this.#launcher?.setAttribute("aria-expanded", "true");
    this.#session?.shown(!this.#isInline);
    this.#tell({ type: "open" });
  }

  close(): void {
    const panel = this.#panel;
    if (panel === null || panel.element.hidden || this.#isInline) return;
    const hadFocus = this.matches(":focus-within");
    panel.hide();
    delete this.dataset["open"];
    this.#launcher?.setAttribute("aria-expanded", "false");
    const opener = (this.#opener?.isConnected ? this.#opener : this.#launcher) as HTMLElement | null;
    if (hadFocus) opener?.focus({ preventScroll: true });
    this.#session?.shown(false);
    this.#tell({ type: "close" });
  }

  /** Somebody missed something on an earlier page: it is said here too, and what comes now is heard. */
  async listen(): Promise<void> {
    (await this.#begun()).warm();
  }

  /** Takes along what the host page said meanwhile. What was done before anything was allowed is not told. */
  take(): void {
    const session = this.#session;
    if (session === null) return;
    if (this.identity !== undefined) session.identify((this.#given = this.identity));
    delete this.identity;
    const tracked = this.tracked ?? [];
    this.tracked = [];
    if (session.now.consent === "necessary") return;
    for (const [name, properties] of tracked) session.track(name, properties);
  }

  /** Opens and asks, as if the visitor had typed it. */
  async ask(text: string): Promise<void> {
    await this.open();
    const words = text.trim().slice(0, 4000);
    if (words !== "") this.#panel?.stage.say(words);
  }

  /** The moment of a message has come, for somebody who allowed something: the server decides. */
  async nudge(rule: string, seen: Seen): Promise<boolean> {
    const panel = await this.#begun();
    if (!this.isConnected) return false;
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
    await this.#begun();
    this.#session?.nudged(rule, "open");
    await this.open();
    if (reply !== undefined) this.#panel?.stage.say(reply);
    this.#tell({ type: "nudge", rule, state: "open" });
  }

  disconnectedCallback(): void {
    this.#stopListening();
    this.#session?.stop();
  }

  connectedCallback(): void {
    if (this.#session !== null) {
      this.#listen(this.#session);
      this.#session.start();
    } else if (this.#isInline) {
      const near = new IntersectionObserver(([seen]) => {
        if (!seen?.isIntersecting) return;
        near.disconnect();
        // Nobody asked, so nobody is told; the page's own error tracker neither.
        void this.open().catch(() => undefined);
      });
      near.observe(this);
      // The press that brought us comes before the click that opens: the words can be here by then.
    } else void wordsFor(this.#wanted).catch(() => undefined);
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (this.#ready === null || before === now || this.#isTurning) return;
    if (name === "data-accent") return this.#paint(this.#session?.now.site?.accent ?? "");
    // Once, when several change together.
    this.#isTurning = true;
    const turn = async (): Promise<void> => {
      const isOpen = "open" in this.dataset || this.#isInline;
      this.#end();
      this.#isTurning = false;
      if (isOpen) await this.open();
    };
    // What did not load says so where it was asked for.
    void this.#ready.then(turn).catch(() => (this.#isTurning = false));
  }

  get #isInline(): boolean {
    return "inline" in this.dataset;
  }

  #end(): void {
    this.disconnectedCallback();
    this.#panel?.element.remove();
    this.#session = this.#panel = this.#ready = null;
    // Whoever is signed in stays so.
    if (this.#given !== undefined) this.identity ??= this.#given;
    delete this.dataset["open"];
    this.#count(0);
  }

  get #launcher(): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(".launcher");
  }

  /** The panel, made once; what could not be fetched is asked for again the next time. */
  #begun(): Promise<Panel> {
    return (this.#ready ??= this.#start().catch((problem: unknown) => {
      this.#ready = null;
      throw problem;
    }));
  }

  get #wanted(): string {
    return this.dataset["locale"] || document.documentElement.lang || navigator.language;
  }

  async #start(): Promise<Panel> {
    const { site = "", origin = new URL(import.meta.url).origin, mode } = this.dataset;
    // The page decides the language, the visitor's own settings how its dates and times are written.
    const wanted = this.#wanted;
    const own = navigator.languages.find((one) => one.slice(0, 2) === wanted.slice(0, 2).toLowerCase());
    const locale = this.dataset["locale"] || own || wanted;
    const isHelp = mode === "help";
    // On its way while the words are.
    const part = isHelp ? import("./help/panel.ts") : null;
    const words = await wordsFor(locale);
    const session = new Session({ site, origin, mode: isHelp ? "help" : "chat", locale }, browser, (now, before) =>
      this.#changed(now, before),
    );
    const language = spokenIn(locale);
    const style = (text: string): void => this.#style(text);
    const isInline = this.#isInline;
    const setting = { words, locale: written(locale), language, base: origin, isHelp, isInline, style };
    const panel = new Panel(session, setting, () => this.close());
    this.#session = session;
    this.#panel = panel;
    this.dir = directionOf(language);
    this.lang = language;
    style(css);
    if (isInline) style((await import("./view/inline.ts")).css);
    this.#root.append(panel.element);
    panel.update(session.now, null);
    this.#count(session.missed);
    this.take();
    if (part !== null) {
      const around = { panel, talk: session, site, host: this, told: (what: Told) => this.#tell(what) };
      // Without it there is still the conversation.
      panel.help = await part.then(({ help }) => help(around)).catch(() => null);
    }
    if (this.isConnected) {
      this.#listen(session);
      painted(() => this.isConnected && session.start());
    }
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
    const { signal } = stop;
    this.#panel?.listen(signal);
    this.#panel?.help?.listen(signal);
    const wake = ({ type }: Event): void => {
      if (document.visibilityState === "visible") session.wake(type === "online");
    };
    for (const name of ["visibilitychange", "resume"]) document.addEventListener(name, wake, { signal });
    for (const name of ["online", "offline", "pageshow", "focus"]) window.addEventListener(name, wake, { signal });
    // An open line keeps a page out of the browser's memory of pages, and one that is frozen hears nothing.
    document.addEventListener("freeze", () => session.sleep(), { signal });
    window.addEventListener("pagehide", () => session.sleep(), { signal });
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
    this.#session?.miss(unread);
    this.#tell({ type: "unread", count: unread });
  }

  #tell(detail: Told): void {
    this.dispatchEvent(new CustomEvent<Told>("frontdesk", { detail, bubbles: true }));
  }
}

/** Once what stands was painted, or soon in a tab that nobody sees: the first hello asks Intl for the time zone. */
function painted(then: () => void): void {
  const late = setTimeout(then, 200);
  requestAnimationFrame(() => {
    clearTimeout(late);
    setTimeout(then);
  });
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
  // Most turns of a long log stand as they stood.
  const fresh = now.entries
    .filter((entry) => entry.kind === "turn" && (entry.pieces.at(-1)?.seq ?? 0) > before.lastSeq)
    .flatMap((entry) => (entry as Turn).pieces)
    .filter((piece) => piece.seq > before.lastSeq);
  return [...told, ...fresh.flatMap(({ block }) => outcome(block))];
}

function outcome(block: Block): Told[] {
  return block.kind === "meeting" || block.kind === "trial" || block.kind === "handoff"
    ? [{ type: block.kind, state: block.state }]
    : [];
}
