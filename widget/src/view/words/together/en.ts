/** Words of files, typing, reading, sounds and what was missed, in English; every other language fills the same shape. */
import { counted } from "../../../i18n/counted.ts";

const count = counted("en");

export const words = {
  writing: (name: string) => `${name} is writing`,
  seen: "Seen",
  attach: "Attach a file",
  drop: "Drop to attach",
  files: "Files to be sent",
  waiting: "Waiting for a connection",
  sending: (percent: string) => `Sending, ${percent}`,
  attached: (name: string) => `Attached: ${name}`,
  cancel: (name: string) => `Do not send ${name}`,
  retry: "Try again",
  download: (name: string) => `Download ${name}`,
  missing: "This file can not be opened any more.",
  tooLarge: (most: string) => `Too large. Up to ${most} fit.`,
  kind: (kinds: string) => `Files of this kind can't be attached. These can: ${kinds}.`,
  many: "No more files can be attached to this conversation.",
  refused: "Nothing can be attached at the moment.",
  damaged: "This picture is damaged.",
  failed: "It could not be sent.",
  left: (n: number) => count(n, { one: "# character left", other: "# characters left" }),
  sound: "Sound",
  unread: (n: number) => count(n, { one: "# new message", other: "# new messages" }),
};

export type TogetherWords = typeof words;
