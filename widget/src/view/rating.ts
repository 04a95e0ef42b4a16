/** What stands under an answer: thumbs with a reason, a button that copies it, and when it was given. */
import type { Rate } from "../generated/protocol.ts";
import { copier } from "./copying.ts";
import { h, icon } from "./dom.ts";
import { timeText, type AnswerStage } from "./stage.ts";

type Thumb = "up" | "down";
type About = Exclude<Rate["about"], "" | undefined>;
const THUMBS = { up: ["up", "helpful"], down: ["thumbsDown", "notHelpful"] } as const;

export class Rating {
  readonly element: HTMLElement;
  readonly #stage: AnswerStage;
  readonly #turn: string;
  readonly #said = h("span", { class: "thanks", part: "rating-said", role: "status" });
  readonly #thumbs: Readonly<Record<Thumb, HTMLButtonElement>>;
  #form: HTMLFormElement | null = null;
  #given: Thumb | null = null;

  /** `text` is the whole answer, for the clipboard. */
  constructor(turn: string, at: string, text: () => string, stage: AnswerStage) {
    this.#stage = stage;
    this.#turn = turn;
    this.#thumbs = { up: this.#thumb("up"), down: this.#thumb("down") };
    const { answer } = stage;
    const copy = h(
      "button",
      {
        type: "button",
        class: "thumb copy-answer",
        part: "copy-answer",
        "aria-label": answer.copyAnswer,
        title: answer.copyAnswer,
      },
      icon("copy"),
    );
    copier(copy, text, (outcome) => (this.#said.textContent = outcome === null ? "" : answer[outcome]));
    const time = h("time", { class: "time", datetime: at }, timeText(at, stage.locale));
    this.element = h(
      "footer",
      { class: "rating", part: "rating" },
      this.#thumbs.up,
      this.#thumbs.down,
      this.#said,
      copy,
      time,
    );
  }

  /** What stands by now, from this page or another one. */
  show(given: Thumb | null): void {
    if (given === this.#given) return;
    this.#given = given;
    if (given === null) delete this.element.dataset["state"];
    else this.element.dataset["state"] = given;
    for (const value of ["up", "down"] as const)
      this.#thumbs[value].setAttribute("aria-pressed", String(value === given));
  }

  #thumb(value: Thumb): HTMLButtonElement {
    const [drawing, name] = THUMBS[value];
    const label = this.#stage.answer[name];
    const click = (): void => this.#press(value);
    return h(
      "button",
      {
        type: "button",
        class: "thumb",
        part: `rate-${value}`,
        "data-value": value,
        "aria-label": label,
        "aria-pressed": "false",
        title: label,
        click,
      },
      icon(drawing),
    );
  }

  /** The same thumb again takes it back, with its reason. */
  #press(value: Thumb): void {
    const { answer, rate } = this.#stage;
    const isTakenBack = this.#given === value;
    this.#form?.remove();
    this.#form = null;
    rate(this.#turn, isTakenBack ? "none" : value, "", "");
    this.show(isTakenBack ? null : value);
    this.#said.textContent = isTakenBack ? answer.takenBack : answer.thanks;
    if (isTakenBack || value === "up") return;
    this.element.append((this.#form = this.#reasons()));
    this.#form.scrollIntoView({ block: "nearest" });
  }

  #reasons(): HTMLFormElement {
    const { answer, rate } = this.#stage;
    const input = h("input", {
      type: "text",
      maxlength: 500,
      dir: "auto",
      placeholder: answer.sayMore,
      "aria-label": answer.sayMore,
    });
    // Either is enough: a usual reason goes out at once, with whatever was written by then.
    const end = (about: About | ""): void => {
      const hadFocus = form.matches(":focus-within");
      const words = input.value.trim();
      if (about !== "" || words !== "") rate(this.#turn, "down", about, words);
      this.#said.textContent = answer.thanks;
      form.remove();
      this.#form = null;
      if (hadFocus) this.#thumbs.down.focus({ preventScroll: true });
    };
    const chips = (Object.keys(answer.reasons) as About[]).map((about) =>
      h(
        "button",
        {
          type: "button",
          class: "chip",
          part: "reason-chip",
          "data-value": about,
          click: () => end(about),
        },
        answer.reasons[about],
      ),
    );
    const submit = (event: Event): void => {
      event.preventDefault();
      end("");
    };
    const form = h(
      "form",
      { class: "reason", part: "reason", "aria-label": answer.whatWrong, submit },
      h("p", {}, answer.whatWrong),
      h("div", { class: "chips" }, ...chips),
      h("div", { class: "more" }, input, h("button", { type: "submit", class: "button" }, answer.sendReason)),
    );
    return form;
  }
}
