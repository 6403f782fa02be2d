// A long list of cases. Only the rows near the window are in the document, however many there are.

import { byId } from "./dom.js";
import { state } from "./state.js";

const HEIGHT = 60;
const AROUND = 8;
const PRINTED = 500;

const list = byId("list");
const drawn = new Map();
let rows = [];
let element = null;
let cursor = 0;
let printing = false;

/** Shows `shown`, each by the element that `make(row, isCursor)` gives: an `li` whose first child takes the focus. */
export function showList(shown, make) {
  rows = shown;
  element = make;
  cursor = Math.max(0, rows.findIndex((row) => row.id === state.case));
  list.style.height = `${rows.length * HEIGHT}px`;
  byId("empty").hidden = rows.length > 0;
  redraw();
}

export const cursorRow = () => rows[cursor];

/** Moves by `steps` rows, into view, and gives the row. */
export function moveCursor(steps) {
  cursor = Math.min(Math.max(cursor + steps, 0), rows.length - 1);
  reveal(cursor);
  redraw();
  drawn.get(cursor)?.firstChild.focus({ preventScroll: true });
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

function redraw() {
  for (const item of drawn.values()) item.remove();
  drawn.clear();
  draw();
}

function draw() {
  const [first, last] = printing ? [0, Math.min(rows.length, PRINTED)] : nearWindow();
  for (const [place, item] of drawn) {
    if (place < first || place >= last) { item.remove(); drawn.delete(place); }
  }
  const added = [];
  for (let place = first; place < last; place += 1) {
    if (!drawn.has(place)) { drawn.set(place, itemOf(place)); added.push(place); }
  }
  for (const place of added) list.insertBefore(drawn.get(place), following(place));
}

function itemOf(place) {
  const item = element(rows[place], place === cursor);
  item.setAttribute("aria-setsize", rows.length);
  item.setAttribute("aria-posinset", place + 1);
  item.dataset.place = place;
  item.style.transform = `translateY(${place * HEIGHT}px)`;
  return item;
}

/** The next row that is in the document: they stand in order, for those who read or tab through them. */
function following(place) {
  for (const item of list.children) if (Number(item.dataset.place) > place) return item;
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
