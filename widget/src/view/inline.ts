/** The part that is fetched where the panel stands in the flow of the page. */
import css from "./styles/inline.css";

export { css };
