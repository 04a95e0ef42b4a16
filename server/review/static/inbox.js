// The inbox's own keys and habits: marks, filters, the reasons of a rejection, news that moves nothing.
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const boxes = () => $$("#rows input[type=checkbox]");
  const marked = () => boxes().filter((box) => box.checked);
  const current = () => {
    const focused = document.activeElement?.closest?.("#rows .row-item");
    return focused ?? $("#rows .row[aria-current]")?.closest(".row-item");
  };

  // -- marks -----------------------------------------------------------------------------------------------

  const label = $("#marked")?.textContent;
  const tell = () => {
    const words = $("#marked");
    if (!words) return;
    words.dataset.all ??= words.textContent;
    const count = marked().length;
    words.textContent = count ? `${count} marked` : words.dataset.all;
    $("#batch").classList.toggle("some", count > 0);
  };
  const toggle = (item, to) => {
    const box = item && $("input[type=checkbox]", item);
    if (!box) return;
    box.checked = to ?? !box.checked;
    tell();
  };
  const markTalk = () => {
    const talk = current()?.dataset.talk;
    if (!talk) return;
    const mine = $$("#rows .row-item").filter((item) => item.dataset.talk === talk && $("input", item));
    const to = mine.some((item) => !$("input", item).checked);
    for (const item of mine) toggle(item, to);
  };
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest("#rows input[type=checkbox]");
    if (!box) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)];
    if (event.shiftKey && from >= 0) {
      for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
    }
    last = box;
    tell();
  });

  // -- keys ------------------------------------------------------------------------------------------------

  const work = (key) => $(`#work [data-key="${key}"]`);
  const click = (key) => work(key)?.click();
  const approveMarked = () => {
    if (marked().length) $("#approve-marked").click();
    else click("a");
  };
  const KEYS = {
    x: () => toggle(current()),
    g: markTalk,
    A: approveMarked,
    o: () => $(".row", current() ?? document)?.click(),
    m: () => click("m"),
    t: () => click("t"),
    i: () => click("i"),
    b: () => click("b"),
    n: () => $("[data-fresh]")?.click(),
    "/": () => $("#q")?.select(),
  };
  let goesToFound = false; // until the next key: what was typed last may still be on its way
  const openOnes = () => $$("#work details.up[open], .more-filters[open]");

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
      goesToFound = false;
      const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
      if (event.key === "Escape") {
        // The browser would empty the field, and with it the view that one wants to work through.
        if (event.target.id === "q") event.preventDefault();
        const open = openOnes();
        for (const each of open) each.open = false;
        if (open.length) (current() ? $(".row", current()) : document.body).focus();
        else if (!typing && $("[data-batch]")) click("Escape");
        return;
      }
      if (event.target.id === "q" && event.key === "Enter") {
        event.preventDefault();
        goesToFound = true;
        event.target.form.requestSubmit();
        return;
      }
      if (typing) return;
      const picker = $("#work details.reject[open]");
      if (picker && /^[1-9]$/.test(event.key)) {
        const choice = $(`[data-number="${event.key}"]`, picker);
        if (!choice) return;
        event.preventDefault();
        choice.matches("input") ? choice.focus() : choice.click();
        return;
      }
      const isBatch = event.key === "a" && marked().length && !$("[data-batch]");
      const act = isBatch ? approveMarked : KEYS[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      act();
    },
    true,
  );
  // One of the things that open over the page at a time.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.up") || !event.target.open) return;
    for (const other of openOnes()) if (other !== event.target) other.open = false;
  }, true);
  document.addEventListener("click", (event) => {
    for (const each of openOnes()) if (!each.contains(event.target)) each.open = false;
  });

  // -- the words that a value came from ----------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const proof = event.target.closest("[data-proof]");
    if (!proof || event.ctrlKey || event.metaKey) return;
    const message = document.getElementById(proof.getAttribute("href").slice(1));
    if (!message) return;
    event.preventDefault();
    const words = proof.textContent.trim();
    const place = $$("mark", message).find((mark) => mark.textContent === words) ?? $("mark", message) ?? message;
    for (const mark of $$("#work mark.looked-at")) mark.classList.remove("looked-at");
    place.classList.add("looked-at");
    place.scrollIntoView({ block: "center" });
  });

  // -- news: rows change where they stand, nothing moves, and nobody loses their place -----------------------

  let focusedRow = null;
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (!target?.classList?.contains("row-item")) return;
    const fresh = $(".row-item", fragment) ?? fragment.firstElementChild;
    if (!fresh) return;
    if ($(".row[aria-current]", target)) $(".row", fresh).setAttribute("aria-current", "true");
    const [was, is] = [$("input", target), $("input", fresh)];
    if (was?.checked && is) is.checked = true;
    fresh.className = target.className;
    if (target.contains(document.activeElement)) focusedRow = target.dataset.id;
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    if (focusedRow) $(`#row-${CSS.escape(focusedRow)} .row`)?.focus({ preventScroll: true });
    focusedRow = null;
  });
  // Rows that the page does not show, because they stand further down or in another view, have nowhere to go.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.requestConfig.path.includes("/inbox/")) return;
    let gone = 0;
    const news = document.createElement("template");
    news.innerHTML = event.detail.serverResponse;
    for (const row of $$(".row-item[hx-swap-oob]", news.content)) {
      if (document.getElementById(row.id)) continue;
      row.remove();
      gone += 1;
    }
    if (gone) event.detail.serverResponse = news.innerHTML;
  });

  const isStale = () => {
    const item = $("#item[data-update]");
    const row = item && $(`#row-${CSS.escape(item.dataset.update)}`);
    return row && !("open" in row.dataset) && $('[data-key="a"]', item) ? row : null;
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.target;
    const path = event.detail.requestConfig?.path ?? "";
    if (target?.id === "list") {
      const open = $("#item")?.dataset.update;
      const row = open && $(`#row-${CSS.escape(open)} .row`);
      if (row) row.setAttribute("aria-current", "true");
      if (goesToFound && $("#rows .row")) document.dispatchEvent(new CustomEvent("choose", { detail: $("#rows .row") }));
    }
    if (target?.id === "work" && $("[data-batch]")) {
      $("#main").classList.add("opened");
      $("[data-focus]")?.focus({ preventScroll: true });
    }
    if (path.includes("/inbox/news")) {
      const row = isStale();
      const busy = $("#work").contains(document.activeElement) && document.activeElement.matches("input, textarea");
      if (row && !busy) htmx.ajax("GET", $(".row", row).getAttribute("href"), { target: "#work" });
    }
    tell();
  });
  // The next rows: as many are there already as still wait, whatever was decided since.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.path.includes("/inbox/more")) return;
    const [path, query] = event.detail.path.split("?");
    const told = new URLSearchParams(query);
    told.set("skip", String(Number(told.get("skip")) - $$("#rows .row-item:not([data-open])").length));
    if ($("#rows [data-open]")) event.detail.path = `${path}?${told}`;
  });
  document.addEventListener("batch", (event) => {
    if (!event.detail.said) return;
    for (const box of boxes()) box.checked = false;
    tell();
    document.dispatchEvent(new CustomEvent("toast", { detail: event.detail.said }));
  });
  if (label) tell();
})();
