// The list of changed cases. Only the rows near the window are in the document, however many there are.

import { byId, el, mark } from "../js/dom.js";
import { link, state } from "../js/state.js";
import { share, signOf, wordOf } from "./kinds.js";

const HEIGHT = 60;
const AROUND = 8;
const PRINTED = 500;

const list = byId("list");
const drawn = new Map();
let rows = [];
let cursor = 0;
let printing = false;

export function showRows(shown) {
  rows = shown;
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
  reveal(place);
  redraw();
}

function redraw() {
  for (const element of drawn.values()) element.remove();
  drawn.clear();
  draw();
}

function draw() {
  const [first, last] = printing ? [0, Math.min(rows.length, PRINTED)] : nearWindow();
  for (const [place, element] of drawn) {
    if (place < first || place >= last) { element.remove(); drawn.delete(place); }
  }
  for (let place = first; place < last; place += 1) {
    if (drawn.has(place)) continue;
    const element = rowElement(rows[place], place);
    drawn.set(place, element);
    list.insertBefore(element, following(place));
  }
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
  const ceiling = 55 + byId("filters").offsetHeight;
  if (top < ceiling || top + HEIGHT > innerHeight) scrollBy(0, top - Math.max(ceiling, innerHeight / 3));
}

function rowElement(row, place) {
  const isOpen = row.id === state.case;
  const item = el("li", { "aria-setsize": rows.length, "aria-posinset": place + 1, "data-place": place },
    el("a.row.change-row", { href: link({ case: row.id }), "aria-current": isOpen ? "true" : null, tabindex: place === cursor ? 0 : -1 },
      mark(signOf(row.kind), wordOf(row.kind)),
      el("span", {},
        el("div.name", { title: row.id }, row.id, row.critical && el("span.badge.strong", {}, "critical"), row.flaky && el("span.badge", {}, "flaky"), row.quarantined && el("span.badge", {}, "quarantined")),
        el("div.why", { title: row.line }, row.line)),
      el(`span.chip.is-${signOf(row.kind)}`, {}, wordOf(row.kind)),
      el("span.shares", { title: "trials that passed: baseline, current" }, `${share(row.was)} → ${share(row.now)}`)));
  item.style.transform = `translateY(${place * HEIGHT}px)`;
  return item;
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
