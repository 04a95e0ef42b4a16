/** What went wrong last on the host page, for pages that let it be told. */
const MOST = 500;

/** Listens from now on; returns how to look. */
export function errors(): () => string {
  let last = "";
  const keep = (words: string, file = "", line = 0): void => {
    // A query may carry what is none of our business.
    const where = file === "" ? "" : ` (${file.split(/[?#]/)[0]}:${line})`;
    if (words !== "") last = `${words}${where}`.slice(0, MOST);
  };
  addEventListener("error", ({ message, filename, lineno }) => keep(message ?? "", filename, lineno));
  addEventListener("unhandledrejection", ({ reason }) =>
    keep(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)),
  );
  return () => last;
}
