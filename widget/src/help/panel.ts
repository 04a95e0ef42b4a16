/** The help panel: views over each other in front of the conversation, which is one of them. */
import { h, icon, type Child } from "../view/dom.ts";
import type { Panel } from "../view/panel.ts";
import { Api } from "./api.ts";
import css from "./help.css";
import { homeView, type HomeView } from "./home.ts";
import { Part } from "../view/part.ts";
import { button, filled, glyph, openArticle, openContact, round, type Kit, type Later, type Talk } from "./kit.ts";
import { left, opened, type Stack } from "./stack.ts";
import type { HelpWords } from "./words/en.ts";
import { wordsFor } from "./words/index.ts";

export interface Around {
  readonly panel: Panel;
  readonly talk: Talk;
  readonly site: string;
  /** The `<front-desk>` on the host page. */
  readonly host: HTMLElement;
  readonly told: Kit["told"];
}

const CHAT = "chat";
/** Links in the conversation that may lead to an article of this panel. */
const SOURCES = ".source-card a, [data-kind=sources] a, [data-kind=pages] a";

const later = new Part(() => import("./later.ts"));

export class Help {
  readonly element = h("div", { class: "views", part: "help" });
  readonly #around: Around;
  readonly #kit: Kit;
  readonly #back: HTMLButtonElement;
  readonly #talk: HTMLElement;
  readonly #foot: HTMLElement;
  readonly #ask: HTMLElement;
  /** How many entries of the conversation stood there when it was last looked at. */
  #read = 0;
  /** Whose all this is; not known before the first request. */
  #whose: string | null | undefined;
  #signal: AbortSignal | null = null;
  #home: HomeView;
  #stack: Stack<HTMLElement, HTMLElement> = [];

  constructor(around: Around, said: HelpWords) {
    this.#around = around;
    const { panel, talk, site, host, told } = around;
    const { stage, element } = panel;
    stage.style(css);
    const api = new Api(`${stage.base}/v1/help/${encodeURIComponent(site)}`, stage.language, talk);
    this.#kit = {
      api,
      stage,
      said,
      more: {} as Kit["more"],
      talk,
      told,
      data: host.dataset,
      lastError: null,
      draft: "",
      open: (key, name, title, fill) =>
        this.#open(key, () => {
          const view = this.#view(name, title);
          view.append(filled(said, async () => fill(await this.#later(), view)));
          return view;
        }),
      later: () => this.#later(),
      back: () => this.back(),
      chat: () => this.chat(),
    };
    this.#talk = element.querySelector<HTMLElement>("[part=transcript]")!;
    this.#back = round("back", said.back, glyph("back"), () => this.back());
    const header = element.querySelector("header")!;
    header.prepend(this.#back);
    header.after(this.element);
    element.addEventListener("click", (event) => this.#follow(event));
    this.#ask = button(said.ask, "ask", () => this.chat(), glyph("bubble"));
    this.#foot = h(
      "div",
      { class: "foot-bar", part: "help-foot" },
      this.#ask,
      button(said.contact, "contact-open", () => openContact(this.#kit), icon("people")),
    );
    this.#home = this.#begin();
  }

  /** The element stands in the page, until the signal says that it went. */
  listen(signal: AbortSignal): void {
    this.#signal = signal;
    this.#kit.lastError = null;
    const idle = window.requestIdleCallback ?? setTimeout;
    idle(() => void this.#later().catch(() => undefined));
  }

  async #later(): Promise<Later> {
    const part = await later.get();
    const { stage } = this.#kit;
    stage.style(part.css);
    this.#kit.more = await part.wordsFor(stage.language);
    if (this.#signal !== null && this.#around.host.dataset["errors"] === "on")
      this.#kit.lastError ??= part.errors(this.#signal);
    return part;
  }

  update(): void {
    const { whose, now } = this.#around.talk;
    if (this.#whose !== undefined && this.#whose !== whose) this.#forget();
    this.#home.update();
    const { length } = now.entries;
    if (now.isReplaying || this.#top.key === CHAT || length < this.#read) this.#read = length;
    this.#ask.classList.toggle("fresh", length > this.#read);
  }

  /** Somebody else reads from now on, or nobody: nothing of what stood here stays. */
  #forget(): void {
    const { panel } = this.#around;
    // Who signs in while they talk goes on talking: it becomes their conversation.
    const isTalking = this.#top.key === CHAT && this.#whose === null;
    const hadFocus = panel.element.matches(":focus-within");
    this.#kit.api.forget();
    this.#kit.draft = "";
    this.#home = this.#begin();
    if (isTalking) this.chat();
    else if (hadFocus) this.focus();
  }

  /** Gives focus where the top view wants it; false where that is the conversation, which knows by itself. */
  focus(): boolean {
    if (this.#top.key === CHAT) return false;
    const isTouch = matchMedia("(pointer: coarse)").matches;
    // On a phone the keyboard would cover what there is to read.
    const target = this.#top.key === "home" && !isTouch ? this.#home.input : this.#top.view.querySelector("h2");
    target?.focus({ preventScroll: true });
    return true;
  }

  /** One view back; false on the first. */
  back(): boolean {
    const step = left(this.#stack);
    if (step === null) return false;
    this.#stack = step.stack;
    this.#show(this.#top.scrolled);
    const { from } = step.gone;
    if (from?.isConnected && from.offsetParent !== null) from.focus({ preventScroll: true });
    else if (!this.focus()) this.#around.panel.refocus();
    return true;
  }

  chat(): void {
    if (this.#top.key === CHAT) return;
    this.#open(CHAT, () => this.#talk);
  }

  /** Opens an article by its id, for the host page. */
  article(id: string): void {
    openArticle(this.#kit, { id, title: "" });
  }

  get #top(): Stack<HTMLElement, HTMLElement>[number] {
    return this.#stack.at(-1)!;
  }

  #begin(): HomeView {
    const { talk } = this.#around;
    this.#whose = undefined;
    const home = homeView(this.#kit, async () => {
      const isMember = (await talk.bearer()) !== null;
      this.#whose = talk.whose;
      return isMember;
    });
    const view = this.#view("home", this.#kit.said.how, ...home.children);
    this.#stack = [{ key: "home", view, from: null, scrolled: 0 }];
    this.#show(0);
    return home;
  }

  /** A heading that takes focus when the view opens, and what stands below it. */
  #view(name: string, title: string, ...children: readonly Child[]): HTMLElement {
    const heading = h("h2", { tabindex: "-1", part: "help-title" }, title);
    return h("section", { class: `view scroller ${name}`, part: "view", "data-view": name }, heading, ...children);
  }

  #open(key: string, make: () => HTMLElement): void {
    if (this.#top.key === key) return;
    const root = this.element.getRootNode() as ShadowRoot;
    const from = root.activeElement instanceof HTMLElement ? root.activeElement : null;
    this.#stack = opened(this.#stack, key, make, from, this.#top.view.scrollTop);
    this.#show(this.#top.scrolled);
    if (!this.focus()) this.#around.panel.refocus();
    this.update();
  }

  #show(scrolled: number): void {
    const { panel } = this.#around;
    const { key, view } = this.#top;
    for (const one of this.#stack) one.view.hidden = one.view !== view;
    this.#talk.hidden = false;
    const views = this.#stack.map((place) => place.view).filter((one) => one !== this.#talk);
    this.element.replaceChildren(...views, this.#foot);
    this.#back.hidden = this.#stack.length === 1;
    panel.element.dataset["view"] = key === CHAT ? CHAT : (view.dataset["view"] ?? "");
    if (key === CHAT) panel.settle();
    if (key !== CHAT || scrolled > 0) view.scrollTop = scrolled;
  }

  /** A citation's page opens here where this reader may read it here. */
  #follow(event: MouseEvent): void {
    const anchor = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
    if (anchor === null || !anchor.matches(SOURCES) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!anchor.protocol.startsWith("http")) return;
    event.preventDefault();
    const title = (anchor.closest(".source-card") ?? anchor).querySelector(".title, bdi")?.textContent ?? "";
    const { href } = anchor;
    this.#kit.open(`page ${href}`, "article", title || this.#kit.said.article, (part, view) =>
      part.page(this.#kit, view, href),
    );
  }
}

/** Rejects where the words did not arrive. */
export async function help(around: Around): Promise<Help> {
  return new Help(around, await wordsFor(around.panel.stage.language));
}
