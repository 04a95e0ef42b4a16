/** The part that is fetched with the first free times, form, outcome or sheet. */
import asking from "./styles/asking.css";
import controls from "./styles/controls.css";
import sheets from "./styles/sheets.css";

export { form, slots } from "./asking.ts";
export { cart, handoff, meeting, trial } from "./outcome.ts";
export { ConsentSheet } from "./sheet.ts";
export const css = `${controls}\n${asking}\n${sheets}`;
