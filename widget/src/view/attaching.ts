/** Files on their way: chosen, pasted or dropped, sent one after the other, kept while there is no connection. */
import type { Conversation } from "../wire/conversation.ts";
import type { FileRules } from "../generated/protocol.ts";
import { h, icon, set } from "./dom.ts";
import { kindsText, sizeText } from "./file.ts";
import type { Stage } from "./stage.ts";
import type { TogetherWords } from "./words/together/en.ts";

/** Sends one file; `progress` is called with a share of 1. Returns how to stop. */
export type Send = (
  file: File,
  id: string,
  progress: (share: number) => void,
  done: (code: string | null) => void,
) => () => void;

interface Item {
  readonly id: string;
  readonly file: File;
  readonly name: string;
  readonly element: HTMLElement;
  readonly bar: HTMLProgressElement;
  readonly text: HTMLElement;
  readonly again: HTMLButtonElement;
  state: "waiting" | "sending" | "sent" | "failed";
  stop: () => void;
}

/** Trying the same again may help. */
const PASSING: ReadonlySet<string> = new Set(["network", "too_fast", "failed", "conflict"]);

export class Attaching {
  readonly button: HTMLButtonElement;
  readonly list: HTMLElement;
  readonly #stage: Stage;
  readonly #words: TogetherWords;
  readonly #send: Send;
  readonly #picker: HTMLInputElement;
  readonly #said = h("p", { class: "sr", role: "status" });
  readonly #rows: HTMLUListElement;
  #items: Item[] = [];
  #talk: string | null = null;
  #rules: FileRules | null = null;
  #isOnline = false;

  constructor(stage: Stage, words: TogetherWords, panel: HTMLElement, input: HTMLTextAreaElement, send: Send) {
    this.#stage = stage;
    this.#words = words;
    this.#send = send;
    this.#picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      tabindex: "-1",
      "aria-hidden": "true",
      change: () => {
        this.#take(this.#picker.files);
        this.#picker.value = "";
      },
    });
    this.button = h(
      "button",
      {
        type: "button",
        class: "attach",
        part: "attach",
        "aria-label": words.attach,
        title: words.attach,
        hidden: true,
        click: () => this.#picker.click(),
      },
      clip(),
    );
    this.#rows = h("ul", { "aria-label": words.files });
    this.list = h("div", { class: "uploads", part: "uploads" }, this.#rows, this.#said, this.#picker);
    input.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files;
      if (this.#rules === null || !files?.length) return;
      event.preventDefault();
      this.#take(files);
    });
    this.#listenToDrops(panel);
  }

  update(now: Conversation): void {
    const { files } = now;
    // What was meant for one conversation goes into no other.
    if (this.#talk !== null && this.#talk !== now.id) this.clear();
    this.#talk = now.id;
    const isAllowed = files !== null && (files.when !== "with_person" || now.person !== null);
    this.#rules = isAllowed ? files : null;
    set(this.button, { hidden: !isAllowed });
    if (isAllowed) this.#picker.accept = files.types.join(",");
    this.#isOnline = now.status === "online" && now.id !== null;
    for (const entry of now.entries) {
      const id = entry.kind === "message" ? entry.message.client_id : null;
      const item = id ? this.#items.find((one) => one.id === id) : undefined;
      // The receipt may come although the answer to the upload got lost.
      if (item !== undefined) this.#drop(item);
    }
    this.#next();
  }

  /** None of them goes to anybody any more. */
  clear(): void {
    for (const item of this.#items) {
      item.stop();
      this.#drop(item);
    }
    this.#said.textContent = "";
  }

  #take(files: FileList | null): void {
    for (const file of files ?? []) this.#add(file);
    this.#next();
  }

  #add(file: File): void {
    const { locale } = this.#stage;
    const words = this.#words;
    // Signs that turn the words around them have no place in a name.
    const name = file.name.replace(/[\p{Cc}\p{Cf}]/gu, "") || "file";
    const bar = h("progress", { max: 1, value: 0, "aria-label": name });
    const text = h("span", { class: "hint" });
    const again = h("button", { type: "button", class: "inline", hidden: true }, words.retry);
    const cancel = h(
      "button",
      { type: "button", class: "round", part: "cancel-upload", "aria-label": words.cancel(name) },
      icon("close"),
    );
    const element = h(
      "li",
      { part: "upload" },
      h("span", { class: "what" }, h("bdi", { class: "name" }, name), " ", h("span", {}, sizeText(file.size, locale))),
      cancel,
      h("span", { class: "how" }, bar, text, again),
    );
    const item: Item = { id: freshId(), file, name, element, bar, text, again, state: "waiting", stop: () => {} };
    cancel.addEventListener("click", () => {
      item.stop();
      this.#drop(item);
      this.#stage.refocus();
      this.#next();
    });
    again.addEventListener("click", () => {
      item.state = "waiting";
      this.#next();
    });
    this.#items.push(item);
    this.#rows.append(element);
    const most = this.#rules?.max_bytes ?? 0;
    if (file.size > most) this.#fail(item, "file_too_large");
    else this.#show(item);
  }

  #next(): void {
    if (!this.#isOnline || this.#rules === null || this.#items.some((one) => one.state === "sending")) {
      for (const item of this.#items) if (item.state === "waiting") this.#show(item);
      return;
    }
    const item = this.#items.find((one) => one.state === "waiting");
    if (item === undefined) return;
    item.state = "sending";
    this.#show(item, 0);
    item.stop = this.#send(
      item.file,
      item.id,
      (share) => this.#show(item, share),
      (code) => this.#done(item, code),
    );
  }

  #done(item: Item, code: string | null): void {
    if (code === null) {
      item.state = "sent";
      this.#said.textContent = this.#words.attached(item.name);
      this.#drop(item);
    } else if (code === "network" && (!navigator.onLine || !this.#isOnline)) {
      // It goes out by itself, under the same id, when the line stands again.
      item.state = "waiting";
      this.#show(item);
      return;
    } else this.#fail(item, code);
    this.#next();
  }

  #fail(item: Item, code: string): void {
    const words = this.#words;
    const most = sizeText(this.#rules?.max_bytes ?? 0, this.#stage.locale);
    const said: Readonly<Record<string, string>> = {
      file_too_large: words.tooLarge(most),
      too_large: words.tooLarge(most),
      file_kind_refused: words.kind(kindsText(this.#rules?.types ?? [], this.#stage.locale)),
      too_many_files: words.many,
      files_refused: words.refused,
      file_damaged: words.damaged,
      too_fast: this.#stage.words.problems["too_fast"] ?? words.failed,
    };
    item.state = "failed";
    this.#show(item);
    // A code may be any word, `constructor` too.
    const known = Object.hasOwn(said, code) ? said[code] : undefined;
    item.text.textContent = known ?? words.failed;
    set(item.again, { hidden: !PASSING.has(code) && known !== undefined });
    this.#said.textContent = `${item.name}: ${item.text.textContent}`;
  }

  #show(item: Item, share?: number): void {
    item.element.dataset["state"] = item.state;
    set(item.bar, { hidden: item.state !== "sending" });
    set(item.again, { hidden: true });
    if (share !== undefined) {
      item.bar.value = share;
      const percent = new Intl.NumberFormat(this.#stage.locale, { style: "percent" }).format(share);
      item.text.textContent = this.#words.sending(percent);
    } else if (item.state === "waiting") item.text.textContent = this.#isOnline ? "" : this.#words.waiting;
  }

  #drop(item: Item): void {
    item.element.remove();
    this.#items = this.#items.filter((one) => one !== item);
  }

  #listenToDrops(panel: HTMLElement): void {
    const holdsFiles = (event: DragEvent): boolean =>
      this.#rules !== null && event.dataTransfer?.types.includes("Files") === true;
    panel.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      panel.dataset["drop"] = this.#words.drop;
    });
    panel.addEventListener("dragleave", (event) => {
      if (!(event.relatedTarget instanceof Node && panel.contains(event.relatedTarget))) delete panel.dataset["drop"];
    });
    panel.addEventListener("drop", (event) => {
      delete panel.dataset["drop"];
      if (!holdsFiles(event)) return;
      event.preventDefault();
      this.#take(event.dataTransfer?.files ?? null);
    });
  }
}

function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clip(): SVGSVGElement {
  const svg = icon("file");
  svg.dataset["icon"] = "clip";
  svg.firstElementChild?.setAttribute(
    "d",
    "M19 11.5l-7.3 7.3a4.6 4.6 0 01-6.5-6.5l8-8a3.1 3.1 0 014.4 4.4l-8 8a1.5 1.5 0 01-2.2-2.2l7.3-7.2",
  );
  return svg;
}
