/** Registers `<front-desk>`; importing `element.ts` alone changes nothing. */
import "./early.ts";
import { FrontDesk } from "./element.ts";

if (customElements.get("front-desk") === undefined) customElements.define("front-desk", FrontDesk);

export { FrontDesk };
