/** Which offers can still be taken: pure questions about a conversation. */
import type { Conversation } from "./conversation.ts";
import type { Block } from "../generated/protocol.ts";

const OUTCOMES: ReadonlySet<Block["kind"]> = new Set(["slots", "form", "meeting", "trial", "handoff"]);

/**
 * The prompts that take an answer. Quick replies end with the visitor's next words; a form or a slot picker
 * stays until it is answered or something later took its place, so that one may ask in between.
 */
export function openPrompts(now: Conversation): ReadonlySet<string> {
  const open = new Set<string>();
  let spoken = now.pending.length > 0;
  let superseded = false;
  for (const entry of now.entries.toReversed()) {
    if (entry.kind === "message") {
      spoken ||= entry.message.author === "visitor";
      continue;
    }
    for (const { block } of entry.pieces.toReversed()) {
      if (block.kind === "choices" && !spoken) open.add(block.prompt);
      if ((block.kind === "slots" || block.kind === "form") && !superseded) open.add(block.prompt);
      if (block.kind === "trial" && block.prompt && !superseded) open.add(block.prompt);
      superseded ||= OUTCOMES.has(block.kind);
    }
  }
  for (const answered of Object.keys(now.answers)) open.delete(answered);
  return open;
}
