/** One turn of the assistant: blocks are added as they arrive, and what stands is never drawn again. */
import type { Conversation, Turn } from "../wire/conversation.ts";
import type { Citation } from "../generated/protocol.ts";
import { isAbstained } from "./abstained.ts";
import { answerText } from "./copied.ts";
import { h } from "./dom.ts";
import { draw } from "./draw.ts";
import { Rating } from "./rating.ts";
import type { AnswerStage, Drawn } from "./stage.ts";

export class TurnView {
  readonly element: HTMLElement;
  readonly #stage: AnswerStage;
  readonly #blocks = h("div", { class: "blocks" });
  readonly #drawn: { readonly prompt: string | null; readonly view: Drawn }[] = [];
  #turn: Turn;
  /** The turn as it was last drawn; most updates are about another one. */
  #shown: Turn | null = null;
  #isLively = false;
  #told: Conversation | null = null;
  #rating: Rating | null = null;

  constructor(turn: Turn, stage: AnswerStage) {
    this.#turn = turn;
    this.#stage = stage;
    this.element = h(
      "article",
      { class: "turn", part: "turn", "data-kind": "turn", "data-turn": turn.key },
      this.#blocks,
    );
  }

  update(turn: Turn, now: Conversation, open: ReadonlySet<string>): void {
    if (now === this.#told) return;
    this.#told = now;
    if (turn !== this.#shown) this.#grow(turn);
    if (this.#isLively)
      for (const { prompt, view } of this.#drawn) view.update?.(now, prompt !== null && open.has(prompt));
    this.#rating?.show((Object.hasOwn(now.ratings, turn.key) && now.ratings[turn.key]) || null);
  }

  #grow(turn: Turn): void {
    this.#turn = this.#shown = turn;
    for (const { block } of turn.pieces.slice(this.#drawn.length)) {
      const view = draw(block, this.#stage, (n) => this.#citation(n));
      this.#drawn.push({ prompt: "prompt" in block ? block.prompt : null, view });
      this.#blocks.append(view.element);
      if (block.kind === "sources") this.#nameChips(block.citations);
    }
    // After a resync the log may hold less than we had drawn.
    for (const gone of this.#drawn.splice(turn.pieces.length)) gone.view.element.remove();
    this.#isLively = this.#drawn.some(({ view }) => view.update !== undefined);
    this.element.dataset["state"] = !turn.done ? "streaming" : isAbstained(turn) ? "abstained" : "done";
    if (turn.done && this.#rating === null && this.#isAnswer()) {
      const text = (): string => answerText(this.#turn, this.#stage.answer, this.#stage.base);
      this.#rating = new Rating(turn.key, turn.at, text, this.#stage);
      this.element.append(this.#rating.element);
    }
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

  /** Chips arrive before their sources; from then on they say where they lead. */
  #nameChips(citations: readonly Citation[]): void {
    for (const chip of this.#blocks.querySelectorAll<HTMLElement>(".cite")) {
      const citation = citations.find((one) => String(one.n) === chip.dataset["n"]);
      if (citation === undefined) continue;
      const where = [citation.title, citation.heading].filter(Boolean).join(", ");
      chip.setAttribute("aria-label", `${this.#stage.answer.source(citation.n)}: ${where}`);
    }
  }
}
