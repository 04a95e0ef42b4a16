/** The panel's head: who is talking, a menu in which a person is always reachable, and the way out. */
import type { Conversation } from "../wire/conversation.ts";
import { h, icon } from "./dom.ts";
import type { Stage } from "./stage.ts";

export interface HeaderActions {
  close(): void;
  consent(): void;
  download(): void;
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
    this.#menu = h(
      "div",
      { class: "menu", part: "menu", id: "menu", hidden: true },
      item("people", words.person, "menu-person", () => stage.say(words.personSay)),
      item("shield", words.privacy, "menu-privacy", actions.consent),
      item("file", words.download, "menu-download", actions.download),
      item("bin", words.erase, "menu-erase", () => stage.say(words.eraseSay)),
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
    const title = isPerson ? now.person || words.personAuthor : this.#isHelp ? words.help : now.site?.assistant || name;
    const under = name === "" ? "" : isPerson ? words.teamOf(name) : words.assistantOf(name);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    if (this.#under.textContent !== under) this.#under.textContent = under;
    this.#mark.textContent = (now.person || name).slice(0, 1).toUpperCase();
    this.element.dataset["state"] = isPerson ? "person" : "assistant";
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
    this.#menu.querySelector("button")?.focus();
  }
}
