/** The card of a message that is shown unasked: closed, refused for good or opened, and never in the way. */
import css from "./card.css";

export type Texts = readonly [text: string, why: string, replies: readonly string[]];
/** Its label, and the words of its controls: why, none of these again, close. */
export type Words = readonly [from: string, why: string, off: string, close: string];
export type Close = (act: "open" | "dismiss" | "off", reply?: string) => void;
export type Card = (words: Words, texts: Texts, done: Close) => void;

export function cardIn(root: ShadowRoot): Card {
  let sheet: CSSStyleSheet | null = null;
  return ([from, whyLabel, off, close], [text, why, replies], done) => {
    if (sheet === null) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets.push(sheet);
    }
    const launcher = root.querySelector<HTMLElement>(".launcher")!;
    const card = made("section", "nudge", "");
    const button = (to: Element, name: string, words: string, press: () => void): HTMLElement => {
      const one = made("button", name, words);
      one.type = "button";
      one.onclick = press;
      to.append(one);
      return one;
    };
    const end: Close = (act, reply) => {
      const hadFocus = card.contains(root.activeElement);
      card.remove();
      launcher.removeEventListener("click", opened);
      if (hadFocus) launcher.focus();
      done(act, reply);
    };
    const opened = (): void => end("open");
    const said = made("p", "nudge-text", "");
    const row = made("div", "nudge-replies", "");
    const foot = made("div", "nudge-foot", "");
    const reason = made("p", "nudge-reason", why);
    reason.hidden = true;
    said.setAttribute("role", "status");
    card.setAttribute("aria-label", from);
    card.onkeydown = ({ key }) => key === "Escape" && end("dismiss");
    card.append(made("small", "nudge-from", from), said, row, reason, foot);
    for (const reply of replies) button(row, "nudge-reply", reply, () => end("open", reply));
    const ask = button(foot, "nudge-why", whyLabel, () => {
      reason.hidden = !reason.hidden;
      ask.setAttribute("aria-expanded", String(!reason.hidden));
    });
    ask.setAttribute("aria-expanded", "false");
    button(foot, "nudge-off", off, () => end("off"));
    button(card, "nudge-close", "", () => end("dismiss")).setAttribute("aria-label", close);
    launcher.before(card);
    launcher.addEventListener("click", opened);
    // Put in after the card stands: so it is read out, politely.
    setTimeout(() => (said.textContent = text), 50);
  };
}

function made<T extends keyof HTMLElementTagNameMap>(tag: T, name: string, words: string): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  element.className = name;
  element.part.value = name;
  element.textContent = words;
  return element;
}
