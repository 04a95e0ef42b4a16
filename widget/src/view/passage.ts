/** Where a citation's quote stands in its passage, cut to what one can read on a card. */
import type { Citation } from "../generated/protocol.ts";

const AROUND = 220;

export interface Marked {
  readonly before: string;
  readonly quote: string;
  readonly after: string;
}

export function marked(citation: Pick<Citation, "passage" | "quote" | "start" | "end">): Marked {
  const { quote } = citation;
  // The server counts characters, JavaScript counts UTF-16 units: count as the server does.
  const points = [...citation.passage];
  let { start, end } = citation;
  if (points.slice(start, end).join("") !== quote) {
    const found = citation.passage.indexOf(quote);
    if (found < 0) return { before: `${clip(points, "end")} `, quote, after: "" };
    start = [...citation.passage.slice(0, found)].length;
    end = start + [...quote].length;
  }
  return { before: clip(points.slice(0, start), "start"), quote, after: clip(points.slice(end), "end") };
}

function clip(points: readonly string[], cut: "start" | "end"): string {
  if (points.length <= AROUND) return points.join("");
  const kept = (cut === "start" ? points.slice(-AROUND) : points.slice(0, AROUND)).join("");
  return cut === "start" ? `… ${kept.replace(/^\S*\s/, "")}` : `${kept.replace(/\s\S*$/, "")} …`;
}
