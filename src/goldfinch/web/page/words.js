// Figures and states in words. Nothing is decided here: what a state means was said by the server.

export const NOTHING = "–";

/** Of a metric's kind: a share in percent, a duration, a score. */
export function figure(value, kind, metric) {
  if (value === null || value === undefined) return NOTHING;
  if (kind === "count") return percent(value);
  if (kind === "quantile" || /latency|_ms$/.test(metric)) return milliseconds(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : 3);
}

export function percent(share) {
  const value = share * 100;
  return `${value.toFixed(value && value < 0.995 ? 2 : value < 9.95 ? 1 : value < 99.5 && value % 1 ? 1 : 0)} %`;
}

export function milliseconds(value) {
  return value < 9.95 ? `${value.toFixed(1)} ms` : value < 9950 ? `${Math.round(value).toLocaleString("en")} ms` : `${(value / 1000).toFixed(1)} s`;
}

export const count = (value) => (value === null || value === undefined ? "unknown" : value.toLocaleString("en"));

/** Seconds of "PT1800S". */
export function seconds(duration) {
  const found = /^(-?)PT([\d.]+)S$/.exec(duration ?? "");
  return found ? Number(found[2]) * (found[1] ? -1 : 1) : 0;
}

/** "1h05m", "29m 10s", "40s". */
export function span(left) {
  const whole = Math.max(0, Math.round(left));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours) return `${hours}h ${String(minutes).padStart(2, "0")}m`;
  return minutes ? `${minutes}m ${String(rest).padStart(2, "0")}s` : `${rest}s`;
}

/** A planned length: "30m" rather than "30m 00s". */
export function length(of) {
  return span(of).replace(/ 00[ms]$/, "");
}

/** "14:02:10 UTC", with the day where it is another one than `now`'s. */
export function clock(at, now) {
  const text = new Date(at).toISOString();
  const day = now && text.slice(0, 10) !== new Date(now).toISOString().slice(0, 10) ? `${text.slice(0, 10)} ` : "";
  return `${day}${text.slice(11, 19)} UTC`;
}

/** Shape, tone: how each phase looks. The word itself is shown too. */
const LOOKS = {
  Succeeded: ["passed", "passed"], RolledBack: ["back", "failed"], RollbackFailed: ["failed", "failed"], RollingBack: ["back", "failed"],
  Failed: ["failed", "failed"], Paused: ["held", "undecided"], WaitingApproval: ["undecided", "undecided"],
  WaitingPromotion: ["undecided", "undecided"], Cancelled: ["quiet", "quiet"], Superseded: ["quiet", "quiet"], Pending: ["waiting", "quiet"],
};
export const look = (phase) => LOOKS[phase] ?? ["moving", "accent"];

export const METRIC_STATES = {
  ok: ["passed", "passed", "OK"], breach: ["failed", "failed", "Breach"], insufficient: ["waiting", "quiet", "Too few yet"],
  no_data: ["undecided", "undecided", "No data"], unknown: ["undecided", "undecided", "Unknown"], invalid: ["undecided", "undecided", "Not comparable"],
};

export const CALLS = {
  pass: ["passed", "passed", "Measurements pass"], wait: ["waiting", "quiet", "Still collecting"], hold: ["held", "undecided", "Comparison in doubt"],
  roll_back: ["failed", "failed", "Roll back"],
};

/** Verb, what the button says, what it will do, whether a reason must be given, how it looks. */
export const VERBS = [
  ["promote", "Promote", "The next step begins at once: the rest of this watch is left out, and recorded as your decision.", true, "plain"],
  ["promote_full", "Promote to 100 %", "All traffic goes to the canary at once: every step that is left is skipped, and recorded as your decision.", true, "danger"],
  ["approve", "Approve", "The release may go on. The approval is bound to exactly this release and its gate results.", false, "plain"],
  ["reject", "Reject", "The release does not go on.", true, "danger"],
  ["pause", "Pause", "The weight stays as it is until somebody resumes.", false, "plain"],
  ["resume", "Resume", "It goes on, with the watching time that remained.", false, "plain"],
  ["retry", "Try again now", "What failed on the way back is tried again at once.", false, "plain"],
  ["abort", "Abort", "The canary's traffic goes back to the stable release, and the canary is stopped.", false, "danger"],
];

/** As much of a release's id as a person needs. */
export const short = (id) => (id && /^rel_[0-9a-f]{16,}$/.test(id) ? id.slice(0, 16) : (id ?? "none"));

/** A capital for a word; names such as error_rate stay as they are. */
export const sentence = (text) => (/^[a-z]+[ ,;:.]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
