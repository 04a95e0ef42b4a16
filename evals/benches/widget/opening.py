"""From the press to the first paint of the panel, on a processor slowed down four times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLOWER = 4
# A frame's callbacks run before it is painted; the message behind them is handled after that.
_STOPWATCH = """
(() => {
  const open = (bench.open = { pressed: 0, panel: 0, words: 0 });
  addEventListener("click", (event) => (open.pressed ||= event.timeStamp), true);
  const painted = (then) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(0);
    });
  const watch = () => {
    const root = document.querySelector("front-desk")?.shadowRoot;
    const panel = root?.querySelector("[part~=panel]");
    if (open.pressed && panel && !panel.hidden && panel.getBoundingClientRect().width > 0) {
      if (!open.panel) {
        open.panel = -1;
        painted((at) => (open.panel = at));
      }
      if (root.querySelector("[part~=starter]")) {
        painted((at) => (open.words = at));
        return;
      }
    }
    requestAnimationFrame(watch);
  };
  watch();
})();
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """Milliseconds from the click."""

    panel: float
    """Until the panel stood there for the first time."""
    words: float
    """Until it said something."""
    longest_task: float
    """By the clock, on the slowed processor."""


def opened(page: Page, address: str, *, warm: bool = False) -> Opening:
    """Goes to the page and presses the launcher; `warm`: it was open before on this page."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    launcher = page.locator("front-desk [part~=launcher]")
    if warm:
        launcher.click()
        page.locator("front-desk [part~=starter]").first.wait_for()
        page.locator("front-desk [part~=close]").click()
    page.evaluate(_STOPWATCH)
    page.evaluate("bench.long = []")
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    try:
        # A press with nothing before it: no hover that could have fetched the panel.
        launcher.dispatch_event("pointerdown")
        page.evaluate(
            "document.querySelector('front-desk').shadowRoot.querySelector('[part~=launcher]').click()"
        )
        page.wait_for_function("bench.open.words > 0")
    finally:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    told: dict[str, Any] = page.evaluate("({ ...bench.open, long: Math.max(0, ...bench.long) })")
    return Opening(told["panel"] - told["pressed"], told["words"] - told["pressed"], told["long"])
