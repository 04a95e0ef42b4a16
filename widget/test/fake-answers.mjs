// What the fake server answers: one turn for every block and state, picked by a word in what was said.
const cite = (n, title, heading, before, quote, after = "") => ({
  n,
  title,
  heading,
  quote,
  passage: before + quote + after,
  start: before.length,
  end: before.length + quote.length,
  url: `/docs/${title.toLowerCase().replaceAll(" ", "-")}#${heading.toLowerCase().replaceAll(" ", "-")}`,
  score: 0.8,
  document_version: "v1",
  updated: "2026-02-14",
});
const PLANS = cite(
  1,
  "Plans and prices",
  "Team",
  "The Team plan is for companies with several crews. It has 4 to 50 seats. ",
  "Each seat costs 12 EUR a month when billed yearly, or 15 EUR when billed monthly.",
  " Seats can be added at any time.",
);
const SEATS = cite(
  2,
  "Billing",
  "Change the number of seats",
  "",
  "You can change seats at any time under Settings, Billing.",
  " The difference is charged for the rest of the period.",
);
const text = (...lines) => ({ kind: "text", lines: lines.map(([words, ...cites]) => ({ text: words, cites })) });
const sources = { kind: "sources", citations: [PLANS, SEATS] };
const day = (date, label, times) => ({
  date,
  label,
  slots: times.map((time) => ({ value: `${date}T${time}`, start: `${date}T${time}:00+01:00`, label: time })),
});

const ANSWER = [
  text(
    ["Team costs 12 EUR a seat each month when billed yearly, or 15 EUR when billed monthly.", 1],
    ["It covers 4 to 50 seats.", 1],
    ["You can change seats at any time under Settings, Billing.", 2],
  ),
  sources,
];
const QUESTION = {
  kind: "choices",
  prompt: "q-size",
  purpose: "question",
  text: "Roughly how many people would use it? It decides which plan fits.",
  choices: ["1-10", "11-50", "51-200", "More"].map((label) => ({ value: label, label })),
};
const LONG = [
  text(["Connect your calendar first, then invite the crews.", 1]),
  {
    kind: "list",
    ordered: true,
    start: 1,
    items: [
      { text: "Open Settings, Integrations and choose your calendar.", cites: [1] },
      { text: "Sign in with the account that owns the shared calendar.", cites: [1] },
      { text: "Pick the crews whose jobs should appear there.", cites: [2] },
    ],
  },
  {
    kind: "table",
    header: ["Plan", "Seats", "Yearly", "Monthly"],
    rows: [
      ["Starter", "up to 3", "0 EUR", "0 EUR"],
      ["Team", "4 to 50", "12 EUR", "15 EUR"],
      ["Business", "up to 500", "24 EUR", "29 EUR"],
    ],
    cites: [1],
  },
  sources,
];
const CODE = [
  text(["Send your key in the Authorization header.", 1]),
  {
    kind: "code",
    language: "bash",
    text: 'curl https://api.fernway.example/v1/jobs \\\n  -H "Authorization: Bearer $KEY" \\\n  -H "Accept: application/json"',
    cites: [1],
  },
  {
    kind: "list",
    ordered: false,
    start: 1,
    items: [
      { text: "Team: 600 requests a minute.", cites: [1] },
      { text: "Business: 1,800 requests a minute.", cites: [] },
    ],
  },
  sources,
];
const PAGES = [
  text(["That isn’t in our documentation. These pages are the closest."]),
  {
    kind: "pages",
    pages: [
      { title: "Security overview", url: "/docs/security" },
      { title: "Hosting regions", url: "/docs/regions" },
    ],
  },
  {
    kind: "choices",
    prompt: "offer-1",
    purpose: "offer",
    text: "Shall I pass the question to a person?",
    choices: [
      { value: "yes", label: "Yes, please" },
      { value: "no", label: "No, thanks" },
    ],
  },
];
const SLOTS = [
  {
    kind: "slots",
    prompt: "slots-1",
    text: "Here are free times for a 30-minute demo.",
    zone: "Europe/Berlin",
    zone_label: "Berlin (UTC+1)",
    duration_minutes: 30,
    team_zone: "Asia/Kolkata",
    days: [
      day("2026-03-03", "Tuesday 3 March", ["09:00", "09:30", "11:00", "14:00", "15:30"]),
      day("2026-03-04", "Wednesday 4 March", ["10:00", "10:30"]),
      day("2026-03-05", "Thursday 5 March", ["13:00"]),
      day("2026-03-06", "Friday 6 March", ["09:00"]),
    ],
  },
];
const FORM = (error) => [
  {
    kind: "form",
    prompt: error ? "trial-2" : "trial-1",
    purpose: "trial",
    text: "Where shall we send the link to start your trial?",
    submit: "Start the trial",
    fields: [
      {
        name: "email",
        label: "Work e-mail",
        kind: "email",
        required: true,
        value: error ? "ada@example.com" : "",
        error,
      },
      { name: "company", label: "Company", kind: "text", required: false, value: "", error: null },
    ],
  },
];
const meeting = (state) => ({
  kind: "meeting",
  state,
  title: "Fernway demo with the sales team",
  when: "Tuesday 3 March, 14:00 to 14:30 (Berlin)",
  start: "2026-03-03T13:00:00Z",
  end: "2026-03-03T13:30:00Z",
  zone: "Europe/Berlin",
  ics_url: state === "cancelled" ? null : "/meetings/1.ics",
  manage_url: state === "cancelled" ? null : "/meetings/1",
});
const CART = [
  {
    kind: "cart",
    period: "month",
    total: "60.00 EUR",
    note: "Billed yearly. Taxes are added at checkout.",
    checkout_url: "/buy/1",
    items: [{ plan: "Team", quantity: 5, unit_price: "12.00 EUR a seat", total: "60.00 EUR" }],
  },
];
const handoff = (state, words) => ({ kind: "handoff", state, text: words });
const XSS =
  '<img src=x onerror="window.__owned=1"><script>window.__owned=1</script> javascript:alert(1) https://example.com/a?b=<x>';

const PLANS_BY_WORD = [
  [/\blong\b|calendar/i, () => ({ blocks: LONG })],
  [/\bcode\b|api/i, () => ({ blocks: CODE })],
  [/\bpages\b|penetration/i, () => ({ blocks: PAGES })],
  [/\bquestion\b/i, () => ({ blocks: [...ANSWER, QUESTION] })],
  [/\bslots\b|demo next/i, () => ({ blocks: SLOTS })],
  [/\bform\b|trial/i, () => ({ blocks: FORM(null) })],
  [/\bmeeting\b/i, () => ({ blocks: [meeting("confirmed"), meeting("moved"), meeting("cancelled")] })],
  [/^(?:thanks|danke|merci|gracias|شكرا)/i, () => ({ blocks: [text(["You are welcome."])] })],
  [
    /\bback\b/i,
    () => ({ messages: [{ author: "system", text: "The assistant answers again." }], blocks: [], isQuiet: true }),
  ],
  [/\bcart\b/i, () => ({ blocks: CART })],
  [/\bnobody\b/i, () => ({ blocks: [handoff("nobody", "We answer by e-mail within one working day.")] })],
  [
    /\bperson\b|\bjoin\b/i,
    () => ({
      blocks: [handoff("joined", "You’re now talking with the sales team. I’ll stay quiet.")],
      messages: [
        { author: "system", text: "Ada from sales joined." },
        {
          author: "person",
          text: "Hello, I’m looking at your question now. See https://example.com/plans.",
          name: "Ada",
        },
      ],
    }),
  ],
  [/\berror\b/i, () => ({ problem: { code: "rate_limited", message: "That was quick. Try again in a few seconds." } })],
  [
    /\bbroken\b/i,
    () => ({ problem: { code: "unavailable", message: "We could not look that up. Try again.", client_id: null } }),
  ],
  [/\bdrop\b/i, () => ({ blocks: ANSWER, hangUpAfter: 0 })],
  [/\bslow\b/i, () => ({ blocks: ANSWER, pauseMs: 60000 })],
  [/\bcut\b/i, () => ({ blocks: [ANSWER[0]], isCut: true })],
  [
    /\bxss\b/i,
    () => ({
      blocks: [
        text([XSS, 1]),
        { kind: "pages", pages: [{ title: XSS, url: "javascript:window.__owned=1" }] },
        { kind: "sources", citations: [{ ...PLANS, title: XSS, url: "javascript:window.__owned=1" }] },
      ],
    }),
  ],
  [/\bunknown\b/i, () => ({ blocks: [{ kind: "hologram", text: "?" }, ...ANSWER] })],
  [
    /\bstress\b/i,
    () => ({ blocks: [text([`${"Donaudampfschifffahrtsgesellschaft".repeat(6)} is long.`, 1]), sources] }),
  ],
];

/** The turn for what the visitor did. */
export function script(words, frame) {
  if (frame.type === "submit" && frame.prompt === "trial-1")
    return { blocks: FORM("We have a trial for that address already.") };
  if (frame.type === "submit")
    return {
      blocks: [
        {
          kind: "trial",
          state: "mail_sent",
          text: "We sent a link to your address. It works for 24 hours.",
          prompt: `mailed-${frame.prompt}`,
          again_after_s: 2,
        },
      ],
    };
  if (frame.type === "choose" && frame.prompt.startsWith("mailed-") && frame.value === "again")
    return { blocks: [{ kind: "trial", state: "verified", text: "Your trial runs until Tuesday 17 March 2026." }] };
  if (frame.type === "choose" && frame.prompt.startsWith("mailed-")) return { blocks: FORM(null) };
  if (frame.type === "choose" && frame.prompt === "slots-1") return { blocks: [meeting("confirmed")] };
  if (frame.type === "choose") return { blocks: [text(["No problem."])] };
  for (const [word, plan] of PLANS_BY_WORD) if (word.test(words)) return plan();
  return { blocks: ANSWER };
}
