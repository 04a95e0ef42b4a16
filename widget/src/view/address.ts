/** What is wrong with an e-mail address, and what was probably meant. Pure. */

const KNOWN = [
  "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "proton.me",
  "protonmail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "orange.fr", "free.fr", "hotmail.fr", "hotmail.es",
]; // prettier-ignore

export type Wrong = "at" | "domain" | null;

/** The first thing that is missing. */
export function wrongWith(address: string): Wrong {
  const [local = "", domain = "", ...rest] = address.split("@");
  if (local === "" || /\s/.test(address) || !address.includes("@") || rest.length > 0) return "at";
  return /^[^\s@.]+(?:\.[^\s@.]+)+$/.test(domain) && !/\.[^.]$/.test(domain) ? null : "domain";
}

/** The address with the domain that was probably meant, where one letter went astray; null where nothing is odd. */
export function meant(address: string): string | null {
  const [local = "", typed = ""] = address.trim().split("@");
  const domain = typed.toLowerCase();
  if (local === "" || domain.length < 5 || KNOWN.includes(domain)) return null;
  const near = KNOWN.find((one) => isOneSlip(domain, one));
  return near === undefined ? null : `${local}@${near}`;
}

/** One letter more, less, other, or two swapped. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  const rest = (text: string, skip: number): string => text.slice(from + skip);
  if (a.length > b.length) return rest(a, 1) === rest(b, 0);
  if (a.length < b.length) return rest(a, 0) === rest(b, 1);
  const swapped = a[from] === b[from + 1] && a[from + 1] === b[from] && rest(a, 2) === rest(b, 2);
  return swapped || rest(a, 1) === rest(b, 1);
}
