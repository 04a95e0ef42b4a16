/** What is asked on a sheet over the panel: what may be kept, where to mail to, taking one's data along, deleting it. */
import type { ConsentLevel } from "../wire/conversation.ts";
import type { Session } from "../wire/session.ts";
import type { DoingStage } from "./doing-stage.ts";
import { h, icon, link, safeUrl, type Child } from "./dom.ts";
import { fieldView } from "./field.ts";
import { stored } from "./form.ts";
import { eraseAll, exportAll } from "./own-data.ts";
import { said } from "./stage.ts";

export type SheetName = "consent" | "mail" | "export" | "erase";
const CAN_FOCUS = "a[href], button:not([disabled]), input, textarea";

export class Sheets {
  readonly element: HTMLElement;
  readonly #stage: DoingStage;
  readonly #session: Session;
  #back: HTMLElement | null = null;

  constructor(stage: DoingStage, session: Session) {
    this.#stage = stage;
    this.#session = session;
    this.element = h("div", {
      class: "veil",
      hidden: true,
      click: (event) => event.target === this.element && this.close(),
      keydown: (event) => this.#wrap(event as KeyboardEvent),
    });
  }

  /** Focus goes `back` when it is closed. */
  open(name: SheetName, back: HTMLElement | null): void {
    this.#back = back;
    const [title, body] = { consent: this.#consent, mail: this.#mail, export: this.#export, erase: this.#erase }[
      name
    ].call(this);
    const sheet = h(
      "div",
      { class: "sheet", part: name, role: "dialog", "aria-modal": "true", "aria-label": title, "data-state": "open" },
      body,
    );
    this.element.replaceChildren(sheet);
    this.element.hidden = false;
    this.#others(true);
    const first = sheet.querySelector<HTMLElement>("input:checked, input:not([type='radio'])");
    (first ?? sheet.querySelector<HTMLElement>("button:not(.danger)"))?.focus();
  }

  close(): boolean {
    if (this.element.hidden) return false;
    this.element.hidden = true;
    this.#others(false);
    if (this.#back?.isConnected === true) this.#back.focus();
    else this.#stage.refocus();
    return true;
  }

  /** What lies under the veil takes neither pointer nor focus. */
  #others(inert: boolean): void {
    for (const one of this.element.parentElement?.children ?? [])
      if (one !== this.element && one.getAttribute("part") !== "live") one.toggleAttribute("inert", inert);
  }

  #wrap(event: KeyboardEvent): void {
    if (event.key !== "Tab") return;
    const all = [...this.element.querySelectorAll<HTMLElement>(CAN_FOCUS)].filter((one) => one.offsetParent !== null);
    const at = (this.element.getRootNode() as ShadowRoot).activeElement;
    const [first, last] = [all[0], all.at(-1)];
    const isRadio = (one: Element | null): boolean => one instanceof HTMLInputElement && one.type === "radio";
    // A group of radios is one stop.
    const isFirst = at === first || (isRadio(at) && isRadio(first ?? null));
    const to = event.shiftKey && isFirst ? last : !event.shiftKey && at === last ? first : undefined;
    event.stopPropagation();
    if (to === undefined) return;
    event.preventDefault();
    (isRadio(to) ? this.element.querySelector<HTMLElement>("input:checked") : to)?.focus();
  }

  #cancel(label = this.#stage.more.cancel): HTMLElement {
    return h("button", { type: "button", class: "button", part: "sheet-close", click: () => this.close() }, label);
  }

  /** Says how it went where the choice stood. */
  #over(part: string, lines: readonly string[]): void {
    const { more } = this.#stage;
    const sheet = this.element.firstElementChild;
    const done = this.#cancel(more.done);
    const told = lines.filter((line) => line !== "").map((line) => h("p", {}, line));
    sheet?.setAttribute("data-state", "done");
    sheet?.replaceChildren(
      h("div", { class: "over", part, role: "status" }, icon("check"), h("div", {}, ...told)),
      h("p", { class: "actions" }, done),
    );
    done.focus();
  }

  #consent(): [string, HTMLElement] {
    const { words, more } = this.#stage;
    const { text, url } = this.#stage.privacy();
    const href = url === null ? null : safeUrl(url, this.#stage.base);
    const { consent } = this.#session.now;
    const option = (level: ConsentLevel, label: string, hint: string): HTMLElement =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "level", value: level, checked: consent === level }),
        h("span", {}, h("strong", {}, label), h("span", { class: "detail" }, hint)),
      );
    const submit = (event: Event): void => {
      event.preventDefault();
      const level = new FormData(event.target as HTMLFormElement).get("level");
      if (level === "necessary" || level === "conversation" || level === "remembered") this.#session.consent(level);
      this.close();
    };
    const form = h(
      "form",
      { submit },
      h("h2", {}, words.consentTitle),
      h("p", {}, h("bdi", {}, text), " ", href !== null && link(href, {}, words.readPrivacy)),
      this.#session.refuses && h("p", { class: "asked-not" }, icon("shield"), h("span", {}, words.refusedBefore)),
      option("necessary", more.necessary, words.necessaryHint),
      option("conversation", more.conversation, more.conversationHint),
      option("remembered", more.remembered, more.rememberedHint),
      h(
        "p",
        { class: "actions" },
        h("button", { type: "submit", class: "button primary", part: "consent-save" }, more.save),
        this.#cancel(more.decideLater),
      ),
    );
    return [words.consentTitle, form];
  }

  #mail(): [string, HTMLElement] {
    const { words, more } = this.#stage;
    const field = fieldView(
      { name: "email", label: more.email, kind: "email", required: true, value: "", error: null },
      "mail-transcript",
      this.#stage,
    );
    const send = h("button", { type: "submit", class: "button primary", part: "mail-send" }, more.send);
    const submit = async (event: Event): Promise<void> => {
      event.preventDefault();
      if (!field.check()) return field.input.focus();
      const to = field.input.value.trim();
      send.disabled = true;
      send.textContent = more.sending;
      const problem = await this.#session.mailTranscript(to);
      if (problem === null) return this.#over("mail-sent", [more.mailed(to)]);
      send.disabled = false;
      send.textContent = more.send;
      field.show(said(problem, words));
      field.input.focus();
    };
    const form = h(
      "form",
      { novalidate: true, submit: (event) => void submit(event) },
      h("h2", {}, more.mailTitle),
      h("p", {}, more.mailText),
      field.element,
      h("p", { class: "actions" }, send, this.#cancel()),
      stored(this.#stage),
    );
    return [more.mailTitle, form];
  }

  #export(): [string, HTMLElement] {
    const { more } = this.#stage;
    return this.#data(more.exportTitle, [more.exportText], more.exportDo, "export-do", async () => {
      await exportAll(this.#session);
      return [more.exported];
    });
  }

  #erase(): [string, HTMLElement] {
    const { more } = this.#stage;
    const lines = [more.eraseGone, more.eraseStays, more.eraseSure];
    return this.#data(more.eraseTitle, lines, more.eraseDo, "erase-do", async () => {
      const gone = await eraseAll(this.#session);
      this.#back = null;
      return [
        more.erased(gone.messages),
        gone.meetings > 0 ? more.erasedMeetings(gone.meetings) : "",
        gone.crm > 0 ? more.erasedCrm : "",
      ];
    });
  }

  #data(
    title: string,
    lines: readonly string[],
    label: string,
    part: string,
    act: () => Promise<readonly string[]>,
  ): [string, HTMLElement] {
    const { more } = this.#stage;
    const error = h("p", { class: "error", role: "alert" });
    const start = async (): Promise<void> => {
      button.disabled = true;
      error.textContent = "";
      try {
        this.#over(`${part}ne`, await act());
      } catch {
        error.textContent = more.dataFailed;
        button.disabled = false;
        button.focus();
      }
    };
    const danger = part === "erase-do";
    const button: HTMLButtonElement = h(
      "button",
      { type: "button", class: danger ? "button danger" : "button primary", part, click: () => void start() },
      label,
    );
    const body: Child[] = lines.map((line) => h("p", {}, line));
    return [
      title,
      h("div", {}, h("h2", {}, title), ...body, error, h("p", { class: "actions" }, button, this.#cancel())),
    ];
  }
}
