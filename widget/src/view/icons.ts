/** The drawings of what is fetched after the first open; every part that shows some imports this. */
import { addIcons } from "./dom.ts";

export const LATER = {
  thumbsDown:
    "M17 13V4h3v9zM17 13l-4 8c-1.7 0-2.5-1-2.3-2.6L11 15H5.8c-1.3 0-2.2-1.2-1.9-2.4l1.6-7c.2-.9 1-1.6 2-1.6H17",
  check: "M5 12.5l4.5 4.5L19 7.5",
  calendar: "M5 6h14v14H5zM5 10.5h14M9 3.5V7M15 3.5V7",
  cart: "M4 5h2l2.2 10h9.3L20 8H7M9.5 19.5h.01M16.5 19.5h.01",
  copy: "M9 9h10v11H9zM5 15V4h10",
} as const;

addIcons(LATER);
