// The console's keys, and the few things that htmx does not do: move on after a decision, scroll to the evidence.
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 760px)");
  let lastDecided = null;
  let opening = 0;
  let coming = null; // the address of the chosen item while it is on its way
  let held = null; // the key pressed meanwhile, if the rep chose the item by hand
  let isChosenByHand = false;
  let toastTimer = 0;

  const toast = (words, undo) => {
    const place = $("#toast");
    if (!place || !words) return;
    place.textContent = words;
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Undo";
      button.addEventListener("click", undo);
      place.append(" ", button);
    }
    place.classList.add("shown");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => place.classList.remove("shown"), undo ? 8000 : 5000);
  };
  document.addEventListener("toast", (event) => toast(event.detail));

  // -- the list --------------------------------------------------------------------------------------------

  const rows = () => $$("[data-rows] .row");
  const place = () => {
    const all = rows();
    const focused = all.indexOf(document.activeElement);
    return focused >= 0 ? focused : all.findIndex((row) => row.hasAttribute("aria-current"));
  };
  const mark = (row) => {
    for (const each of rows()) each.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  };
  // A screen reader hears that the item is on its way, too.
  const awaitItem = (path) => {
    coming = path;
    if (path) $("#main")?.setAttribute("aria-busy", "true");
    else $("#main")?.removeAttribute("aria-busy");
  };
  const choose = (row) => {
    if (!row) return;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    if (!row.hasAttribute("hx-get") || narrow.matches) return;
    mark(row);
    // Running through the list with a held key must not ask for every row on the way.
    clearTimeout(opening);
    const path = row.getAttribute("hx-get");
    [held, isChosenByHand] = [null, false];
    awaitItem(path);
    opening = setTimeout(() => {
      const standing = row.isConnected ? row : rows().find((each) => each.getAttribute("hx-get") === path);
      standing ? standing.click() : awaitItem(null);
    }, 60);
  };
  document.addEventListener("choose", (event) => {
    choose(event.detail);
    isChosenByHand = true;
  });
  const step = (by) => {
    const all = rows();
    const at = place();
    choose(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
    isChosenByHand = true;
  };

  const moveOn = (id) => {
    const items = $$("[data-rows] .row-item");
    const at = items.findIndex((item) => item.dataset.id === id);
    const isOpen = (item) => "open" in item.dataset && item.dataset.id !== id;
    const next = items.slice(at + 1).find(isOpen) ?? items.find(isOpen);
    if (!next) return false;
    choose($(".row", next));
    // On a phone the list is out of sight: the next item opens in the place of this one.
    if (narrow.matches && $("#main.opened")) $(".row", next).click();
    return true;
  };

  // -- a strip of tabs that is wider than the screen --------------------------------------------------------

  const showCurrentTab = () => {
    for (const tab of $$(".tabs [aria-current]")) {
      const strip = tab.parentElement;
      if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
    }
  };
  showCurrentTab();
  addEventListener("resize", showCurrentTab);

  // -- deciding --------------------------------------------------------------------------------------------

  const undoLast = () => {
    const row = lastDecided && $(`#row-${CSS.escape(lastDecided)} .row`);
    if (!row) return;
    const [path, query] = row.getAttribute("href").split("?");
    htmx.ajax("POST", `${path}/undo${query ? `?${query}` : ""}`, { source: row, target: "#work" });
    mark(row);
    row.focus();
  };

  document.addEventListener("decided", (event) => {
    const { id, said, next } = event.detail;
    if (said === "Approved" || said === "Rejected") {
      lastDecided = id;
      const last = moveOn(id) ? "" : " That was the last one here.";
      toast(`${said}.${last}`, undoLast);
      return;
    }
    if (said) lastDecided = null;
    toast(said || "Not undone: it was changed since.");
    if (next) moveOn(id);
    // The button that was pressed went with what it belonged to; and what asks now stands above all else.
    const asks = $("#work [role=alert]");
    if (asks) asks.focus();
    else if (document.activeElement === document.body) $("[data-rows] .row[aria-current]")?.focus({ preventScroll: true });
  });

  // -- words of a draft that are not saved yet: kept while one looks at others, and not left by accident ------

  const unsaved = new Map();
  const draftOf = (draft) => draft.getAttribute("action").split("/").at(-2);
  const fieldsOf = (draft) => [draft.elements.subject, draft.elements.body];
  document.addEventListener("input", (event) => {
    const draft = event.target.closest("#draft");
    if (!draft) return;
    const fields = fieldsOf(draft);
    if (fields.every((field) => field.value === field.defaultValue)) unsaved.delete(draftOf(draft));
    else unsaved.set(draftOf(draft), fields.map((field) => field.value));
  });
  const bringBack = () => {
    const draft = $("#draft");
    const kept = draft && unsaved.get(draftOf(draft));
    if (!kept) return;
    const fields = fieldsOf(draft);
    if (fields.every((field, at) => field.value === kept[at])) return;
    fields.forEach((field, at) => (field.value = kept[at]));
    fields[1].dispatchEvent(new Event("input", { bubbles: true }));
    toast("What you wrote here is back. It is not saved yet.");
  };
  document.addEventListener("decided", (event) => unsaved.delete(event.detail.id));
  addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });

  const press = (key) => {
    const target = $(`#work [data-key="${key}"]`);
    if (!target) return false;
    if (target.matches("summary")) {
      target.parentElement.open = true;
      const first = $("[data-number], input", target.parentElement);
      first?.focus();
      if (first?.matches("input")) first.select();
    } else if (target.matches("input, textarea")) target.focus();
    else target.click();
    return true;
  };

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    a: () => press("a"),
    e: () => press("e"),
    r: () => press("r"),
    s: () => press("s"),
    u: () => press("u") || undoLast(),
    "?": () => $("#keys")?.showModal(),
  };

  // A key is meant for the chosen row. While its item is on the way, the one before still stands there: the key waits,
  // or is dropped where the row came by itself after a decision, so that a second press decides nothing unseen.
  addEventListener("keydown", (event) => {
    if (!coming || event.ctrlKey || event.metaKey || event.altKey || !/^[aersumtib1-9]$/.test(event.key)) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select") || $("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isChosenByHand && !event.repeat && !/\d/.test(event.key)) held = event.key;
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!coming || event.detail.requestConfig?.path !== coming) return;
    const key = held;
    held = null;
    awaitItem(null);
    if (key) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
  for (const failed of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failed, () => {
      held = null;
      awaitItem(null);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) typing.blur();
    if (event.key === "Enter" && !event.shiftKey && event.target.matches("[data-send]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    if (typing || $("dialog[open]") || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) $("#keys").showModal();
    const row = event.target.closest(".row[hx-get]");
    if (!row) return;
    mark(row);
    $("#main").classList.add("opened");
    if (narrow.matches) scrollTo(0, 0);
  });

  // -- what was just shown ---------------------------------------------------------------------------------

  const settle = (root) => {
    for (const time of $$("time", root)) time.title = new Date(time.dateTime).toLocaleString();
    const quoted = $("#work .context mark");
    const pane = $("#work .context");
    if (quoted && pane && !narrow.matches && root.contains(quoted)) {
      pane.scrollTop += quoted.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    }
    const talk = $("[data-stick]");
    if (talk && (root === document || root.id === "work" || root.contains(talk))) talk.scrollTop = talk.scrollHeight;
    const wanted = root === document && location.hash.startsWith("#message-") && document.getElementById(location.hash.slice(1));
    if (wanted) wanted.scrollIntoView({ block: "center" });
  };

  let wasAtEnd = false;
  let wasFocused;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const talk = $("[data-stick]");
    wasAtEnd = Boolean(talk) && talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
    const row = document.activeElement?.closest("#talk-list .row-item");
    wasFocused = event.detail.target?.id === "talk-list" ? row?.dataset.id : undefined;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const path = event.detail.requestConfig?.path ?? "";
    settle(event.detail.target?.isConnected ? event.detail.target : document);
    if (wasFocused) $(`#talk-list [data-id="${CSS.escape(wasFocused)}"] .row`)?.focus();
    wasFocused = undefined;
    if (event.detail.requestConfig?.verb === "get") bringBack();
    if (path.includes("/after/") && wasAtEnd) $("[data-stick]").scrollTop = $("[data-stick]").scrollHeight;
    if (path.endsWith("/say") || path.endsWith("/take-over")) $("#reply")?.focus();
  });
  document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.responseText.slice(0, 300)));
  document.addEventListener("htmx:sendError", () => toast("No connection. Nothing was changed; try again."));

  // -- live: the stream says that something changed, and the page asks what; without it the page asks on its own --

  const inFlight = new Map(); // what is asked for, and the element that asked
  const askAgain = new Set();
  const askFor = (what) => {
    for (const each of $$("[data-live]")) {
      const name = each.dataset.live;
      if (what && what !== name) continue;
      // An answer that is on its way may be older than this hint, and may replace the element. One that was asked for
      // by an element which something else replaced meanwhile is told to nobody.
      if (inFlight.get(name)?.isConnected) askAgain.add(name);
      else {
        htmx.process(each); // what was swapped in a moment ago does not listen yet, and the hint would be lost
        htmx.trigger(each, "news");
      }
    }
  };
  const nameOf = (event) => event.detail.requestConfig?.elt?.dataset?.live;
  document.addEventListener("htmx:beforeSend", (event) => nameOf(event) && inFlight.set(nameOf(event), event.detail.requestConfig.elt));
  document.addEventListener("htmx:afterRequest", (event) => {
    const name = nameOf(event);
    if (inFlight.get(name) !== event.detail.requestConfig?.elt) return;
    if (inFlight.delete(name) && askAgain.delete(name)) setTimeout(() => askFor(name), 100);
  });

  const stream = $("[data-live]") && $("[data-stream]")?.dataset.stream;
  let source = null;
  let isLive = false;
  let ticks = 0;
  const listen = () => {
    source = new EventSource(stream);
    source.addEventListener("hint", (event) => {
      const what = event.data.split(" ", 1)[0];
      isLive = true;
      askFor(what === "all" ? "" : what);
    });
    source.addEventListener("error", () => (isLive = false)); // the browser connects again by itself
  };
  if (stream) {
    // A page that nobody sees leaves its connection to those that somebody does: browsers open six to one host.
    document.addEventListener("visibilitychange", () => {
      source?.close();
      [source, isLive] = [null, false];
      if (!document.hidden) listen();
    });
    if (!document.hidden) listen();
    setInterval(() => {
      ticks += 1;
      if (source?.readyState === 2 && ticks % 20 === 0) listen(); // it was refused: try now and then
      if (!isLive || ticks % 7 === 0) askFor("");
    }, 3000);
  }

  // -- what is true for a moment in the open conversation: who writes, and how far it was read ---------------

  let signs = null;
  let signsOf = "";
  let seenUpTo = 0;
  let typingTimer = 0;
  let typedAt = 0;
  const showSeen = () => {
    for (const old of $$(".seen-mark")) old.remove();
    const mine = $$("#transcript .said.person[data-seq]").filter((each) => Number(each.dataset.seq) <= seenUpTo).at(-1);
    if (!mine || mine !== $$("#transcript .said.person[data-seq]").at(-1)) return;
    const mark = document.createElement("span");
    mark.className = "seen-mark dim";
    mark.textContent = "seen by the visitor";
    $(".by", mine)?.append(" ", mark);
  };
  const showTyping = (words) => {
    const place = $("#signs");
    if (place && place.textContent !== words) place.textContent = words;
  };
  const watchSigns = () => {
    const wanted = document.hidden ? "" : ($("[data-signs]")?.dataset.signs ?? "");
    showSeen();
    if (wanted === signsOf) return;
    signs?.close();
    [signs, signsOf, seenUpTo] = [null, wanted, 0];
    showTyping("");
    if (!wanted) return;
    signs = new EventSource(wanted);
    signs.addEventListener("typing", () => {
      showTyping("The visitor is writing");
      clearTimeout(typingTimer);
      typingTimer = setTimeout(() => showTyping(""), 6000);
    });
    signs.addEventListener("seen", (event) => {
      seenUpTo = Math.max(seenUpTo, Number(event.data));
      showSeen();
    });
  };
  document.addEventListener("visibilitychange", watchSigns);
  document.addEventListener("htmx:afterSettle", (event) => {
    // What they wrote is here: they write no longer.
    if ((event.detail.requestConfig?.path ?? "").includes("/after/")) showTyping("");
    watchSigns();
  });
  document.addEventListener("input", (event) => {
    const path = event.target.dataset?.typing;
    if (!path || !event.target.value.trim() || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    fetch(path, { method: "POST", headers, keepalive: true }).catch(() => undefined);
  });
  watchSigns();

  // -- who waits: in the tab's title, and with a sound for those who switched it on --------------------------

  const title = document.title;
  let waited = null;
  const hasSound = () => {
    try {
      return localStorage.getItem("frontdesk.sound") === "on";
    } catch {
      return false;
    }
  };
  const showSound = () => {
    const button = $("[data-sound]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(hasSound()));
    button.textContent = hasSound() ? "Sound on" : "Sound off";
  };
  const ring = () => {
    const audio = new AudioContext();
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.4);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
    tone.onended = () => audio.close();
  };
  const tellWaiting = () => {
    const waiting = Number($("#desk")?.dataset.waiting ?? 0);
    document.title = waiting ? `(${waiting}) ${title}` : title;
    showSound();
    if (waited !== null && waiting > waited && hasSound()) ring();
    if ($("#desk")?.dataset.waiting !== undefined) waited = waiting;
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "desk" || event.detail.elt?.id === "desk") tellWaiting();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-sound]")) return;
    try {
      localStorage.setItem("frontdesk.sound", hasSound() ? "off" : "on");
    } catch {
      return;
    }
    showSound();
    if (hasSound()) ring();
  });

  if (narrow.matches) $(".menu")?.removeAttribute("open");
  settle(document);
})();
