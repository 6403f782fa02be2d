// Figures in words, as in every other report (core/results/wording.py). What is not known is a dash, never 0.

export const UNKNOWN = "—";
export const VERDICTS = { p: "passed", f: "failed", e: "error", u: "undecided" };

export const count = (number) => number.toLocaleString("en-US");
export const score = (value) => (value === null ? UNKNOWN : value.toFixed(2));

export function milliseconds(value) {
  if (value === null) return UNKNOWN;
  if (value < 1000) return value >= 10 ? `${value.toFixed(0)} ms` : `${Number(value.toPrecision(2))} ms`;
  return value < 120000 ? `${(value / 1000).toFixed(1)} s` : `${(value / 60000).toFixed(1)} min`;
}

export function usd(value) {
  if (value === null) return UNKNOWN;
  if (value === 0 || value >= 1) return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return value >= 1e-4 ? `$${Number(value.toPrecision(3))}` : `$${value.toExponential(1)}`;
}

/** JSON with indents where `text` is JSON, else the text itself. */
export function pretty(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
