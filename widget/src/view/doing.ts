/** The part that is fetched with the first free times, form, outcome, source card or sheet. */
import asking from "./styles/asking.css";
import sheets from "./styles/sheets.css";

export { form, slots } from "./asking.ts";
export { cart, handoff, meeting, trial } from "./outcome.ts";
export { SourceCard } from "./card.ts";
export { ConsentSheet } from "./sheet.ts";
export const css = `${asking}\n${sheets}`;
