// The list of cases. Only the rows near the window are in the document, however many there are.

import { byId, el, mark } from "./dom.js";
import { UNKNOWN, VERDICTS, milliseconds, score, usd } from "./format.js";
import { link, state } from "./state.js";

const HEIGHT = 60;
const AROUND = 8;
const PRINTED = 500;

const list = byId("list");
const drawn = new Map();
let rows = [];
let metric = null;
let cursor = 0;
let printing = false;

/** Shows `shown`; `place` is that of the metric whose scores stand in the rows, or -1. */
export function showRows(shown, place) {
  rows = shown;
  metric = place;
  cursor = Math.max(0, rows.findIndex((row) => row.id === state.case));
  list.style.height = `${rows.length * HEIGHT}px`;
  byId("empty").hidden = rows.length > 0;
  byId("score-head").textContent = metric < 0 ? "Lowest score" : "Score";
  redraw();
}

export const cursorRow = () => rows[cursor];

/** Moves by `steps` rows, into view, and gives the row. */
export function moveCursor(steps, { focus = true } = {}) {
  cursor = Math.min(Math.max(cursor + steps, 0), rows.length - 1);
  reveal(cursor);
  redraw();
  if (focus) drawn.get(cursor)?.firstChild.focus({ preventScroll: true });
  return rows[cursor];
}

/** Brings the case that is open into view. */
export function revealCase(id) {
  const place = rows.findIndex((row) => row.id === id);
  if (place < 0) return;
  cursor = place;
  const below = byId("split").getBoundingClientRect().top - stuckAbove();
  if (below > 0) scrollBy(0, below);
  reveal(place);
  redraw();
}

export function redraw() {
  for (const element of drawn.values()) element.remove();
  drawn.clear();
  draw();
}

function draw() {
  const [first, last] = printing ? [0, Math.min(rows.length, PRINTED)] : nearWindow();
  for (const [place, element] of drawn) {
    if (place < first || place >= last) { element.remove(); drawn.delete(place); }
  }
  const added = [];
  for (let place = first; place < last; place += 1) {
    if (!drawn.has(place)) { drawn.set(place, rowElement(rows[place], place)); added.push(place); }
  }
  for (const place of added) list.insertBefore(drawn.get(place), following(place));
}

/** The next row that is in the document: they stand in order, for those who read or tab through them. */
function following(place) {
  for (const element of list.children) if (Number(element.dataset.place) > place) return element;
  return null;
}

function nearWindow() {
  const top = list.getBoundingClientRect().top;
  const first = Math.max(0, Math.min(Math.floor(-top / HEIGHT), rows.length) - AROUND);
  const last = Math.max(Math.ceil((innerHeight - top) / HEIGHT) + AROUND, first + 2 * AROUND);
  return [first, Math.min(rows.length, last)];
}

function reveal(place) {
  const top = list.getBoundingClientRect().top + place * HEIGHT;
  const ceiling = stuckAbove();
  if (top < ceiling || top + HEIGHT > innerHeight) scrollBy(0, top - Math.max(ceiling, innerHeight / 3));
}

/** What hides the top of the window once the list has been scrolled up to it. */
function stuckAbove() {
  const filters = byId("filters");
  const { position, top } = getComputedStyle(filters);
  return position === "sticky" ? Number.parseFloat(top) + filters.offsetHeight : 0;
}

function rowElement(row, place) {
  const isOpen = row.id === state.case;
  const item = el("li", { "aria-setsize": rows.length, "aria-posinset": place + 1, "data-place": place },
    el("a.row", { href: link({ case: row.id, trial: "" }), "aria-current": isOpen ? "true" : null, tabindex: place === cursor ? 0 : -1 },
      mark(row.outcome),
      el("span", {},
        el("div.name", { title: row.id }, row.id, row.critical && el("span.badge.strong", {}, "critical")),
        el("div.why", { title: row.why }, row.why || row.tags.join(" · "))),
      trialMarks(row),
      el("span.figure", {}, metric >= 0 ? score(row.means[metric]) : bestKnown(row)),
      el("span.figure", {}, milliseconds(row.latency)),
      el("span.figure", {}, usd(row.cost))));
  item.style.transform = `translateY(${place * HEIGHT}px)`;
  return item;
}

/** The lowest score of the row: the one that says most where no metric was chosen. */
function bestKnown(row) {
  const known = row.means.filter((mean) => mean !== null);
  return known.length ? score(Math.min(...known)) : UNKNOWN;
}

function trialMarks(row) {
  if (row.planned <= 1 && row.verdicts.length <= 1) return el("span");
  const passed = [...row.verdicts].filter((letter) => letter === "p").length;
  return el("span.trials", { role: "img", "aria-label": `${passed} of ${row.planned} trials passed`, title: `${passed} of ${row.planned} trials passed` },
    [...row.verdicts].slice(0, 12).map((letter) => el(`i.fill-${VERDICTS[letter]}`)));
}

export function startList() {
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon, { passive: true });
  matchMedia("print").addEventListener("change", ({ matches }) => { printing = matches; redraw(); });
}
