/** How long to wait before the next try, as a pure question. */
import type { World } from "./kinds.ts";

const FIRST_MS = 200;
/** Somebody looks and the server may only be starting anew: come back within a second of its return. */
const EAGER_MS = 700;
const EAGER_FOR_MS = 60_000;
const VISIBLE_MS = 5_000;
const LONGEST_MS = 30_000;

/** Longer with each try; by chance, so that not everybody comes back in the same moment. */
export function pauseMs(tries: number, lostForMs: number, world: Pick<World, "isVisible" | "random">): number {
  const longest = !world.isVisible() ? LONGEST_MS : lostForMs < EAGER_FOR_MS ? EAGER_MS : VISIBLE_MS;
  return Math.min(longest, FIRST_MS * 2 ** tries) * (0.5 + world.random() / 2);
}
