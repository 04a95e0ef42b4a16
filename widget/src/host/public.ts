/** What a host page may call and hear. Published as it stands as `frontdesk.d.ts`, so it imports nothing. */

/** Something happened. What was said is never in it. */
export type Told =
  | { readonly type: "open" | "close" }
  | { readonly type: "message"; readonly author: "visitor" | "person" | "assistant" }
  | { readonly type: "unread"; readonly count: number }
  | { readonly type: "meeting" | "trial" | "handoff"; readonly state: string }
  | { readonly type: "nudge"; readonly rule: string; readonly state: "shown" | "open" | "dismiss" | "off" }
  /** In the help panel: how many articles a search found, and which one is read. */
  | { readonly type: "search"; readonly total: number }
  | { readonly type: "article"; readonly id: string };

/** A signed token for the user of your application, a function that gets a fresh one, or null to sign out. */
export type Identity = string | (() => Promise<string>) | null;

/** What else is known of something that the visitor did: at most ten short values. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** What to open: an article by its id, in the help panel. */
export interface Where {
  readonly article?: string;
}

export interface Api {
  /** Rejects when the panel can not be loaded. */
  open(where?: Where): Promise<void>;
  close(): void;
  /** Opens, and asks as if the visitor had typed it. */
  ask(text: string): Promise<void>;
  /** Says who of your application's users this is. Requests nothing before the panel is opened. */
  identify(identity: Identity): void;
  /** Tells what the visitor did. Told only to a conversation, and only when the visitor allowed to keep one. */
  track(name: string, properties?: Properties): void;
  /** Calls back whenever it happens; returns how to stop. */
  on<T extends Told["type"]>(type: T, then: (told: Extract<Told, { readonly type: T }>) => void): () => void;
}

/** One call, for a queue that stands before the script does: `["ask", "What does Team cost?"]`. */
export type Call =
  | readonly ["open", Where?]
  | readonly ["close"]
  | readonly ["ask", string]
  | readonly ["identify", Identity]
  | readonly ["track", string, Properties?]
  | readonly ["on", Told["type"], (told: Told) => void];

export interface Frontdesk extends Api {
  /** Makes these calls, in order. */
  push(...calls: Call[]): void;
}

export interface Options {
  /** The key of your site. */
  readonly site: string;
  /** In the flow of the page, filling the element, without a launcher. So by default, unless it is the body. */
  readonly inline?: boolean;
  readonly mode?: "chat" | "help";
  /** `#rgb` or `#rrggbb`. */
  readonly accent?: string;
  readonly theme?: "light" | "dark";
  readonly locale?: string;
  /** `none`: your page brings its own. */
  readonly launcher?: "none";
}

export interface Mounted extends Api {
  /** Takes the element away with everything that it holds: connection, listeners, timers. */
  unmount(): void;
}

/** Puts the widget into an element of the page, or beside it as a launcher where the element is the body. */
export declare function mount(element: Element, options: Options): Mounted;

declare global {
  interface Window {
    /** There once `widget.js` has arrived; before that perhaps a queue, see `Call`. */
    Frontdesk?: Frontdesk;
  }
}
