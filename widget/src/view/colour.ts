/** Makes any brand colour readable: how far to mix it toward black or white for 4.5:1, computed, not hoped. */

export type Rgb = readonly [number, number, number];

const TARGET = 4.6;
/** The panel's grounds in styles; text in the accent colour stands on the darker tint of each. */
export const GROUNDS = { light: [0xe8, 0xeb, 0xed], dark: [0x2b, 0x2f, 0x36] } as const satisfies Record<string, Rgb>;

export function parseHex(text: string): Rgb | null {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(text);
  const hex = short ? `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}` : text;
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex);
  return long ? [parseInt(long[1]!, 16), parseInt(long[2]!, 16), parseInt(long[3]!, 16)] : null;
}

const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** Björn Ottosson's OKLab, from linear sRGB. */
function toLab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([L, a, b]: Rgb): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (c: number): number => Math.min(1, Math.max(0, c));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/**
 * What the styles' `color-mix(in oklch, …)` gives: toward black the colour fades, toward light it keeps its chroma,
 * because a brand mixed with white looks washed out on a dark panel.
 */
function mixed(accent: Rgb, share: number, scheme: "light" | "dark"): Rgb {
  const [L, a, b] = toLab(accent);
  return scheme === "light"
    ? fromLab([L * share, a * share, b * share])
    : fromLab([L * share + 0.98 * (1 - share), a, b]);
}

/** How the accent, mixed down to a share in percent, stands out from the ground of the scheme. */
export function contrast(accent: Rgb, share: number, scheme: "light" | "dark"): number {
  const rgb: Rgb = [linear(accent[0]), linear(accent[1]), linear(accent[2])];
  const [r, g, b] = GROUNDS[scheme];
  const ground = luminance([linear(r), linear(g), linear(b)]);
  return ratio(luminance(mixed(rgb, share / 100, scheme)), ground);
}

/** The largest share of the accent, in percent, that is still readable on the ground of the scheme. */
export function readableShare(accent: Rgb, scheme: "light" | "dark"): number {
  let share = 100;
  while (share > 0 && contrast(accent, share, scheme) < TARGET) share -= 2;
  return share;
}
