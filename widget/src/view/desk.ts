/** What is done beside talking: its part is fetched when it is wanted, or when the page is idle after the first open. */
import type { Session } from "../wire/session.ts";
import { doingIn } from "./parts.ts";
import type { Ending } from "./ending.ts";
import type { Sheets, SheetName } from "./sheet.ts";
import type { Stage } from "./stage.ts";

export class Desk {
  readonly #stage: Stage;
  readonly #session: Session;
  readonly #panel: HTMLElement;
  readonly #place: HTMLElement;
  /** Null until the part is here. */
  ending: Ending | null = null;
  #sheets: Sheets | null = null;

  constructor(stage: Stage, session: Session, panel: HTMLElement, place: HTMLElement) {
    this.#stage = stage;
    this.#session = session;
    this.#panel = panel;
    this.#place = place;
  }

  async fetch(): Promise<void> {
    await this.#get();
  }

  async open(name: SheetName, back: HTMLElement | null): Promise<void> {
    const { sheets } = await this.#get();
    sheets.open(name, back);
  }

  async rate(): Promise<void> {
    (await this.#get()).ending.wanted();
  }

  async download(): Promise<void> {
    const { part, more } = await this.#get();
    const { words, locale, base } = this.#stage;
    const text = part.keepsake(this.#session.now, { words, more, locale, base }, new Date());
    part.save(new Blob([text], { type: "text/plain;charset=utf-8" }), "transcript.txt");
  }

  close(): boolean {
    return this.#sheets?.close() ?? false;
  }

  async #get() {
    const part = await doingIn(this.#stage.language).get();
    const { more } = part;
    const stage = { ...this.#stage, more };
    stage.style(part.css);
    if (this.#sheets === null) this.#panel.append((this.#sheets = new part.Sheets(stage, this.#session)).element);
    this.ending ??= new part.Ending(stage, this.#session, this.#place);
    return { part, more, sheets: this.#sheets, ending: this.ending };
  }
}
