/** The part that is fetched after the first view: reading, steps, writing to the team, earlier conversations. */
// Named here so that both parts share one file of what they have in common, and the first needs no second.
import "./panel.ts";
import "../view/icons.ts";

export { article, page } from "./article.ts";
export { contact } from "./contact.ts";
export { errors } from "./errors.ts";
export { guide } from "./guide.ts";
export { news } from "./news.ts";
export { history } from "./history.ts";
export { wordsFor } from "./words/reading/index.ts";
export { default as css } from "./later.css";
