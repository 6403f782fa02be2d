// Elements and figures, built piece by piece. Text only ever becomes text: nothing in this page parses data as HTML.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** `el("a.row", {href}, "text", child)`: an element with classes, attributes (functions are listeners) and children. */
export function el(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  return filled(document.createElement(tag), classes, attributes, children);
}

export function svg(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  return filled(document.createElementNS(SVG, tag), classes, attributes, children);
}

function filled(element, classes, attributes, children) {
  for (const name of classes) element.classList.add(name);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SHAPES = {
  passed: "M2 6.5L4.8 9.3L10 3",
  failed: "M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5",
  undecided: "M4 4a2 2 0 1 1 3 1.7c-.7.5-1 .8-1 1.5M6 9.9V10",
  waiting: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9M6 3.8V6.2L7.6 7.2",
  held: "M4.2 3V9M7.8 3V9",
  moving: "M3 2.6L6.2 6L3 9.4M6.4 2.6L9.6 6L6.4 9.4",
  back: "M9.4 6H2.6M5.6 2.8L2.4 6L5.6 9.2",
  quiet: "M2.8 6H9.2",
};

/** The sign of a state: a shape and a colour; the word stands beside it, or in `label`. */
export function sign(shape, tone, label = "") {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return el(`span.sign.is-${tone}`, named, svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: SHAPES[shape] })));
}

/** A bar of shares, and a notch where a value was verified; widths are 0 to 100. */
export function weightBar(wanted, verified, label) {
  return svg("svg.weight-bar", { viewBox: "0 0 1000 26", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("rect.stable", { x: 0, y: 5, width: 1000, height: 16 }),
    verified === null ? null : svg("rect.verified", { x: 0, y: 5, width: verified * 10, height: 16 }),
    wanted === verified ? null : svg("rect.wanted", { x: Math.min(wanted, verified ?? 0) * 10, y: 5, width: Math.abs(wanted - (verified ?? 0)) * 10, height: 16 }),
    svg("rect.notch", { x: Math.max(0, Math.min(994, wanted * 10 - 3)), y: 0, width: 6, height: 26 }));
}

/** How much of something is there: `share` from 0 to 1. */
export function meter(share, tone, label) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return svg("svg.meter", { viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("rect.track", { x: 0, y: 0, width: 100, height: 6 }), svg(`rect.fill-${tone}`, { x: 0, y: 0, width, height: 6 }));
}

const [WIDE, HIGH, EDGE] = [168, 40, 4];

/** Canary and stable over the last checks, on one scale; a gap where nothing was measured. */
export function sparkline(points, label) {
  const values = points.flatMap((point) => [point.canary, point.stable]).filter((value) => value !== null);
  if (!values.length) return el("span.quiet", {}, "no line yet");
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high - low || Math.abs(high) || 1;
  const x = (index) => (points.length < 2 ? WIDE - EDGE : EDGE + (index * (WIDE - 2 * EDGE)) / (points.length - 1));
  const y = (value) => (high === low ? HIGH / 2 : HIGH - EDGE - ((value - low) * (HIGH - 2 * EDGE)) / room);
  return svg("svg.spark", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label },
    ["stable", "canary"].flatMap((arm) => [...lines(points, arm, x, y), end(points, arm, x, y)]));
}

function lines(points, arm, x, y) {
  const pieces = [[]];
  points.forEach((point, index) => {
    if (point[arm] === null) pieces.push([]);
    else pieces.at(-1).push(`${x(index).toFixed(1)},${y(point[arm]).toFixed(1)}`);
  });
  return pieces.filter((piece) => piece.length > 1).map((piece) => svg(`polyline.${arm}`, { points: piece.join(" ") }));
}

function end(points, arm, x, y) {
  const index = points.findLastIndex((point) => point[arm] !== null);
  return index < 0 ? null : svg(`circle.${arm}`, { cx: x(index).toFixed(1), cy: y(points[index][arm]).toFixed(1), r: arm === "canary" ? 2.8 : 2.2 });
}
