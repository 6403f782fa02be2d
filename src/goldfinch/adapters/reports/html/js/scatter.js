// Cost against latency, a mark per case. Cases whose cost or latency is not known stand in a strip of their own, never at 0.

import { byId, el, svg } from "./dom.js";
import { UNKNOWN, count, milliseconds, usd } from "./format.js";
import { update } from "./state.js";

const HEIGHT = 330;
const LEFT = 74;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 42;
const STRIP = 26;
const MOST = 3000;

const box = byId("scatter");
const marks = new Map();
let drawnWidth = 0;
let lastShown = [[], ""];

export function startScatter(rows) {
  const placed = rows.filter((row) => row.latency !== null || row.cost !== null);
  if (!placed.length) return;
  const shown = evenly(placed, MOST);
  byId("scatter-panel").hidden = false;
  byId("scatter-note").textContent = `${count(shown.length)} of ${count(rows.length)} cases, mean over trials`;
  draw(shown, Math.round(box.clientWidth));
  new ResizeObserver(() => redraw(shown)).observe(box);
}

/** Drawn anew for another width, so that text keeps its size. */
function redraw(rows) {
  const width = Math.round(box.clientWidth);
  if (!width || width === drawnWidth) return;
  draw(rows, width);
  markShown(...lastShown);
}

function draw(rows, width) {
  drawnWidth = width;
  const x = axis(rows.map((row) => row.latency), LEFT, width - RIGHT);
  const y = axis(rows.map((row) => row.cost), HEIGHT - BOTTOM, TOP);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": "Cost against latency of each case; the list below has the same figures" }, ...frame(x, y, width));
  for (const row of rows) drawing.append(point(row, x, y));
  box.replaceChildren(drawing, el("div.tip", { id: "tip", hidden: true }));
  listen(drawing);
}

/** Dims the cases that the filters leave out, and marks the one that is open. */
export function markShown(shown, open) {
  lastShown = [shown, open];
  const ids = new Set(shown.map((row) => row.id));
  for (const [id, mark] of marks) {
    mark.classList.toggle("dim", !ids.has(id));
    mark.classList.toggle("current", id === open);
  }
}

function evenly(rows, most) {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, place) => rows[Math.floor((place * rows.length) / most)]);
}

/** Where a figure stands between `from` and `to`; a strip at `from` is kept for what is not known. */
function axis(values, from, to) {
  const hasUnknown = values.includes(null);
  const top = niceTop(Math.max(0, ...values.filter((value) => value !== null)));
  const direction = Math.sign(to - from);
  const zero = from + (hasUnknown ? direction * STRIP : 0);
  const place = (value) => (value === null ? from + (direction * STRIP) / 2 - direction * 4 : zero + ((to - zero) * value) / top);
  return { place, hasUnknown, ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => share * top) };
}

function niceTop(most) {
  if (!(most > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return unit * [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].find((step) => step * unit >= most * 1.001);
}

function frame(x, y, width) {
  const bottom = HEIGHT - BOTTOM;
  const lines = [...y.ticks.map((tick) => svg("line.grid", { x1: LEFT, x2: width - RIGHT, y1: y.place(tick), y2: y.place(tick) })),
    ...x.ticks.map((tick) => svg("line.grid", { x1: x.place(tick), x2: x.place(tick), y1: TOP, y2: bottom }))];
  const labels = [...y.ticks.map((tick) => label(LEFT - 10, y.place(tick) + 4, "end", tick ? usd(Number(tick.toPrecision(3))) : "$0")),
    ...x.ticks.map((tick) => label(x.place(tick), bottom + 18, tick === x.ticks.at(-1) ? "end" : "middle", tick ? milliseconds(tick).replace(".0 ", " ") : "0"))];
  if (y.hasUnknown) labels.push(label(LEFT - 10, y.place(null) + 4, "end", "unknown"));
  if (x.hasUnknown) labels.push(label(x.place(null), bottom + 18, "middle", "unknown"));
  return [...lines, ...labels, label(width - RIGHT, HEIGHT - 6, "end", "latency →"), label(LEFT, HEIGHT - 6, "start", "↑ cost")];
}

const label = (x, y, anchor, text) => svg("text", { x, y, "text-anchor": anchor }, text);

/** Each outcome has a shape of its own. */
function point(row, x, y) {
  const [cx, cy] = [x.place(row.latency), y.place(row.cost)].map((figure) => Number(figure.toFixed(1)));
  const paths = {
    passed: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
    failed: "M-5.5 -3L-3 -5.5L0 -2.5L3 -5.5L5.5 -3L2.5 0L5.5 3L3 5.5L0 2.5L-3 5.5L-5.5 3L-2.5 0z",
    error: "M0 -6L5.5 4.5L-5.5 4.5z",
    undecided: "M0 -5.5L5.5 0L0 5.5L-5.5 0z",
  };
  const mark = svg(`path.point.fill-${row.outcome}`, { d: paths[row.outcome], transform: `translate(${cx} ${cy})` });
  mark.row = row;
  marks.set(row.id, mark);
  return mark;
}

function listen(drawing) {
  drawing.addEventListener("click", (event) => { if (event.target.row) { update({ case: event.target.row.id, trial: "" }); byId("cases").scrollIntoView(); } });
  drawing.addEventListener("pointermove", (event) => showTip(event));
  drawing.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
}

function showTip(event) {
  const { row } = event.target;
  const shown = byId("tip");
  shown.hidden = !row;
  if (!row) return;
  shown.replaceChildren(el("strong", {}, row.id), el("div", {}, `${row.outcome} · ${milliseconds(row.latency)} · ${row.cost === null ? UNKNOWN : usd(row.cost)}`));
  const bounds = box.getBoundingClientRect();
  const left = event.clientX - bounds.left;
  shown.style.left = `${Math.min(left + 14, bounds.width - shown.offsetWidth)}px`;
  shown.style.top = `${event.clientY - bounds.top + 14}px`;
}
