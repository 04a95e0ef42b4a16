/** What the browser keeps between pages, and never more than the visitor allowed. */
import type { Pending, ConsentLevel } from "./conversation.ts";

export interface Remembered {
  readonly id: string | null;
  readonly token: string | null;
  readonly consent: ConsentLevel;
  readonly pending: readonly Pending[];
  readonly open: boolean;
  /** Messages that came while the panel was closed. */
  readonly unread: number;
  /** Whose it is, as a hash; null for nobody in particular. */
  readonly member: string | null;
  /** The conversation whose visitor was asked how it was. */
  readonly asked: string | null;
}

const key = (site: string): string => `frontdesk:${site}`;

function stores(): { session: Storage; local: Storage } | null {
  try {
    // Reading the property throws where the page is sandboxed or storage is blocked.
    return { session: window.sessionStorage, local: window.localStorage };
  } catch {
    return null;
  }
}

export const isText = (value: unknown): value is string => typeof value === "string";
const textOr = (value: unknown): string | null => (isText(value) ? value : null);

export const isLevel = (value: unknown): value is ConsentLevel =>
  ["necessary", "conversation", "remembered"].includes(value as string);

/** Something that a visitor said: to be shown, and to be sent. */
export const isPending = (one: Partial<Pending> | null): boolean =>
  isText(one?.text) &&
  isText(one.frame?.id) &&
  ["say", "choose", "submit", "contact"].includes(one.frame.type) &&
  (one.problem === null || isText(one.problem?.code));

export function recall(site: string): Remembered | null {
  const kept = stores();
  try {
    const text = kept?.session.getItem(key(site)) ?? kept?.local.getItem(key(site));
    if (typeof text !== "string") return null;
    // Anything on the host page may have written here.
    const value = JSON.parse(text) as Partial<Remembered>;
    return {
      id: textOr(value.id),
      token: textOr(value.token),
      consent: isLevel(value.consent) ? value.consent : "conversation",
      pending: Array.isArray(value.pending) ? value.pending.filter((one) => isPending(one)) : [],
      open: value.open === true,
      unread: Number(value.unread) || 0,
      member: textOr(value.member),
      asked: textOr(value.asked),
    };
  } catch {
    return null;
  }
}

/** `necessary` leaves nothing behind; `conversation` lasts as long as the tab; `remembered` stays. */
export function remember(site: string, now: Remembered): void {
  const kept = stores();
  if (kept === null) return;
  try {
    const text = JSON.stringify(now);
    if (now.consent === "necessary") clear(kept.session, site);
    else kept.session.setItem(key(site), text);
    if (now.consent === "remembered")
      kept.local.setItem(key(site), JSON.stringify({ ...now, pending: [], open: false, unread: 0 }));
    else clear(kept.local, site);
  } catch {
    // A full or forbidden store: the conversation lives on in memory.
  }
}

/** Whether the browser tells sites to keep nothing: Global Privacy Control, or Do Not Track. */
export function refusesTracking(): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { readonly globalPrivacyControl?: boolean };
  return globalPrivacyControl === true || doNotTrack === "1";
}

const offKey = (site: string): string => `${key(site)}.off`;

/** That somebody wants no messages unasked is kept whatever else may be: it was asked for, and holds nothing else. */
export function keepUnasked(site: string, isOff: boolean): void {
  try {
    if (isOff) localStorage.setItem(offKey(site), "1");
    else localStorage.removeItem(offKey(site));
  } catch {
    // Where nothing can be kept it holds while the page is open.
  }
}

export function isUnaskedOff(site: string): boolean {
  try {
    return localStorage.getItem(offKey(site)) !== null;
  } catch {
    return false;
  }
}

/** The loader counts visits beside it, under keys that begin with ours. */
function clear(store: Storage, site: string): void {
  for (const name of Object.keys(store))
    if (name === key(site) || name.startsWith(`${key(site)}:`)) store.removeItem(name);
}
