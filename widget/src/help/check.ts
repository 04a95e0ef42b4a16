/** Small checks that build on each other: what the server sent, in the shape that it should have. */

export type Check<T> = (value: unknown) => T;

export function odd(): never {
  throw new TypeError("The answer has another shape.");
}
export const text: Check<string> = (value) => (typeof value === "string" ? value : odd());
/** Missing and null are the empty string, so that nobody asks twice. */
export const words: Check<string> = (value) => (value == null ? "" : text(value));
export const count: Check<number> = (value) => (Number.isFinite(value) ? (value as number) : odd());
export const flag: Check<boolean> = (value) => value === true;
/** A list without what is odd in it. */
export const list =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value) =>
    (Array.isArray(value) ? value : odd()).flatMap((one: unknown) => {
      try {
        return [check(one)];
      } catch {
        return [];
      }
    });
export const some =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value) =>
    value == null ? [] : list(check)(value);

export function record<T>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value) => {
    if (typeof value !== "object" || value === null) odd();
    const given = value as Readonly<Record<string, unknown>>;
    const checks = Object.entries(fields) as [string, Check<unknown>][];
    return Object.fromEntries(checks.map(([name, check]) => [name, check(given[name])])) as T;
  };
}
