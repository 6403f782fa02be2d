// Which rows are shown, in which order. Pure: rows and state in, rows out.

import { haystackOf } from "./data.js";

/** Rows that every filter lets through, sorted. `metrics` are those of the run, with name and passMark. */
export function selected(rows, state, metrics) {
  const outcomes = state.outcome ? new Set(state.outcome.split(",")) : null;
  const metric = metrics.findIndex(({ name }) => name === state.metric);
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((row) =>
    (!outcomes || outcomes.has(row.outcome))
    && (!state.tag || row.tags.includes(state.tag))
    && (!state.metric || (metric >= 0 && isFaulted(row, metric, metrics[metric].passMark)))
    && words.every((word) => row.id.toLowerCase().includes(word) || haystackOf(row).includes(word)));
  const key = sortKey(state.sort, metrics);
  return key ? kept.sort((a, b) => compare(key(a), key(b)) || a.place - b.place) : kept;
}

/** Whether a metric found fault with a case: below its mark, crashed, or, where it only reports, below 1. */
export function isFaulted(row, metric, passMark) {
  const mean = row.means[metric];
  return row.failed.includes(metric) || row.errors.includes(metric) || (passMark === null && mean !== null && mean < 1);
}

function sortKey(sort, metrics) {
  if (sort === "id") return (row) => row.id;
  if (sort === "latency" || sort === "cost") return (row) => (row[sort] === null ? null : -row[sort]);
  const metric = metrics.findIndex(({ name }) => `score:${name}` === sort);
  return metric < 0 ? null : (row) => row.means[metric];
}

/** Ascending; what is not known comes last. */
function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  return a < b ? -1 : a > b ? 1 : 0;
}
