// Search, filters and order of the list.

import { rows, run } from "./data.js";
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { state, update } from "./state.js";

const OUTCOMES = ["failed", "error", "undecided", "passed"];
const controls = {};

export function startToolbar() {
  const bar = byId("filters");
  controls.q = el("input", { type: "search", placeholder: "Search cases and answers  /", "aria-label": "Search cases and answers", input: later(search) });
  controls.outcomes = OUTCOMES.filter((outcome) => counts()[outcome]).map(outcomeButton);
  controls.metric = chooser("metric", "Metric", [["", "Any metric"], ...run.metrics.map(metricChoice)]);
  controls.tag = chooser("tag", "Tag", [["", "Any tag"], ...tags().map((tag) => [tag, tag])]);
  controls.sort = chooser("sort", "Order", orders());
  controls.count = el("output.count");
  controls.clear = el("button", { type: "button", click: clear }, "Clear");
  bar.append(controls.q, el("fieldset.outcomes", {}, el("legend.visually-hidden", {}, "Outcome"), controls.outcomes),
    controls.metric, controls.tag, controls.sort, controls.count, controls.clear);
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.hidden = byId("heads").hidden = false;
  controls.tag.hidden = tags().length === 0;
  new ResizeObserver(measure).observe(bar);
  nameFilters("[data-metric]", (name) => ({ metric: name, outcome: "", tag: "" }));
  nameFilters("[data-tag]", (name) => ({ tag: name, outcome: "", metric: "" }));
}

/** Brings the controls to what the state says. */
export function showState(shown) {
  if (document.activeElement !== controls.q) controls.q.value = state.q;
  const chosen = new Set(state.outcome.split(","));
  for (const button of controls.outcomes) button.setAttribute("aria-pressed", String(chosen.has(button.value)));
  for (const name of ["metric", "tag", "sort"]) {
    offer(controls[name], state[name]);
    controls[name].value = state[name];
  }
  controls.count.textContent = shown === rows.length ? `${count(shown)} cases` : `${count(shown)} of ${count(rows.length)} cases`;
  controls.clear.hidden = !(state.q || state.outcome || state.metric || state.tag);
  byId("empty").textContent = rows.length ? "No case matches. Clear a filter to see more." : "This run has no scored case yet.";
}

export function focusSearch() {
  controls.q.focus();
  controls.q.select();
}

export function clear() {
  controls.q.value = "";
  update({ q: "", outcome: "", metric: "", tag: "" });
}

const search = () => update({ q: controls.q.value.trim() });

/** A link may name what this run does not have: it is offered all the same, and matches nothing. */
function offer(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(el("option", { value }, value));
}

function outcomeButton(outcome) {
  return el("button", { type: "button", value: outcome, "aria-pressed": "false", click: () => toggle(outcome) },
    el(`i.fill-${outcome}`, { "aria-hidden": "true" }), `${count(counts()[outcome])} ${outcome}`);
}

function toggle(outcome) {
  const chosen = new Set(state.outcome.split(",").filter(Boolean));
  if (!chosen.delete(outcome)) chosen.add(outcome);
  update({ outcome: OUTCOMES.filter((one) => chosen.has(one)).join(",") });
}

function chooser(name, label, choices) {
  return el("select", { "aria-label": label, change: (event) => update({ [name]: event.target.value }) },
    choices.map(([value, text]) => el("option", { value }, text)));
}

const metricChoice = ({ name, passMark }) => [name, `${name} ${passMark === null ? "below 1" : "below its mark"}`];

function orders() {
  const own = [["", "Most important first"], ["id", "By case id"], ["latency", "Slowest first"], ["cost", "Dearest first"]];
  return [...own, ...run.metrics.map(({ name }) => [`score:${name}`, `Lowest ${name} first`])];
}

function tags() {
  return [...new Set(rows.flatMap((row) => row.tags))].sort();
}

function counts() {
  const found = {};
  for (const row of rows) found[row.outcome] = (found[row.outcome] ?? 0) + 1;
  return found;
}

/** Names of metrics and tags in the tables above become buttons that filter the list. */
function nameFilters(selector, changes) {
  for (const place of document.querySelectorAll(selector)) {
    const name = place.textContent;
    const show = () => { update(changes(name)); byId("cases").scrollIntoView(); };
    place.replaceChildren(el("button", { type: "button", title: "Show these cases", click: show }, name));
  }
}

/** The case beside the list begins below the filters, which take as many lines as they need. */
function measure() {
  document.documentElement.style.setProperty("--filters", `${byId("filters").offsetHeight}px`);
}

function later(action) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(action, 90); };
}
