// The help API as the widget's tests meet it: the contract's shapes, invented articles, two users and nobody. Tests only.
const NOW = Date.now();
const ago = (days) => new Date(NOW - days * 86_400_000).toISOString();
const span = (text, more = {}) => ({ text, ...more });
const text = (...spans) => ({ kind: "text", spans: spans.map((one) => (typeof one === "string" ? span(one) : one)) });
const heading = (words, level = 2) => ({
  kind: "heading",
  level,
  text: words,
  anchor: words.toLowerCase().replaceAll(" ", "-"),
});
const article = (id, title, section, needs, body) => ({
  id,
  title,
  section,
  updated: ago(20 + id.length).slice(0, 10),
  url: `/docs/${id === "plans" ? "plans-and-prices" : id}`,
  needs,
  body,
});

const ARTICLES = [
  article("invite-crews", "Invite your crews", "Get started", "public", [
    text(
      "Everybody who works outside needs ",
      span("an invitation", { bold: true }),
      " and a phone. It takes a minute for each crew.",
    ),
    heading("Send an invitation"),
    {
      kind: "list",
      ordered: true,
      start: 1,
      items: [
        { spans: [span("Open "), span("Settings, Crews", { bold: true }), span(".")], body: [] },
        {
          spans: [span("Enter one address a line.")],
          body: [{ kind: "list", ordered: false, start: 1, items: [{ spans: [span("Up to 50 at once.")], body: [] }] }],
        },
        {
          spans: [span("Press "), span("Invite", { italic: true }), span(". The invitation is valid for 7 days.")],
          body: [],
        },
      ],
    },
    {
      kind: "note",
      body: [
        text(
          "On Starter up to 3 people can sign in. ",
          span("Compare the plans", { article: "plans", anchor: "seats" }),
          ".",
        ),
      ],
    },
    heading("From your own system"),
    text("One call to ", span("POST /v2/invitations", { code: true }), " does the same."),
    {
      kind: "code",
      language: "shell",
      text: 'curl -X POST https://api.fernway.example/v2/invitations \\\n  -H "Authorization: Bearer $FERNWAY_KEY" \\\n  -d \'{"emails": ["crew.one@yourcompany.example", "crew.two@yourcompany.example"]}\'',
    },
    { kind: "hologram", text: "of a newer server" },
    heading("What a crew sees"),
    text(
      "The day's jobs, the way there, and ",
      span("how to work offline", { article: "offline" }),
      ". More stands on ",
      span("our status page", { href: "https://status.fernway.example/" }),
      ".",
    ),
    ...["Roles", "Removing somebody"].flatMap((words) => [
      heading(words, 3),
      text(
        "A dispatcher plans, a crew reports. Both can be changed later under Settings, Crews, and nothing that was reported is lost when somebody leaves: their jobs stay with the customer, their hours with the period.",
      ),
    ]),
  ]),
  article("plans", "Plans and prices", "Billing", "public", [
    text("Prices are for each seat and month, without tax."),
    heading("Seats"),
    {
      kind: "table",
      header: [
        [span("Plan")],
        [span("Seats")],
        [span("Billed yearly")],
        [span("Billed monthly")],
        [span("API requests a minute")],
      ],
      rows: [
        ["Starter", "1 to 3", "0 EUR", "0 EUR", "none"],
        ["Team", "4 to 50", "12 EUR", "15 EUR", "600"],
        ["Business", "up to 500", "24 EUR", "29 EUR", "1,800"],
      ].map((row) => row.map((cell) => [span(cell)])),
    },
    heading("Team"),
    text("The Team plan is for companies that grow. It has 4 to 50 seats."),
  ]),
  article("offline", "Work without a connection", "In the field", "public", [
    text("The app keeps the jobs of the next three days on the phone."),
  ]),
  article("calendar", "Connect a calendar", "Get started", "public", [
    text("Jobs appear in the calendar of the crew."),
  ]),
  article("import", "Import customers and jobs", "Get started", "signed-in", [
    text("A CSV file of up to 20,000 rows."),
  ]),
  article("sso", "Single sign-on for crews", "Administration", "enterprise", [
    text("Only on Enterprise: connect your identity provider with SAML."),
  ]),
  article("audit", "Export the crew audit log", "Administration", "enterprise", [
    text("Only on Enterprise: every change, as JSON lines."),
  ]),
];
const NEWS = [
  {
    id: "n-2",
    title: "Routes now avoid low bridges",
    text: "Enter the height of a vehicle once, and every route respects it.",
    at: ago(2),
    url: "/changes/routes",
    needs: "public",
  },
  {
    id: "n-1",
    title: "Planned maintenance on Sunday",
    text: "Between 02:00 and 02:30 UTC the board is read-only. Crews notice nothing.",
    at: ago(9),
    url: null,
    needs: "signed-in",
  },
];
const GUIDES = [
  {
    key: "first-day",
    title: "Plan your first day",
    summary: "From an empty board to a crew on its way, in about ten minutes.",
    needs: "signed-in",
    steps: [
      {
        key: "vehicle",
        title: "Add a vehicle",
        body: [text("Its height and weight decide which routes it gets.")],
        url: "/app/vehicles",
      },
      {
        key: "crew",
        title: "Invite a crew",
        body: [
          text(
            "They get a link by mail and need no password. ",
            span("How to invite", { article: "invite-crews" }),
            ".",
          ),
        ],
        url: null,
        article: "invite-crews",
      },
      {
        key: "job",
        title: "Plan a job",
        body: [text("Drag it onto the board. The nearest crew is suggested.")],
        url: null,
      },
      { key: "report", title: "Read the report", body: [], url: "https://reports.fernway.example/today" },
    ],
  },
  {
    key: "sso",
    title: "Connect single sign-on",
    summary: "",
    needs: "enterprise",
    steps: [{ key: "idp", title: "Name your provider", body: [], url: null }],
  },
];
const MEMBERS = {
  starter: { name: "Ada", plan: "Starter", reads: ["public", "signed-in"] },
  enterprise: { name: "Grace", plan: "Enterprise", reads: ["public", "signed-in", "enterprise"] },
};
const NOBODY = { reads: ["public"] };

/** What this reader did, by token; a fresh server knows nothing. */
export const helpState = () => ({ seen: new Set(), done: new Set(["first-day vehicle"]), votes: new Map(), calls: [] });

export async function serveHelp(request, response, { help, faults, conversations }) {
  const { pathname, searchParams } = new URL(request.url, "http://fake");
  const path = pathname.split("/").slice(4).map(decodeURIComponent);
  const token = request.headers.authorization?.replace("Bearer ", "");
  // An unsigned token: who it says they are stands at its end.
  const who = token?.split(".").at(-1);
  const say = (status, body) =>
    response
      .writeHead(status, { "content-type": "application/json", "cache-control": "private, no-store" })
      .end(JSON.stringify(body));
  const refuse = (status, code) => say(status, { code, message: code });
  const body = request.method === "POST" ? JSON.parse(Buffer.concat(await request.toArray()).toString() || "{}") : null;
  help.calls.push({
    path: pathname,
    query: searchParams.get("q"),
    who: who ?? null,
    body,
    locale: searchParams.get("locale"),
  });
  if (faults.slowHelp) await new Promise((over) => setTimeout(over, 900));
  if (faults.failHelp) return refuse(500, "failed");
  if (who === "expired") return refuse(401, "identity_expired");
  const reader = MEMBERS[who] ?? NOBODY;
  const mine = (all) => all.filter((one) => reader.reads.includes(one.needs));
  const face = ({ id, title, section, updated, url }) => ({ id, title, section, updated, url });
  const [what, id, act, step] = path;
  if (what === "home") {
    const articles = mine(ARTICLES);
    const sections = [...new Set(articles.map(({ section }) => section))];
    return say(200, {
      member: reader === NOBODY ? null : { name: reader.name, plan: reader.plan },
      featured: articles.slice(0, 3).map(face),
      groups: sections.map((title) => ({ title, articles: articles.filter((one) => one.section === title).map(face) })),
      announcements: mine(NEWS).map(({ needs, ...one }) => ({ ...one, is_new: !help.seen.has(one.id) })),
      guides: mine(GUIDES).map(({ key, title, summary, steps }) => ({
        key,
        title,
        summary,
        steps: steps.length,
        done: steps.filter((one) => help.done.has(`${key} ${one.key}`)).length,
      })),
    });
  }
  if (what === "search") {
    const query = searchParams.get("q").toLowerCase();
    const hits = mine(ARTICLES).flatMap((one) => {
      const words = one.body.flatMap(({ spans = [] }) => spans.map((part) => part.text)).join("");
      const at = words.toLowerCase().indexOf(query);
      if (at < 0 && !one.title.toLowerCase().includes(query)) return [];
      const from = Math.max(0, at - 30);
      const marks = at < 0 ? [] : [[at - from, at - from + query.length]];
      return [{ ...face(one), heading: "", anchor: "", snippet: { text: words.slice(from, from + 120), marks } }];
    });
    return say(200, { query, articles: hits.slice(0, 8), total: hits.length });
  }
  if (what === "articles") {
    const url = searchParams.get("url");
    const found = mine(ARTICLES).find((one) => one.id === id || (url !== null && new URL(url).pathname === one.url));
    if (found === undefined) return refuse(404, "not_found");
    if (act === "vote") {
      help.votes.set(`${who} ${id}`, body.value);
      return say(200, {});
    }
    return say(200, { ...face(found), body: found.body, vote: help.votes.get(`${who} ${found.id}`) ?? null });
  }
  if (what === "guides") {
    const guide = mine(GUIDES).find(({ key }) => key === id);
    if (guide === undefined) return refuse(404, "not_found");
    if (act === "steps") {
      if (faults.failSteps) return refuse(500, "failed");
      help.done[body.done ? "add" : "delete"](`${id} ${step}`);
      return say(200, {});
    }
    return say(200, {
      ...guide,
      steps: guide.steps.map((one) => ({ ...one, done: help.done.has(`${id} ${one.key}`) })),
    });
  }
  if (what === "announcements") {
    help.seen.add(id);
    return say(200, {});
  }
  if (what === "conversations") {
    if (reader === NOBODY) return refuse(401, "identity_refused");
    const live = [...conversations.values()].filter(({ log }) => log.length > 0);
    return say(200, {
      conversations: [
        ...live.map(({ id: key, log }) => ({
          id: key,
          title: log[0].text,
          last: "",
          at: log.at(-1).at,
          with_person: false,
          is_open: true,
        })),
        {
          id: "c-elsewhere",
          title: "Invoices went to the wrong address",
          last: "We changed it, and sent last month's again.",
          at: ago(1),
          with_person: true,
          is_open: true,
        },
        {
          id: "c-older",
          title: "Can crews work without a connection?",
          last: "Yes, for three days.",
          at: ago(40),
          with_person: false,
          is_open: false,
        },
      ],
    });
  }
  return refuse(404, "not_found");
}
