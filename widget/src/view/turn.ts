/** One turn of the assistant: blocks are added as they arrive, and what stands is never drawn again. */
import type { Conversation, Turn } from "../wire/conversation.ts";
import { isAbstained } from "../wire/prompts.ts";
import type { Citation } from "../generated/protocol.ts";
import { h, icon } from "./dom.ts";
import { draw } from "./draw.ts";
import { timeText, type Drawn, type Stage } from "./stage.ts";

export class TurnView {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #blocks = h("div", { class: "blocks" });
  readonly #drawn: { readonly prompt: string | null; readonly view: Drawn }[] = [];
  #turn: Turn;
  #foot: HTMLElement | null = null;

  constructor(turn: Turn, stage: Stage) {
    this.#turn = turn;
    this.#stage = stage;
    this.element = h(
      "article",
      { class: "turn", part: "turn", "data-kind": "turn", "data-turn": turn.key },
      this.#blocks,
    );
  }

  update(turn: Turn, now: Conversation, open: ReadonlySet<string>): void {
    this.#turn = turn;
    for (const { block } of turn.pieces.slice(this.#drawn.length)) {
      const view = draw(block, this.#stage, (n) => this.#citation(n));
      this.#drawn.push({ prompt: "prompt" in block ? block.prompt : null, view });
      this.#blocks.append(view.element);
      if (block.kind === "sources") this.#nameChips(block.citations);
    }
    // After a resync the log may hold less than we had drawn.
    for (const gone of this.#drawn.splice(turn.pieces.length)) gone.view.element.remove();
    for (const { prompt, view } of this.#drawn) view.update?.(now, prompt !== null && open.has(prompt));
    this.element.dataset["state"] = !turn.done ? "streaming" : isAbstained(turn) ? "abstained" : "done";
    if (turn.done && this.#foot === null && this.#isAnswer()) this.element.append((this.#foot = this.#rating()));
    const rated = now.ratings[turn.key];
    if (this.#foot !== null && rated !== undefined) this.#foot.dataset["state"] = rated;
  }

  /** Something was looked up, whether or not it was found: worth a thumb, unlike "No problem." */
  #isAnswer(): boolean {
    return this.#turn.pieces.some(({ block }) => block.kind === "sources" || block.kind === "pages");
  }

  #citation(n: number): Citation | undefined {
    for (const { block } of this.#turn.pieces) {
      const found = block.kind === "sources" ? block.citations.find((one) => one.n === n) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #nameChips(citations: readonly Citation[]): void {
    for (const chip of this.#blocks.querySelectorAll<HTMLElement>(".cite")) {
      const citation = citations.find((one) => String(one.n) === chip.dataset["n"]);
      if (citation === undefined) continue;
      chip.setAttribute(
        "aria-label",
        `${this.#stage.words.source(citation.n)}: ${citation.title}, ${citation.heading}`,
      );
    }
  }

  #rating(): HTMLElement {
    const { words, rate } = this.#stage;
    const turn = this.#turn.key;
    const thanks = h("span", { class: "thanks", role: "status" });
    const thumb = (value: "up" | "down", label: string): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          class: "thumb",
          part: `rate-${value}`,
          "data-value": value,
          "aria-label": label,
          title: label,
          click: () => {
            rate(turn, value, "");
            thanks.textContent = words.thanks;
            foot.querySelector("form")?.remove();
            if (value === "down") foot.append(reason());
          },
        },
        icon(value === "up" ? "up" : "thumbsDown"),
      );
    const reason = (): HTMLElement => {
      const input = h("input", {
        type: "text",
        maxlength: 500,
        placeholder: words.whatMissing,
        "aria-label": words.whatMissing,
      });
      const send = (event: Event): void => {
        event.preventDefault();
        if (input.value.trim() !== "") rate(turn, "down", input.value.trim());
        form.remove();
      };
      const form = h(
        "form",
        { class: "reason", part: "reason", submit: send },
        input,
        h("button", { type: "submit", class: "button" }, words.sendReason),
      );
      queueMicrotask(() => input.focus());
      return form;
    };
    const time = h("time", { class: "time", datetime: this.#turn.at }, timeText(this.#turn.at, this.#stage.locale));
    const foot = h(
      "footer",
      { class: "rating", part: "rating" },
      thumb("up", words.helpful),
      thumb("down", words.notHelpful),
      thanks,
      time,
    );
    return foot;
  }
}
