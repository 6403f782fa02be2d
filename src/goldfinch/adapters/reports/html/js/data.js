// What the page was given. Rows are read at once; the details of a case when somebody looks at it.

const island = (id) => document.getElementById(id).textContent;

export const run = JSON.parse(island("run"));
export const rows = JSON.parse(island("rows"));
rows.forEach((row, place) => { row.place = place; });

const places = new Map(rows.map((row) => [row.id, row.place]));
let lines = null;

export const rowOf = (id) => rows[places.get(id)];

/** {golden, trials, answers, leftOut} of a row. */
export function detailsOf(row) {
  return JSON.parse(lineOf(row));
}

/** All that is known of a row, in lower case, for the search. */
export function haystackOf(row) {
  row.haystack ??= wordsIn([row.id, row.tags, row.why, detailsOf(row)]).join("\n").toLowerCase();
  return row.haystack;
}

function lineOf(row) {
  lines ??= island("details").split("\n");
  return lines[row.place];
}

function wordsIn(value) {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(wordsIn) : [];
}
