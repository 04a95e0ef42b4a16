/** What is done beside talking: its part is fetched when it is wanted, or when the page is idle after the first open. */
import type { Session } from "../wire/session.ts";
import { Missing } from "./missing.ts";
import { doingIn } from "./parts.ts";
import type { Ending } from "./ending.ts";
import type { Sheets, SheetName } from "./sheet.ts";
import type { Stage } from "./stage.ts";

type Got = Awaited<ReturnType<Desk["get"]>>;

export class Desk {
  readonly #stage: Stage;
  readonly #session: Session;
  readonly #panel: HTMLElement;
  readonly #place: HTMLElement;
  /** Null until the part is here. */
  ending: Ending | null = null;
  readonly missing: Missing;
  #sheets: Sheets | null = null;

  constructor(stage: Stage, session: Session, panel: HTMLElement, place: HTMLElement) {
    this.#stage = stage;
    this.#session = session;
    this.#panel = panel;
    this.#place = place;
    this.missing = new Missing(stage.words, "deed");
    this.missing.element.className = "notice";
  }

  open(name: SheetName, back: HTMLElement | null): void {
    void this.#with(({ sheets }) => sheets.open(name, back));
  }

  rate(): void {
    void this.#with(({ ending }) => ending.wanted());
  }

  download(): void {
    void this.#with(({ part, more }) => {
      const { words, locale, base } = this.#stage;
      const text = part.keepsake(this.#session.now, { words, more, locale, base }, new Date());
      part.save(new Blob([text], { type: "text/plain;charset=utf-8" }), "transcript.txt");
    });
  }

  close(): boolean {
    return this.#sheets?.close() ?? false;
  }

  /** Does what was pressed, or says that it can not be done now. */
  async #with(act: (got: Got) => void): Promise<void> {
    const { missing } = this;
    let got: Got;
    try {
      got = await this.get();
    } catch {
      missing.begin(() => void this.#with(act), this.#session.now.consent);
      return;
    }
    if (missing.element.matches(":focus-within")) this.#stage.refocus();
    missing.end();
    act(got);
  }

  /** The part, put into the panel when it is here. */
  async get() {
    const part = await doingIn(this.#stage.language).get();
    const { more } = part;
    const stage = { ...this.#stage, more };
    stage.style(part.css);
    if (this.#sheets === null) this.#panel.append((this.#sheets = new part.Sheets(stage, this.#session)).element);
    this.ending ??= new part.Ending(stage, this.#session, this.#place);
    return { part, more, sheets: this.#sheets, ending: this.ending };
  }
}
