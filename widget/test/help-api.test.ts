import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { guided, reading } from "../src/help/article-shapes.ts";
import { Api, Trouble, type Reader } from "../src/help/api.ts";
import { found, home, past } from "../src/help/shapes.ts";

const HOME = { member: null, featured: [], groups: [], announcements: [], guides: [] };

interface Asked {
  readonly url: string;
  readonly token: string | null;
  readonly visitor: string | null;
}

/** A server that answers what it is told to, in order; the last answer stays. */
function server(...answers: (readonly [status: number, body: unknown])[]): { send: typeof fetch; asked: Asked[] } {
  const asked: Asked[] = [];
  const send = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers);
    asked.push({
      url: String(url),
      token: headers.get("authorization"),
      visitor: headers.get("x-frontdesk-visitor"),
    });
    const [status, body] = answers[Math.min(asked.length, answers.length) - 1]!;
    return new Response(JSON.stringify(body), { status });
  };
  return { send, asked };
}
const signedIn = (...tokens: string[]): Reader => {
  let at = 0;
  return { now: { token: "visitor" }, bearer: async (isRefused) => tokens[isRefused ? ++at : at] ?? null };
};
const NOBODY: Reader = { now: { token: "visitor" }, bearer: async () => null };
const api = (who: Reader, send: typeof fetch): Api => new Api("https://desk.example/v1/help/demo", "de", who, send);
const codeOf = (problem: unknown): string => (problem instanceof Trouble ? problem.code : `not trouble: ${problem}`);

test("a request carries the reader's token and language, and nothing of the visitor", async () => {
  const { send, asked } = server([200, HOME]);

  await api(signedIn("one"), send).get("/home?page=%2Fapp", home);

  assert.deepEqual(asked, [
    { url: "https://desk.example/v1/help/demo/home?page=%2Fapp&locale=de", token: "Bearer one", visitor: null },
  ]);
});

test("nobody in particular is known by our own name for them", async () => {
  const { send, asked } = server([200, HOME]);

  await api(NOBODY, send).get("/home", home);

  assert.deepEqual([asked[0]?.token, asked[0]?.visitor], [null, "visitor"]);
});

test("a refused token is renewed once; where there is none to be had, one goes on as nobody", async () => {
  const renewed = server([401, {}], [200, HOME]);
  await api(signedIn("old", "new"), renewed.send).get("/home", home);

  const gone = server([401, {}], [200, HOME]);
  await api(signedIn("old"), gone.send).get("/home", home);

  assert.deepEqual(
    renewed.asked.map(({ token }) => token),
    ["Bearer old", "Bearer new"],
  );
  assert.deepEqual(
    gone.asked.map(({ token }) => token),
    ["Bearer old", null],
  );
});

test("a second refusal ends it", async () => {
  const { send, asked } = server([401, {}]);

  await assert.rejects(
    api(signedIn("a", "b", "c"), send).get("/conversations", past),
    (it) => codeOf(it) === "signed_out",
  );

  assert.equal(asked.length, 2);
});

test("what goes wrong has a name that the panel has words for", async () => {
  const from = (status: number): Promise<unknown> =>
    api(NOBODY, server([status, {}]).send).get("/search?q=crew", found);
  const broken = api(NOBODY, async () => {
    throw new TypeError("Failed to fetch");
  });

  await assert.rejects(from(404), (it) => codeOf(it) === "not_found");
  await assert.rejects(from(429), (it) => codeOf(it) === "too_fast");
  await assert.rejects(from(500), (it) => codeOf(it) === "failed");
  await assert.rejects(from(200), (it) => codeOf(it) === "failed");
  const line = (onLine: boolean) =>
    Object.defineProperty(globalThis, "navigator", { configurable: true, value: { onLine } });
  line(true);
  await assert.rejects(broken.get("/home", home), (it) => codeOf(it) === "failed", "the server is away");
  line(false);
  await assert.rejects(broken.get("/home", home), (it) => codeOf(it) === "offline");
});

test("when somebody else reads, what is under way never arrives", async () => {
  let answer: (it: Response) => void = () => undefined;
  const slow = api(signedIn("one"), () => new Promise((resolve) => (answer = resolve)));

  const asking = slow.get("/home", home);
  await new Promise((later) => setImmediate(later));
  slow.forget();
  answer(new Response(JSON.stringify(HOME)));

  await assert.rejects(asking, (it) => it instanceof DOMException && it.name === "AbortError");
});

test("a newer search stops the older one", async () => {
  const stop = new AbortController();
  const { send } = server([200, { articles: [], total: 0 }]);

  const asking = api(NOBODY, send).get("/search?q=cr", found, stop.signal);
  stop.abort();

  await assert.rejects(asking, (it) => it instanceof DOMException);
});

test("blocks of kinds that nobody knows are skipped, wherever they stand", () => {
  const body = [
    { kind: "text", spans: [{ text: "Known." }, { nothing: 1 }] },
    { kind: "hologram", text: "of a newer server" },
    { kind: "list", ordered: true, items: [{ spans: [], body: [{ kind: "film" }, { kind: "code", text: "x" }] }] },
    { kind: "toString", text: "of every object" },
    null,
  ];

  const read = reading({ id: "a", title: "A", section: null, updated: null, url: null, body, vote: null });

  assert.deepEqual(
    read.body.map(({ kind }) => kind),
    ["text", "list"],
  );
  const [text, list] = read.body;
  assert.deepEqual(text?.kind === "text" && text.spans.map((span) => span.text), ["Known."]);
  assert.deepEqual(list?.kind === "list" && [list.start, list.items[0]?.body.map(({ kind }) => kind)], [1, ["code"]]);
  assert.deepEqual([read.section, read.url, read.vote], ["", "", ""]);
});

test("an answer of another shape is refused whole, an odd entry of a list alone", () => {
  assert.throws(() => found({ articles: "none", total: 0 }));
  assert.throws(() => guided({ title: 1, steps: [] }));
  const told = past({ conversations: [{ id: "c-1", at: "2026-03-02T09:30:00Z" }, { title: "no id" }, 7] });
  assert.deepEqual(
    told.conversations.map(({ id, is_open }) => [id, is_open]),
    [["c-1", false]],
  );
});

test("whatever the server says, reading it gives the shape or one error, never something half", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (said) => {
      for (const check of [home, found, past, reading, guided])
        try {
          assert.equal(typeof check(said), "object");
        } catch (problem) {
          assert.ok(problem instanceof TypeError);
        }
    }),
  );
});
