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

/** Says `text` to a screen reader. */
export function announce(text) {
  byId("live").textContent = text;
}
