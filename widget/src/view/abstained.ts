/** Whether a turn found nothing: pure. */
import type { Turn } from "../wire/conversation.ts";

/** The documents did not hold the answer: nearest pages instead of sources. */
export function isAbstained(turn: Turn): boolean {
  const kinds = new Set(turn.pieces.map((piece) => piece.block.kind));
  return kinds.has("pages") && !kinds.has("sources");
}
