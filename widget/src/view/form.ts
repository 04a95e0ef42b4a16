/** Short forms: nothing typed is lost when the server asks again, and what is kept stands where details are asked for. */
import type { FormBlock } from "../generated/protocol.ts";
import { closing } from "./choices.ts";
import type { DoingStage } from "./doing-stage.ts";
import { h, link, safeUrl } from "./dom.ts";
import { fieldView } from "./field.ts";
import type { Drawn } from "./stage.ts";

let forms = 0;
/** What was sent last, by what for: a form that comes back has it again. Lives as long as the page. */
const sent = new Map<string, Readonly<Record<string, string>>>();

export function form(block: FormBlock, stage: DoingStage): Drawn {
  forms += 1;
  const id = `form-${forms}`;
  const before = sent.get(block.purpose);
  const fields = block.fields.map((field) => fieldView(field, `${id}-${field.name}`, stage, before?.[field.name]));
  const submit = (event: Event): void => {
    event.preventDefault();
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length > 0) return wrong[0]?.input.focus();
    const values = Object.fromEntries(fields.map(({ input }) => [input.name, input.value.trim()]));
    sent.set(block.purpose, values);
    stage.submit(block.prompt, values);
  };
  const body = h(
    "form",
    { class: "card", novalidate: true, submit },
    ...fields.map((field) => field.element),
    h("button", { type: "submit", class: "primary", part: "submit" }, block.submit),
    stored(stage),
  );
  // Asked again for what was just sent: the place that is wrong is where one goes on.
  const refused = fields.find((_, at) => block.fields[at]?.error);
  if (refused !== undefined && before !== undefined) setTimeout(() => body.isConnected && refused.input.focus());
  return closing(block.text, body, stage);
}

/** What is kept and why, in the site's words, with the choice beside it. */
export function stored(stage: DoingStage): HTMLElement {
  const { text, url } = stage.privacy();
  const href = url === null ? null : safeUrl(url, stage.base);
  const choose = h(
    "button",
    { type: "button", class: "inline", part: "consent-open", click: () => stage.consent() },
    stage.words.consentTitle,
  );
  return h(
    "p",
    { class: "hint stored" },
    text !== "" && h("bdi", {}, text),
    " ",
    href !== null && link(href, {}, stage.words.readPrivacy),
    " ",
    choose,
  );
}
