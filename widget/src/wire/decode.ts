/** Turns what the server sent into a typed frame, once, at the edge; nothing behind this line checks again. */
import type { Block, ServerFrame } from "../generated/protocol.ts";

/** A frame of a newer server: not drawn, but its place in the log still counts. */
export interface Unknown {
  readonly type: "unknown";
  readonly seq: number;
}
export type Decoded = ServerFrame | Unknown;

type Kind = "string" | "number" | "boolean" | "array" | "object";
type Shape = Readonly<Record<string, Kind>>;

/** What must be there for a frame to be used at all; everything else may be missing or null. */
const FRAMES: Readonly<Record<ServerFrame["type"], Shape>> = {
  welcome: { conversation: "string", visitor_token: "string", site: "object", heartbeat_s: "number" },
  message: { id: "string", author: "string", text: "string", at: "string" },
  block: { turn: "string", index: "number", at: "string", block: "object" },
  done: { turn: "string", at: "string" },
  working: {},
  resync: {},
  typing: {},
  seen: { up_to: "number" },
  nudge: { client_id: "string", rule: "string", shows: "boolean" },
  pong: {},
  error: { code: "string", message: "string" },
};

const BLOCKS: Readonly<Record<Block["kind"], Shape>> = {
  text: { lines: "array" },
  list: { items: "array", ordered: "boolean" },
  table: { header: "array", rows: "array" },
  code: { text: "string" },
  sources: { citations: "array" },
  pages: { pages: "array" },
  choices: { prompt: "string", text: "string", choices: "array" },
  slots: { prompt: "string", text: "string", days: "array" },
  form: { prompt: "string", text: "string", submit: "string", fields: "array" },
  meeting: { state: "string", title: "string", when: "string" },
  trial: { state: "string", text: "string" },
  cart: { items: "array", total: "string", checkout_url: "string" },
  handoff: { state: "string", text: "string" },
};

const has = <T extends object>(table: T, key: unknown): key is keyof T =>
  typeof key === "string" && Object.hasOwn(table, key);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fits(value: Record<string, unknown>, shape: Shape): boolean {
  return Object.entries(shape).every(([key, kind]) => {
    const field = value[key];
    if (kind === "array") return Array.isArray(field);
    return kind === "object" ? isRecord(field) : typeof field === kind;
  });
}

function isBlock(value: unknown): boolean {
  return isRecord(value) && has(BLOCKS, value["kind"]) && fits(value, BLOCKS[value["kind"]]);
}

/** The frame in `text`, `unknown` when only its place in the log is understood, null when it is no frame. */
export function decode(text: string): Decoded | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { seq, type } = value;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) return null;
  const understood = has(FRAMES, type) && fits(value, FRAMES[type]) && (type !== "block" || isBlock(value["block"]));
  return understood ? (value as unknown as ServerFrame) : { type: "unknown", seq };
}
