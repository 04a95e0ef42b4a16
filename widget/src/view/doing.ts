/** The part that is fetched with the first free times, form, outcome or sheet. */
import "./icons.ts";
import asking from "./styles/asking.css";
import controls from "./styles/controls.css";
import ending from "./styles/ending.css";
import sheets from "./styles/sheets.css";

export { form } from "./form.ts";
export { slots } from "./asking.ts";
export { cart, handoff, meeting, trial } from "./outcome.ts";
export { Ending } from "./ending.ts";
export { keepsake, save } from "./keepsake.ts";
export { Sheets } from "./sheet.ts";
export const css = [controls, asking, sheets, ending].join("\n");
