/** What went wrong last on the host page, for pages that let it be told. */
const MOST = 500;

/** Listens from the first call on. */
export const lastError = (() => {
  let last = "";
  let isListening = false;
  const keep = (words: string, file = "", line = 0): void => {
    // A query may carry what is none of our business.
    const where = file === "" ? "" : ` (${file.split(/[?#]/)[0]}:${line})`;
    if (words !== "") last = `${words}${where}`.slice(0, MOST);
  };
  return (): string => {
    if (!isListening) {
      isListening = true;
      addEventListener("error", ({ message, filename, lineno }) => keep(message ?? "", filename, lineno));
      addEventListener("unhandledrejection", ({ reason }) =>
        keep(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)),
      );
    }
    return last;
  };
})();
