// A server for looking at the widget and testing it: real frames, invented answers, faults on demand. Tests only.
// node test/fake-server.mjs [port]; say "pages", "slots", "form", "code", "person", "error", "drop", "slow" and so on.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { script } from "./fake-answers.mjs";
import { helpState, serveHelp } from "./fake-help.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = { ".js": "text/javascript", ".json": "application/json" };

export const FACE = {
  name: "Fernway",
  assistant: "Fern",
  accent: "#0f766e",
  greeting: "Hello. Ask about plans, set-up or the API.",
  starters: ["What does the Team plan cost?", "Can crews work without a connection?", "Which regions host our data?"],
  privacy: "We keep this conversation so that a colleague can pick it up, and delete it after 90 days.",
  privacy_url: "/privacy",
  help_url: "/help",
};

const page = (head, body = "") => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fernway</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}<link rel="stylesheet" href="/host.css"></head>
<body><main><h1>Crews, jobs and vehicles on one board</h1>
<p>Plan the day, dispatch the nearest crew and know when a job is done.</p>${body}</main></body></html>`;
const HOST_CSS = `body{margin:0;font:16px/1.6 Georgia,serif;background:#fbfaf8;color:#222}main{max-width:720px;margin:12vh auto;padding:0 24px}
h1{font-size:40px;line-height:1.15}button,input{border:5px dotted red;font:40px serif}p{letter-spacing:.01em}
@media (prefers-color-scheme:dark){body{background:#101113;color:#ddd}}`;
const CSP =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'";

/** Starts on a free port unless told otherwise; `conversations` is the log the widget's transcript must equal. */
export async function startFakeServer({ port = 0, face = FACE, heartbeatS = 25, blockPauseMs = 120 } = {}) {
  const conversations = new Map();
  const faults = { refuseSockets: false, refuseHttp: false, keepBack: false };
  const requests = [];
  const help = helpState();
  const settings = { face, heartbeatS, blockPauseMs };
  const http = createServer((request, response) => {
    requests.push(request.url);
    void serve(request, response, { conversations, faults, settings, requests, sockets, help });
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "frontdesk.v1" });
  http.on("upgrade", (request, socket, head) => {
    requests.push(request.url);
    if (faults.refuseSockets || request.url !== "/v1/chat") return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => attend(ws, { conversations, settings }));
  });
  await new Promise((ready) => http.listen(port, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    conversations,
    faults,
    requests,
    dropSockets: () => sockets.clients.forEach((client) => client.terminate()),
    stop: async () => {
      sockets.clients.forEach((client) => client.terminate());
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}

function talk(conversations, id) {
  const known = conversations.get(id);
  if (known) return known;
  conversations.begun = (conversations.begun ?? 0) + 1;
  const fresh = { id: `c-${conversations.begun}`, log: [], heard: [], answered: new Map(), listeners: new Set() };
  conversations.set(fresh.id, fresh);
  return fresh;
}

function append(talked, frame) {
  const logged = { ...frame, seq: talked.log.length + 1, at: new Date().toISOString() };
  talked.log.push(logged);
  for (const tell of talked.listeners) tell(logged);
}

function attend(ws, { conversations, settings }) {
  const tell = (frame) => ws.readyState === 1 && ws.send(JSON.stringify(frame));
  let talked = null;
  ws.on("close", () => talked?.listeners.delete(tell));
  ws.on("message", (data) => {
    const frame = JSON.parse(data.toString());
    if (frame.type === "hello" && talked !== null) {
      tell({
        type: "error",
        seq: 0,
        code: "already_joined",
        message: "This connection has said hello already.",
        client_id: null,
        retry_after_s: null,
      });
    } else if (frame.type === "hello") {
      talked = talk(conversations, frame.conversation);
      greet(talked, frame, tell, settings);
      talked.listeners.add(tell);
      talked.heard.push(frame);
    } else void hear(talked, frame, tell, settings, () => ws.terminate());
  });
}

function greet(talked, hello, tell, { face, heartbeatS }) {
  const cursor = talked.id === hello.conversation && hello.last_seq <= talked.log.length ? hello.last_seq : 0;
  tell({
    type: "welcome",
    seq: cursor,
    protocol: "frontdesk.v1",
    conversation: talked.id,
    visitor_token: "fake.token",
    site: face,
    consent: hello.consent,
    heartbeat_s: heartbeatS,
    max_frame_bytes: 32768,
    max_text_chars: 4000,
    csat: talked.csat ?? null,
    unasked_off: talked.unaskedOff ?? false,
  });
  for (const frame of talked.log.slice(cursor)) tell(frame);
}

/** Some addresses had enough; the others get a line that says so. */
function mail(talked, { id, email }, tell) {
  const seq = talked.log.length;
  const message = "This address has had enough transcripts for today. Use another one, or try again tomorrow.";
  if (email.startsWith("enough"))
    return tell({ type: "error", seq, code: "transcript_enough_to", message, client_id: id, retry_after_s: null });
  const text = `This conversation was sent to ${email}.`;
  return append(talked, { type: "message", id: `m-${seq + 1}`, author: "system", text, client_id: id, name: null });
}

/** The visitor's data: as a file, or gone. */
async function mine(request, response, { conversations }) {
  const asked = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const talked = conversations.get(asked.conversation);
  response.setHeader("content-type", "application/json");
  if (talked === undefined || asked.visitor_token !== "fake.token") return response.writeHead(404).end("{}");
  if (request.url.endsWith("/export")) return response.end(JSON.stringify({ conversations: [{ log: talked.log }] }));
  const messages = talked.log.filter(({ type }) => type === "message").length;
  conversations.delete(asked.conversation);
  return response.end(JSON.stringify({ conversations: 1, messages, details: 1, meetings: 1, crm: 1 }));
}

async function hear(talked, frame, tell, { blockPauseMs }, hangUp) {
  if (frame === null) return undefined;
  if (frame.type !== "ping") talked.heard.push(frame);
  const seq = talked.log.length;
  if (frame.type === "ping") return tell({ type: "pong", seq });
  if (frame.type === "csat") talked.csat = frame.score;
  if (frame.type === "nudge" && frame.act !== "ask") talked.unaskedOff = frame.act === "off";
  if (frame.type === "mail_transcript") return mail(talked, frame, tell);
  if (!("id" in frame) || ["rate", "consent", "track", "csat", "nudge"].includes(frame.type)) return undefined;
  if (talked.answered.has(frame.id)) return undefined;
  const words = frame.text ?? frame.label ?? Object.values(frame.fields).join(", ");
  const plan = script(words, frame);
  if (plan.problem) return tell({ type: "error", seq, client_id: frame.id, retry_after_s: null, ...plan.problem });
  talked.answered.set(frame.id, true);
  append(talked, {
    type: "message",
    id: `m-${seq + 1}`,
    author: "visitor",
    text: words,
    client_id: frame.id,
    name: null,
  });
  for (const live of talked.listeners)
    if (!plan.isQuiet) live({ type: "working", seq: talked.log.length, client_id: frame.id });
  const pause = (ms) => new Promise((over) => setTimeout(over, ms));
  await pause(plan.pauseMs ?? blockPauseMs);
  const turn = `t-${talked.log.length}`;
  for (const [index, block] of plan.blocks.entries()) {
    append(talked, { type: "block", turn, index, block });
    if (plan.hangUpAfter === index) hangUp();
    await pause(blockPauseMs);
  }
  if (plan.blocks.length > 0 && !plan.isCut) append(talked, { type: "done", turn });
  for (const message of plan.messages ?? []) {
    await pause(blockPauseMs);
    append(talked, { type: "message", id: `m-${talked.log.length + 1}`, client_id: null, name: null, ...message });
  }
  return undefined;
}

async function serve(request, response, context) {
  const { pathname, searchParams } = new URL(request.url, "http://fake");
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("cross-origin-resource-policy", "cross-origin");
  response.setHeader("access-control-allow-headers", "content-type, authorization");
  if (request.method === "OPTIONS") return response.writeHead(204).end();
  if (pathname.startsWith("/v1/help/")) return serveHelp(request, response, context);
  if (pathname.startsWith("/v1/mine/")) return mine(request, response, context);
  if (pathname === "/v1/messages") return exchange(request, response, context);
  if (pathname.startsWith("/control/")) return control(request, response, context);
  if (pathname === "/host.css") return response.setHeader("content-type", "text/css").end(HOST_CSS);
  if (pathname.startsWith("/dist/")) {
    const file = normalize(pathname.slice("/dist/".length));
    const body = await readFile(join(DIST, file)).catch(() => null);
    if (body === null || file.startsWith("..")) return response.writeHead(404).end();
    return response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain").end(body);
  }
  const said = ["locale", "app-version", "errors", "theme"]
    .filter((name) => searchParams.has(name))
    .map((name) => ` data-${name}="${searchParams.get(name).replace(/[^\w.-]/g, "")}"`);
  const mode = (pathname === "/help" ? ' data-mode="help"' : "") + said.join("");
  // A policy that lets requests through and no sockets.
  if (pathname === "/no-sockets")
    response.setHeader("content-security-policy", `connect-src http://${request.headers.host}`);
  if (pathname === "/csp") response.setHeader("content-security-policy", CSP);
  response.setHeader("content-type", "text/html");
  return response.end(page(`<script async src="/dist/widget.js" data-site="demo"${mode}></script>`));
}

/** What tests ask of a server in another process: GET /control/log, /control/drop, /control/faults?refuseSockets=true. */
function control(request, response, { conversations, faults, requests, sockets, help }) {
  const { pathname, searchParams } = new URL(request.url, "http://fake");
  if (pathname === "/control/drop") sockets.clients.forEach((client) => client.terminate());
  if (pathname === "/control/faults") for (const [name, value] of searchParams) faults[name] = value === "true";
  if (pathname === "/control/fresh") {
    Object.assign(help, helpState());
    for (const name of Object.keys(faults)) faults[name] = false;
    conversations.clear();
  }
  if (pathname === "/control/say") {
    const talked = [...conversations.values()].at(-1);
    append(talked, {
      type: "message",
      id: `m-${talked.log.length + 1}`,
      author: "person",
      text: searchParams.get("text"),
      client_id: null,
      name: "Ada",
    });
  }
  const talks = [...conversations.values()].map(({ id, log, heard }) => ({ id, log, heard }));
  response
    .setHeader("content-type", "application/json")
    .end(JSON.stringify({ requests, sockets: sockets.clients.size, conversations: talks, help: help.calls }));
}

/** The same turn over plain HTTP: hello, replay, the frame's own answer, all as server-sent events. */
async function exchange(request, response, { conversations, faults, settings }) {
  if (faults.refuseHttp) return response.destroy();
  // As a proxy that hands on an answer when it is whole.
  if (faults.keepBack) holdBack(response);
  const { hello, frame, follow } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  response.writeHead(200, { "content-type": "text/event-stream" });
  const tell = (one) => response.write(`id: ${one.seq}\ndata: ${JSON.stringify(one)}\n\n`);
  const talked = talk(conversations, hello.conversation);
  greet(talked, hello, tell, settings);
  const before = talked.log.length;
  talked.listeners.add(tell);
  await hear(talked, frame, tell, settings, () => response.destroy());
  const isTold = talked.log.length > before || (hello.last_seq ?? 0) < before;
  if (follow === "stream" || (follow === "next" && !isTold)) await followed(talked, request, response, follow);
  talked.listeners.delete(tell);
  return response.end();
}

function holdBack(response) {
  const kept = [];
  response.write = (piece) => kept.push(piece);
  const end = response.end.bind(response);
  response.end = () => end(kept.join(""));
}

/** Until the caller leaves or, for `next`, until there is something new. */
async function followed(talked, request, response, follow) {
  await new Promise((over) => {
    response.on("close", over);
    request.socket.on("close", over);
    if (follow === "next") talked.listeners.add(over);
    setTimeout(over, 20_000).unref();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startFakeServer({ port: Number(process.argv[2] ?? 8199) });
  console.log(`${server.url}  (also /help and /csp)`);
}
