/** A part of the panel that is fetched when it is first needed, so that the first open stays small. */
import { h } from "./dom.ts";
import type { Drawn } from "./stage.ts";

/** What it draws is there at once from its second use on. */
export class Part<Module> {
  readonly #load: () => Promise<Module>;
  #module: Module | null = null;
  #loading: Promise<Module> | null = null;

  constructor(load: () => Promise<Module>) {
    this.#load = load;
  }

  /** Rejects when the file did not arrive; it is asked for again the next time. */
  async get(): Promise<Module> {
    this.#loading ??= this.#load().catch((problem: unknown) => {
      this.#loading = null;
      throw problem;
    });
    return (this.#module = await this.#loading);
  }

  /** Draws now where the part is here, else as soon as it is; `instead` stands where it can not be had. */
  drawn(draw: (module: Module) => Drawn, instead: (again: () => void) => HTMLElement): Drawn {
    if (this.#module !== null) return draw(this.#module);
    let element: HTMLElement = h("div", { class: "coming", "aria-busy": "true" });
    let drawn: Drawn | null = null;
    let last: Parameters<NonNullable<Drawn["update"]>> | null = null;
    const put = (other: HTMLElement): void => {
      element.replaceWith(other);
      element = other;
    };
    const fetch = (): void =>
      void this.get().then(
        (module) => {
          drawn = draw(module);
          put(drawn.element);
          if (last !== null) drawn.update?.(...last);
        },
        () => put(instead(fetch)),
      );
    fetch();
    return {
      get element() {
        return element;
      },
      update(...now) {
        last = now;
        drawn?.update?.(...now);
      },
    };
  }
}
