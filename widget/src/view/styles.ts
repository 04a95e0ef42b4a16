/** The panel's styles as one text, in the order in which they build on each other. */
import asking from "./styles/asking.css";
import device from "./styles/device.css";
import panel from "./styles/panel.css";
import sheets from "./styles/sheets.css";
import transcript from "./styles/transcript.css";
import turn from "./styles/turn.css";

export const css = [panel, transcript, turn, asking, sheets, device].join("\n");
