/** Where the reader is and how they came: views on top of each other, as a value. */

export interface Place<View, Focus> {
  readonly key: string;
  readonly view: View;
  /** What had focus in the view below when this one was opened. */
  readonly from: Focus | null;
  /** How far this view was scrolled when another was opened over it. */
  readonly scrolled: number;
}
export type Stack<View, Focus> = readonly Place<View, Focus>[];
const DEEPEST = 30;

/** Opens a view over the top one; one that is open already comes up by going back to it. */
export function opened<V, F>(
  stack: Stack<V, F>,
  key: string,
  make: () => V,
  from: F | null,
  scrolled: number,
): Stack<V, F> {
  const at = stack.findIndex((place) => place.key === key);
  if (at >= 0) return stack.slice(0, at + 1);
  const below = stack.map((place, n) => (n === stack.length - 1 ? { ...place, scrolled } : place));
  // The home stays; of a very long walk the oldest steps are forgotten.
  if (below.length === DEEPEST) below.splice(1, 1);
  return [...below, { key, view: make(), from, scrolled: 0 }];
}

/** One back; null on the first view, where there is nothing to go back to. */
export function left<V, F>(stack: Stack<V, F>): { readonly stack: Stack<V, F>; readonly gone: Place<V, F> } | null {
  const gone = stack.at(-1);
  return stack.length < 2 || gone === undefined ? null : { stack: stack.slice(0, -1), gone };
}
