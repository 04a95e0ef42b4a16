// In the page under test: traps, a server of its own, and what is looked at afterwards.
(() => {
  const AT = "2026-03-02T09:30:00Z";
  const trapped = [];
  const trap = (name) => (...args) => void trapped.push(`${name}(${args.map(String).join().slice(0, 80)})`);
  let owned;
  Object.defineProperty(window, "__owned", { get: () => owned, set: (by) => ((owned = by), trapped.push("__owned")) });
  for (const name of ["alert", "confirm", "prompt", "open", "print", "fetch"]) window[name] = trap(name);
  navigator.sendBeacon = trap("sendBeacon");
  window.addEventListener("error", (event) => trapped.push(`error: ${event.message}`));
  window.addEventListener("unhandledrejection", (event) => trapped.push(`rejection: ${event.reason}`));
  document.addEventListener("securitypolicyviolation", (event) =>
    trapped.push(`csp: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
  );
  const globals = () => Object.getOwnPropertyNames(window).sort().join();
  const protos = () =>
    [Object, Array, String, Function, Node, Element].map((one) => Reflect.ownKeys(one.prototype).map(String).sort().join());

  /** Answers `hello` with the face, and sends whatever else it is given. */
  class Wire {
    static last;
    readyState = 1;
    constructor() {
      Wire.last = this;
      setTimeout(() => this.onopen?.(new Event("open")));
    }
    send(text) {
      window.xss.sent.push(text);
      // Whoever says hello again is told that nothing is missing.
      if (JSON.parse(text).type === "hello") this.tell({ ...window.xss.welcome, seq: window.xss.seq });
    }
    tell(frame) {
      this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
    }
    close() {}
    addEventListener() {}
    removeEventListener() {}
  }
  /** One of each kind, with `text` wherever a document, a playbook, a catalogue or a visitor may put words. */
  function blocks(text) {
    const before = "before ";
    const [start, end] = [before.length, before.length + [...text].length];
    const passage = `${before}${text} after`;
    const cite = { n: 1, url: text, title: text, heading: text, quote: text, passage, start, end, score: 0.5 };
    const slot = { value: text, start: "2026-03-03T09:00:00Z", label: text };
    const field = { name: text, label: text, kind: "text", required: true, value: text, error: text };
    const item = { plan: text, quantity: 2, unit_price: text, total: text };
    const line = { text, cites: [1] };
    return [
      { kind: "text", lines: [line, { text: `${text} ${text}`, cites: [] }] },
      { kind: "list", ordered: true, start: 1, items: [line] },
      { kind: "table", header: [text, "b"], rows: [[text, "1"]], cites: [1] },
      { kind: "code", language: text, text, cites: [] },
      { kind: "choices", prompt: text, purpose: "question", text, choices: [{ value: text, label: text }] },
      {
        kind: "slots",
        prompt: text,
        text,
        zone: "UTC",
        zone_label: text,
        duration_minutes: 30,
        days: [{ date: "2026-03-03", label: text, slots: [slot] }],
      },
      { kind: "form", prompt: text, purpose: "trial", text, submit: text, fields: [field] },
      {
        kind: "meeting",
        state: "confirmed",
        title: text,
        when: text,
        start: AT,
        end: AT,
        zone: text,
        ics_url: text,
        manage_url: text,
      },
      { kind: "trial", state: "mail_sent", text, prompt: text, again_after_s: 0 },
      { kind: "cart", items: [item], period: "month", total: text, note: text, checkout_url: text },
      { kind: "handoff", state: "asked", text },
      { kind: "pages", pages: [{ title: text, url: text }] },
      { kind: "sources", citations: [{ ...cite, document_version: text, updated: "2026-02-14" }] },
    ];
  }

  function frames(texts) {
    const made = [];
    const add = (frame) => made.push({ seq: made.length + 1, at: AT, ...frame });
    texts.forEach((text, number) => {
      for (const author of ["visitor", "person", "system"]) {
        const id = `${author}-${number}`;
        const files = [{ id, name: text, type: text, bytes: 3, url: text }];
        add({ type: "message", id, author, text, client_id: null, name: text, files });
      }
      const turn = `turn-${number}`;
      blocks(text).forEach((block, index) => add({ type: "block", turn, index, block: { lang: "", ...block } }));
      add({ type: "done", turn });
    });
    return made;
  }

  window.WebSocket = Wire;
  window.xss = {
    trapped,
    sent: [],
    seq: 0,
    globals,
    protos,
    frames,
    /** All turns are drawn, with the parts that were still to come. */
    async drawn(count) {
      const { shadowRoot } = document.querySelector("front-desk");
      const isDrawn = () =>
        shadowRoot.querySelectorAll("[data-kind=turn]").length === count && !shadowRoot.querySelector(".coming");
      for (let tries = 0; !isDrawn() && tries < 300; tries += 1) await new Promise((over) => setTimeout(over, 100));
    },
    tell(frames) {
      for (const frame of frames) {
        if (frame.seq > this.seq) this.seq = frame.seq;
        Wire.last.tell(frame);
      }
    },
  };
})();
