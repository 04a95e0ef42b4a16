// Messages to review from the keyboard: move, say what one means, undo. Comes before the console's own keys.
(() => {
  "use strict";

  const list = document.querySelector("[data-doubts]");
  if (!list) return;
  let last = null;

  const open = () => [...list.querySelectorAll(".doubt:not(.done)")];
  const here = () => document.activeElement?.closest?.(".doubt:not(.done)") ?? null;
  const go = (row) => {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const rows = open();
    const at = rows.indexOf(here());
    go(at < 0 ? rows[0] : rows[Math.min(Math.max(at + by, 0), rows.length - 1)]);
  };
  const press = (key) => {
    const row = here() ?? open()[0];
    const button = row?.querySelector(`[data-pick="${key}"]`);
    if (!button || button.disabled) return;
    row.focus({ preventScroll: true });
    button.click();
  };
  const undo = () => (last && document.getElementById(last)?.querySelector("[data-undo]"))?.click();
  const another = () => {
    const row = here() ?? open()[0];
    const field = row?.querySelector("[data-another]");
    if (!field) return;
    field.closest("details").open = true;
    field.focus();
  };

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    d: () => press("d"),
    u: undo,
    o: () => (here() ?? open()[0])?.querySelector("[data-open]")?.click(),
    "/": another,
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const typing = event.target.closest("input, textarea, select");
      if (event.key === "Escape" && typing) {
        event.stopImmediatePropagation();
        go(typing.closest(".doubt"));
        return;
      }
      if (typing || document.querySelector("dialog[open]")) return;
      const act = /^[0-5]$/.test(event.key) ? () => press(event.key) : KEYS[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      act();
    },
    true,
  );

  // What was settled stays as one line, so that the rows below do not jump under the finger; the next one is at hand.
  document.addEventListener("htmx:afterSettle", (event) => {
    const id = event.detail.requestConfig?.elt?.closest?.(".doubt")?.id ?? event.detail.target?.id;
    const row = id && document.getElementById(id);
    if (!row || !list.contains(row)) return;
    const isDone = row.classList.contains("done");
    if (isDone) last = id;
    else if (last === id) last = null;
    const rows = open();
    const after = (other) => row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isDone && event.detail.requestConfig?.verb === "post") go(rows.find(after) ?? rows.at(-1));
    else go(row);
    const left = document.querySelector("[data-left]");
    if (left) left.textContent = rows.length;
    const all = document.querySelector("[data-all-done]");
    if (all) {
      all.hidden = rows.length > 0;
      if (!rows.length) all.querySelector("a").focus();
    }
  });

  step(0);
})();
