/** The panel's head: who is talking, a menu of what else can be done, and the way out. */
import type { Conversation } from "../wire/conversation.ts";
import { h, icon } from "./dom.ts";
import type { SheetName } from "./sheet.ts";
import type { Stage } from "./stage.ts";

export interface HeaderActions {
  close(): void;
  sheet(name: SheetName): void;
  download(): void;
  rate(): void;
  unasked(isOff: boolean): void;
}

export class Header {
  readonly element: HTMLElement;
  readonly menuButton: HTMLButtonElement;
  readonly #stage: Stage;
  readonly #isHelp: boolean;
  readonly #mark = h("span", { class: "mark", "aria-hidden": "true" });
  readonly #title = h("h1", { part: "title", dir: "auto" });
  readonly #under = h("p", { part: "presence", class: "presence" });
  readonly #menu: HTMLElement;
  readonly #unasked: HTMLElement;

  constructor(stage: Stage, isHelp: boolean, actions: HeaderActions) {
    this.#stage = stage;
    this.#isHelp = isHelp;
    const { words } = stage;
    const item = (name: Parameters<typeof icon>[0], label: string, part: string, act: () => void): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          part,
          click: () => {
            this.closeMenu();
            act();
          },
        },
        icon(name),
        label,
      );
    // It stays open: one sees what was switched.
    this.#unasked = h(
      "button",
      {
        type: "button",
        part: "menu-unasked",
        role: "switch",
        click: () => actions.unasked(this.#unasked.ariaChecked === "true"),
      },
      icon("say"),
      words.unasked,
    );
    this.#menu = h(
      "div",
      { class: "menu", part: "menu", id: "menu", hidden: true, keydown: (event) => this.#step(event as KeyboardEvent) },
      item("people", words.person, "menu-person", () => stage.say(words.personSay)),
      item("up", words.rateIt, "menu-rate", actions.rate),
      item("mail", words.mailIt, "menu-mail", () => actions.sheet("mail")),
      item("file", words.download, "menu-download", actions.download),
      h("hr"),
      item("shield", words.privacy, "menu-privacy", () => actions.sheet("consent")),
      this.#unasked,
      item("page", words.export, "menu-export", () => actions.sheet("export")),
      item("bin", words.erase, "menu-erase", () => actions.sheet("erase")),
    );
    this.menuButton = h(
      "button",
      {
        type: "button",
        class: "round",
        part: "menu-button",
        "aria-label": words.menu,
        "aria-expanded": "false",
        "aria-controls": "menu",
        click: () => this.#toggle(),
      },
      icon("more"),
    );
    const close = h(
      "button",
      { type: "button", class: "round", part: "close", "aria-label": words.close, click: actions.close },
      icon("close"),
    );
    this.element = h(
      "header",
      // The host page may have a banner of its own.
      { part: "header", role: "none" },
      this.#mark,
      h("div", { class: "names" }, this.#title, this.#under),
      this.menuButton,
      close,
      this.#menu,
    );
    this.element.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (to instanceof Node && !this.#menu.contains(to) && to !== this.menuButton) this.closeMenu();
    });
  }

  update(now: Conversation): void {
    const { words } = this.#stage;
    const name = now.site?.name ?? "";
    const isPerson = now.person !== null;
    const team = name === "" ? "" : words.teamOf(name);
    // Who speaks for the company as a whole is its team, once.
    const isTeam = isPerson && now.person === name;
    const person = isTeam ? team : now.person || words.personAuthor;
    const title = isPerson ? person : this.#isHelp ? words.help : now.site?.assistant || name;
    const under = isTeam || name === "" ? "" : isPerson ? team : words.assistantOf(name);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    if (this.#under.textContent !== under) this.#under.textContent = under;
    this.#mark.textContent = (now.person || name).slice(0, 1).toUpperCase();
    this.element.dataset["state"] = isPerson ? "person" : "assistant";
    this.#unasked.hidden = now.unaskedOff === null;
    this.#unasked.ariaChecked = String(now.unaskedOff !== true);
    const isBegun = now.entries.length > 0;
    for (const part of ["rate", "mail", "download"])
      this.#menu.querySelector<HTMLElement>(`[part=menu-${part}]`)!.hidden = !isBegun;
  }

  closeMenu(): boolean {
    if (this.#menu.hidden) return false;
    const hadFocus = this.#menu.matches(":focus-within");
    this.#menu.hidden = true;
    this.menuButton.setAttribute("aria-expanded", "false");
    if (hadFocus) this.menuButton.focus();
    return true;
  }

  #toggle(): void {
    if (this.closeMenu()) return;
    this.#menu.hidden = false;
    this.menuButton.setAttribute("aria-expanded", "true");
    this.#items[0]?.focus();
  }

  get #items(): readonly HTMLElement[] {
    return [...this.#menu.querySelectorAll<HTMLElement>("button")].filter((one) => !one.hidden);
  }

  #step(event: KeyboardEvent): void {
    const items = this.#items;
    const at = items.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[to % items.length]?.focus();
  }
}
