/** Goes behind the loader where a site shows messages without asking the server: the card without the panel. */
import { cardIn } from "./card.ts";
import type { FrontDesk } from "../define.ts";

const element = document.querySelector<FrontDesk>("front-desk");
if (element?.shadowRoot) element.card ??= cardIn(element.shadowRoot);
