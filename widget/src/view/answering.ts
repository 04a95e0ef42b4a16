/** The part that is fetched when the page is idle after the first open, or with the first answer. */
import "./icons.ts";
import type { Turn } from "../wire/conversation.ts";
import { SourceCard } from "./card.ts";
import type { AnswerStage, Stage } from "./stage.ts";
import answer from "./styles/answer.css";
import content from "./styles/content.css";
import controls from "./styles/controls.css";
import { TurnView } from "./turn.ts";
import type { AnswerWords } from "./words/answering/en.ts";

/** Draws the assistant's turns, with one source card for all of them. */
export class Answers {
  readonly #stage: AnswerStage;
  readonly #card: SourceCard;

  constructor(stage: Stage, words: AnswerWords, scroller: HTMLElement) {
    stage.style([controls, content, answer].join("\n"));
    this.#card = new SourceCard(scroller, words, stage.locale, stage.base);
    this.#stage = { ...stage, answer: words, source: this.#card };
    scroller.append(this.#card.element);
  }

  turn(turn: Turn): TurnView {
    return new TurnView(turn, this.#stage);
  }

  /** Whether a source card was there to close. */
  closeCard(): boolean {
    return this.#card.close();
  }
}

export type { TurnView };
