/** What went wrong last on the host page, for pages that let it be told. */
const MOST = 500;

/** Listens from now on, until told to stop; returns how to look. */
export function errors(signal: AbortSignal): () => string {
  let last = "";
  const keep = (words: string, file = "", line = 0): void => {
    // A query may carry what is none of our business.
    const where = file === "" ? "" : ` (${file.split(/[?#]/)[0]}:${line})`;
    if (words !== "") last = `${words}${where}`.slice(0, MOST);
  };
  addEventListener("error", ({ message, filename, lineno }) => keep(message ?? "", filename, lineno), {
    signal,
  });
  addEventListener(
    "unhandledrejection",
    ({ reason }) => keep(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)),
    { signal },
  );
  return () => last;
}
