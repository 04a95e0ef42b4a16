/** Tabs of one visitor that are open at the same time show one conversation. Nothing is stored for it. */
import type { ConsentLevel, Utterance } from "./conversation.ts";
import { isLevel, isPending, isText } from "./memory.ts";

export type Note =
  | { readonly kind: "who" }
  | {
      readonly kind: "here";
      readonly id: string;
      readonly token: string;
      readonly member: string | null;
      /** Something was said in it. */
      readonly isBegun: boolean;
      /** Null while the visitor has not chosen. */
      readonly consent: ConsentLevel | null;
    }
  | { readonly kind: "said"; readonly id: string; readonly frame: Utterance; readonly text: string }
  | { readonly kind: "dropped"; readonly frame: string }
  /** It was deleted. */
  | { readonly kind: "gone"; readonly id: string }
  | { readonly kind: "consent"; readonly id: string | null; readonly level: ConsentLevel };

export interface Channel {
  tell(note: Note): void;
  close(): void;
}

/** Whole, whoever wrote it: an older copy of this file may be open in another tab, and so may a stranger's script. */
export function isNote(data: unknown): data is Note {
  const { kind, id, token, member, consent, level, frame, text } = Object(data) as Record<string, any>;
  if (kind === "said") return isText(id) && isPending({ frame, text, problem: null });
  if (kind === "here") return [id, token, member ?? ""].every(isText) && (consent === null || isLevel(consent));
  if (kind === "consent") return isText(id ?? "") && isLevel(level);
  return kind === "who" || isText(kind === "gone" ? id : frame);
}

export function channel(name: string, heard: (note: Note) => void): Channel | null {
  try {
    const line = new BroadcastChannel(name);
    // Only pages of the host's own origin write here; nothing in a note is drawn but as text.
    line.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isNote(data)) heard(data);
    };
    return { tell: (note) => line.postMessage(note), close: () => line.close() };
  } catch {
    return null;
  }
}
