/** Words for tests: short ways to say what the server and the visitor do. */
import { begin, intend, receive, type Conversation } from "../src/wire/conversation.ts";
import type { Decoded } from "../src/wire/decode.ts";
import type { Block, BlockFrame, Done, Message, Welcome } from "../src/generated/protocol.ts";

const AT = "2026-03-02T09:30:00Z";

export const welcome = (seq = 0, conversation = "c-1"): Welcome => ({
  type: "welcome",
  seq,
  protocol: "frontdesk.v1",
  conversation,
  visitor_token: "token",
  consent: "necessary",
  heartbeat_s: 25,
  max_frame_bytes: 32768,
  max_text_chars: 4000,
  site: {
    name: "Fernway",
    assistant: "Fern",
    accent: "#0f766e",
    greeting: "Hello.",
    starters: [],
    privacy: "",
    privacy_url: null,
    help_url: null,
  },
  member: null,
  files: null,
  csat: null,
  unasked_off: false,
});

export const said = (seq: number, clientId: string | null = null, text = `words ${seq}`): Message => ({
  type: "message",
  seq,
  id: `m-${seq}`,
  author: "visitor",
  text,
  at: AT,
  client_id: clientId,
  name: null,
  files: [],
});

export const byPerson = (seq: number, name = "Ada"): Message => ({ ...said(seq), author: "person", name });

export const textBlock = (text: string): Block => ({ lang: "en", kind: "text", lines: [{ text, cites: [1] }] });

export const block = (seq: number, turn = "t-1", index = 0, drawn: Block = textBlock(`block ${seq}`)): BlockFrame => ({
  type: "block",
  seq,
  turn,
  index,
  at: AT,
  block: drawn,
});

export const done = (seq: number, turn = "t-1"): Done => ({ type: "done", seq, turn, at: AT });

export const hearing = (now: Conversation, ...frames: readonly Decoded[]): Conversation => frames.reduce(receive, now);

export const welcomed = (...frames: readonly Decoded[]): Conversation => hearing(begin(), welcome(), ...frames);

export const saying = (now: Conversation, id: string, text = "hello"): Conversation =>
  intend(now, { type: "utter", frame: { type: "say", id, text }, text });

export const choosing = (now: Conversation, id: string, prompt: string): Conversation =>
  intend(now, { type: "utter", frame: { type: "choose", id, prompt, value: "1", label: "One" }, text: "One" });
