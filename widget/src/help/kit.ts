/** What every view of the help panel is given, and the pieces that they are made of. */
import type { Session } from "../wire/session.ts";
import { h, icon, set, type Child } from "../view/dom.ts";
import type { Stage } from "../view/stage.ts";
import { Trouble, type Api } from "./api.ts";
import type { Article } from "./shapes.ts";
import type { HelpWords } from "./words/en.ts";
import type { ReadingWords } from "./words/reading/en.ts";

/** What of the session the help panel uses. */
export type Talk = Pick<Session, "now" | "whose" | "bearer" | "contact" | "goTo">;

export interface Kit {
  readonly api: Api;
  readonly stage: Stage;
  readonly said: HelpWords;
  /** There once a view behind the first one is filled. */
  more: ReadingWords;
  readonly talk: Talk;
  /** The element on the host page: what it says about the application. */
  readonly data: DOMStringMap;
  /** What went wrong last on the host page, where it may be told. */
  lastError: (() => string) | null;
  /** Words in the contact form outlive the view; not the reader. */
  draft: string;
  /** Opens a view: its heading at once, and below it what comes. */
  open(key: string, name: string, title: string, fill: Fill): void;
  later(): Promise<Later>;
  back(): void;
  chat(): void;
  /** Tells the host page; never words. */
  told(what: { type: "search"; total: number } | { type: "article"; id: string }): void;
}

/** Fills a view, from the part that is fetched after the first one. */
export type Fill = (later: Later, element: HTMLElement) => readonly Child[] | Promise<readonly Child[]>;
export type Later = typeof import("./later.ts");

const GLYPHS = {
  seek: "M11 5a6 6 0 100 12 6 6 0 000-12zM15.5 15.5L20 20",
  back: "M15 6l-6 6 6 6",
  bubble: "M5 5.5h14v11h-6.5L8.5 20v-3.5H5z",
  page: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4",
} as const;

export function glyph(name: keyof typeof GLYPHS): SVGSVGElement {
  const svg = icon("next");
  svg.removeAttribute("data-icon");
  svg.firstElementChild?.setAttribute("d", GLYPHS[name]);
  return svg;
}

export const section = (title: string, ...children: readonly Child[]): HTMLElement =>
  h("div", { class: "group" }, h("h3", {}, title), ...children);

export interface Row {
  readonly part: string;
  readonly sign?: SVGSVGElement | null;
  readonly title: string;
  readonly detail?: Child;
  readonly click: () => void;
}

export const rows = (items: readonly Row[]): HTMLElement =>
  h(
    "ul",
    { class: "rows" },
    ...items.map(({ part, sign, title, detail, click }) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", part, click },
          sign,
          h("span", { class: "about" }, h("bdi", {}, title), detail),
          icon("next"),
        ),
      ),
    ),
  );

export const round = (part: string, label: string, sign: SVGSVGElement, click: () => void): HTMLButtonElement =>
  h("button", { type: "button", class: "round", part, "aria-label": label, click }, sign);

export const small = (text: string, props: Parameters<typeof h>[1] = {}): HTMLElement =>
  h("span", { class: "detail", ...props }, text);

export const button = (label: string, part: string, click: () => void, sign?: SVGSVGElement): HTMLButtonElement =>
  h("button", { type: "button", class: "button", part, click }, sign, label);

/** A place that fills itself: bones, then what came, or what went wrong with a way to try again. */
export function filled(said: HelpWords, get: () => Promise<readonly Child[]>): HTMLElement {
  const place = h("div", { class: "fill" });
  const show = (state: string, ...children: readonly Child[]): void => {
    const hadFocus = place.matches(":focus-within");
    set(place, { "data-state": state });
    place.replaceChildren(...children.filter((one): one is Node | string => Boolean(one)));
    // The button that was pressed is gone.
    if (hadFocus) place.closest(".view")?.querySelector("h2")?.focus();
  };
  const run = (): void => {
    const bones = [0, 1, 2, 3].map(() => h("span", { class: "bone" }));
    show("loading", h("div", { class: "bones", role: "status", "aria-label": said.loading }, ...bones));
    get().then(
      (children) => show("done", ...children),
      (problem: unknown) => {
        // Dropped on purpose: somebody else reads now.
        if (problem instanceof DOMException) return;
        const code = problem instanceof Trouble ? problem.code : "failed";
        if (code === "offline") addEventListener("online", () => place.isConnected && run(), { once: true });
        const isFinal = code === "not_found" || code === "signed_out";
        const words = h("p", { role: "alert" }, icon("alert"), said.troubles[code]);
        show(code, h("div", { class: "trouble" }, words, !isFinal && button(said.retry, "retry", run)));
      },
    );
  };
  run();
  return place;
}

export const openArticle = (kit: Kit, { id, title }: Pick<Article, "id" | "title">, anchor = ""): void =>
  kit.open(`article ${id}`, "article", title || kit.said.article, (later, element) =>
    later.article(kit, element, `/articles/${encodeURIComponent(id)}`, anchor),
  );

export const openContact = (kit: Kit, words = ""): void =>
  kit.open("contact", "contact-view", kit.said.contact, (later) => later.contact(kit, words));

/** Goes on with a conversation; null begins a new one. */
export function openPast(kit: Kit, id: string | null): void {
  kit.chat();
  if (id === null || id !== kit.talk.now.id) kit.talk.goTo(id);
}

export const articleRow = (kit: Kit, article: Article): Row => ({
  part: "help-article",
  sign: glyph("page"),
  title: article.title,
  click: () => openArticle(kit, article),
});
