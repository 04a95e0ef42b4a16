/** The styles of the first open as one text, in the order in which they build on each other. */
import foot from "./styles/foot.css";
import host from "./styles/host.css";
import device from "./styles/device.css";
import panel from "./styles/panel.css";
import transcript from "./styles/transcript.css";

export const css = [host, panel, transcript, foot, device].join("\n");
