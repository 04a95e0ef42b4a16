// Generated from docs/protocol.schema.json by `npm run generate`. Do not edit.

/**
 * Protocol frontdesk.v1: every frame that may travel, from either side.
 */
export type Frame = ClientFrame | ServerFrame;
export type ClientFrame =
  | Hello
  | Say
  | Choose
  | Submit
  | Contact
  | Visit
  | Consent
  | Rate
  | Csat
  | MailTranscript
  | Track
  | Typing
  | Seen
  | Nudge
  | Ping;
export type ServerFrame =
  Welcome | Message | BlockFrame | Done | Working | Nudged | PersonTyping | PersonSeen | Resync | Pong | Problem;
export type Block =
  | TextBlock
  | ListBlock
  | TableBlock
  | CodeBlock
  | SourcesBlock
  | PagesBlock
  | ChoicesBlock
  | SlotsBlock
  | FormBlock
  | MeetingBlock
  | TrialBlock
  | CartBlock
  | HandoffBlock;

/**
 * The first frame on every connection: who is there, and what it has seen already.
 */
export interface Hello {
  type: "hello";
  site: string;
  visitor_token?: string | null;
  conversation?: string | null;
  last_seq?: number;
  page?: Page | null;
  locale?: string;
  time_zone?: string;
  mode?: "chat" | "help";
  consent?: "necessary" | "conversation" | "remembered";
  identity?: string | null;
  fresh?: boolean;
}
/**
 * Where the visitor is; sent without query string or fragment.
 */
export interface Page {
  url: string;
  title?: string;
}
/**
 * The visitor typed something.
 */
export interface Say {
  type: "say";
  id: string;
  text: string;
  page?: Page | null;
}
/**
 * The visitor picked a quick reply, a slot, or another offered value.
 */
export interface Choose {
  type: "choose";
  id: string;
  prompt: string;
  value: string;
  label: string;
  time_zone?: string | null;
}
/**
 * The visitor sent a form.
 */
export interface Submit {
  type: "submit";
  id: string;
  prompt: string;
  fields: {
    [k: string]: string;
  };
}
/**
 * A person is asked for in writing, from inside the product, with what helps them to help.
 */
export interface Contact {
  type: "contact";
  id: string;
  text: string;
  page?: Page | null;
  app_version?: string;
  last_error?: string;
}
/**
 * The visitor moved to another page of the site.
 */
export interface Visit {
  type: "visit";
  page: Page;
}
/**
 * The visitor chose what may be kept.
 */
export interface Consent {
  type: "consent";
  id: string;
  level: "necessary" | "conversation" | "remembered";
}
/**
 * Thumbs for one answer; the last one counts.
 */
export interface Rate {
  type: "rate";
  id: string;
  turn: string;
  value: "up" | "down" | "none";
  about?: "" | "wrong" | "out_of_date" | "not_asked" | "hard_to_follow";
  reason?: string;
}
/**
 * How the whole conversation was; the last one counts.
 */
export interface Csat {
  type: "csat";
  id: string;
  score: number;
  comment?: string;
}
/**
 * Send me this conversation by mail.
 */
export interface MailTranscript {
  type: "mail_transcript";
  id: string;
  email: string;
}
/**
 * Something that the visitor did on the host page, told by its code.
 */
export interface Track {
  type: "track";
  id: string;
  name: string;
  properties?: {
    [k: string]: string | boolean | number;
  };
}
/**
 * The visitor is writing; told to whoever looks, kept nowhere.
 */
export interface Typing {
  type: "typing";
}
/**
 * The visitor has seen the conversation up to here.
 */
export interface Seen {
  type: "seen";
  up_to: number;
}
/**
 * A message that the page would show unasked: may it, and what became of it.
 */
export interface Nudge {
  type: "nudge";
  id: string;
  rule: string;
  act: "ask" | "open" | "dismiss" | "off" | "on";
  page?: Page | null;
  seconds?: number;
  visits?: number;
  scrolled?: number;
  leaving?: boolean;
}
/**
 * Are you there? Answered by `pong`.
 */
export interface Ping {
  type: "ping";
}
/**
 * Answer to `hello`: the identity to come back with. Replayed frames follow.
 */
export interface Welcome {
  seq: number;
  type: "welcome";
  protocol: "frontdesk.v1";
  conversation: string;
  visitor_token: string;
  site: SiteFace;
  consent: "necessary" | "conversation" | "remembered";
  heartbeat_s: number;
  max_frame_bytes: number;
  max_text_chars: number;
  member: MemberFace | null;
  files: FileRules | null;
  csat: number | null;
  unasked_off: boolean | null;
}
/**
 * What the widget shows before anything was said.
 */
export interface SiteFace {
  name: string;
  assistant: string;
  accent: string;
  greeting: string;
  starters: string[];
  privacy: string;
  privacy_url: string | null;
  help_url: string | null;
}
/**
 * The signed-in user of the host application, as the widget greets them.
 */
export interface MemberFace {
  name: string;
  plan: string;
}
/**
 * What may be attached.
 */
export interface FileRules {
  max_bytes: number;
  types: string[];
  when: "with_person" | "always";
}
/**
 * Words by the visitor (the receipt for what they sent), by a person of the company, or a system line.
 */
export interface Message {
  seq: number;
  type: "message";
  id: string;
  author: "visitor" | "person" | "system";
  text: string;
  at: string;
  client_id: string | null;
  name: string | null;
  files: AttachedFile[];
}
/**
 * A file that came with a message.
 */
export interface AttachedFile {
  id: string;
  name: string;
  type: string;
  bytes: number;
  url: string;
}
/**
 * One piece of the assistant's turn; pieces arrive in order of `index`.
 */
export interface BlockFrame {
  seq: number;
  type: "block";
  turn: string;
  index: number;
  at: string;
  block: Block;
}
/**
 * A paragraph; each line is a sentence or two with its own citations.
 */
export interface TextBlock {
  lang: string;
  kind: "text";
  lines: Line[];
}
/**
 * A run of words with the citations that support them.
 */
export interface Line {
  text: string;
  cites: number[];
}
/**
 * Steps (`ordered`) or points.
 */
export interface ListBlock {
  lang: string;
  kind: "list";
  ordered: boolean;
  start: number;
  items: Line[];
}
/**
 * A table, or the rows of one that matter.
 */
export interface TableBlock {
  lang: string;
  kind: "table";
  header: string[];
  rows: string[][];
  cites: number[];
}
/**
 * Code, verbatim.
 */
export interface CodeBlock {
  lang: string;
  kind: "code";
  language: string;
  text: string;
  cites: number[];
}
/**
 * Each source of the turn once; the numbers are those in `cites`.
 */
export interface SourcesBlock {
  lang: string;
  kind: "sources";
  citations: Citation[];
}
/**
 * Where words come from. `quote` stands verbatim in `passage`, between `start` and `end` (characters).
 */
export interface Citation {
  n: number;
  url: string;
  title: string;
  heading: string;
  quote: string;
  passage: string;
  start: number;
  end: number;
  score: number;
  document_version: string;
  updated: string | null;
}
/**
 * The nearest pages, when the documents do not hold the answer.
 */
export interface PagesBlock {
  lang: string;
  kind: "pages";
  pages: PageLink[];
}
export interface PageLink {
  title: string;
  url: string;
}
/**
 * Quick replies. `question` ones come from the playbook and can be skipped; free text works as well.
 *
 * Those of a `starter` are said as the visitor's words, not sent as a choice.
 */
export interface ChoicesBlock {
  lang: string;
  kind: "choices";
  prompt: string;
  purpose: "question" | "offer" | "clarify" | "starter";
  text: string;
  choices: Choice[];
}
export interface Choice {
  value: string;
  label: string;
}
/**
 * Free times to choose from, rendered in `zone`.
 */
export interface SlotsBlock {
  lang: string;
  kind: "slots";
  prompt: string;
  text: string;
  zone: string;
  zone_label: string;
  duration_minutes: number;
  days: SlotDay[];
  team_zone: string;
}
export interface SlotDay {
  date: string;
  label: string;
  slots: Slot[];
}
export interface Slot {
  value: string;
  start: string;
  label: string;
}
/**
 * A short form; sent back as `submit`.
 */
export interface FormBlock {
  lang: string;
  kind: "form";
  prompt: string;
  purpose: "booking" | "trial" | "handoff";
  text: string;
  submit: string;
  fields: FormField[];
}
export interface FormField {
  name: string;
  label: string;
  kind: "email" | "text";
  required: boolean;
  value: string;
  error: string | null;
}
/**
 * A meeting that now stands, moved or was cancelled.
 */
export interface MeetingBlock {
  lang: string;
  kind: "meeting";
  state: "confirmed" | "moved" | "cancelled";
  title: string;
  when: string;
  start: string;
  end: string;
  zone: string;
  ics_url: string | null;
  manage_url: string | null;
}
/**
 * How far a trial is.
 */
export interface TrialBlock {
  lang: string;
  kind: "trial";
  state: "mail_sent" | "verified" | "exists";
  text: string;
  prompt: string;
  again_after_s: number;
}
/**
 * What would be bought, and the link to buy it. Prices are from the operator's catalogue.
 */
export interface CartBlock {
  lang: string;
  kind: "cart";
  items: CartItem[];
  period: "month" | "year";
  total: string;
  note: string;
  checkout_url: string;
}
export interface CartItem {
  plan: string;
  quantity: number;
  unit_price: string;
  total: string;
}
/**
 * A person was asked for.
 */
export interface HandoffBlock {
  lang: string;
  kind: "handoff";
  state: "asked" | "joined" | "nobody";
  text: string;
}
/**
 * The assistant's turn is complete.
 */
export interface Done {
  seq: number;
  type: "done";
  turn: string;
  at: string;
}
/**
 * The assistant (or a person) is preparing a reply to `client_id`.
 */
export interface Working {
  seq: number;
  type: "working";
  client_id: string | null;
}
/**
 * Answer to a `nudge` that asked: whether the message is shown, and its words.
 */
export interface Nudged {
  seq: number;
  type: "nudge";
  client_id: string;
  rule: string;
  shows: boolean;
  reason: string;
  text: string;
  why: string;
  replies: string[];
}
/**
 * Somebody of the company is writing; shown for some seconds.
 */
export interface PersonTyping {
  seq: number;
  type: "typing";
  name: string | null;
}
/**
 * Somebody of the company has read the conversation up to here.
 */
export interface PersonSeen {
  seq: number;
  type: "seen";
  up_to: number;
}
/**
 * The client could not keep up, or is ahead of the log: say `hello` again from `seq`.
 */
export interface Resync {
  seq: number;
  type: "resync";
}
/**
 * Yes.
 */
export interface Pong {
  seq: number;
  type: "pong";
}
/**
 * Something was refused; the connection lives unless the code says otherwise.
 */
export interface Problem {
  seq: number;
  type: "error";
  code: string;
  message: string;
  client_id: string | null;
  retry_after_s: number | null;
}
