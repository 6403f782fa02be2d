// Elements, built piece by piece. Text only ever becomes text: nothing here, or anywhere in this page, parses data as HTML.

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
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SHAPES = { passed: "M2 6.5L4.8 9.3L10 3", failed: "M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5", error: "M6 2V6.8M6 9.8V10", undecided: "M4 4a2 2 0 1 1 3 1.7c-.7.5-1 .8-1 1.5M6 9.9V10" };

/** The sign of an outcome: a shape and a colour, and its word for those who see neither. */
export function mark(outcome, label = outcome) {
  return el(`span.mark.is-${outcome}`, { role: "img", "aria-label": label, title: label },
    svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: SHAPES[outcome] })));
}

/** Says `text` to a screen reader. */
export function announce(text) {
  byId("live").textContent = text;
}
