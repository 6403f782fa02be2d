// The page of a comparison comes alive: everything that is shown follows from the rows and the address.

import { haystackOf, rows } from "../js/data.js";
import { byId, el } from "../js/dom.js";
import { count } from "../js/format.js";
import { onChange, readAddress, state, update } from "../js/state.js";
import { startTheme, toggleTheme } from "../js/theme.js";
import { cursorRow, moveCursor, revealCase, startList } from "../js/virtuallist.js";
import { closeDetail, showDetail } from "./changedetail.js";
import { showRows } from "./changelist.js";
import { KINDS, signOf } from "./kinds.js";

const controls = {};
let lastFilters = null;

function show() {
  const filters = JSON.stringify([state.q, state.outcome, state.tag]);
  const another = showDetail();
  if (filters !== lastFilters || another) {
    lastFilters = filters;
    const shown = selected();
    showRows(shown);
    showControls(shown.length);
  }
  if (another && state.case) revealCase(state.case);
}

function selected() {
  const kinds = state.outcome ? new Set(state.outcome.split(",")) : null;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => (!kinds || [...kinds].some((kind) => isOfKind(row, kind))) && (!state.tag || row.tags.includes(state.tag))
    && words.every((word) => row.id.toLowerCase().includes(word) || haystackOf(row).includes(word)));
}

/** A case that regressed can be flaky besides. */
const isOfKind = (row, kind) => row.kind === kind || (kind === "flaky" && row.flaky);

function startControls() {
  const bar = byId("filters");
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(() => update({ q: controls.q.value.trim() }), 90); };
  controls.q = el("input", { type: "search", placeholder: "Search cases and answers  /", "aria-label": "Search cases and answers", input: later });
  controls.kinds = Object.keys(KINDS).filter((kind) => rows.some((row) => isOfKind(row, kind))).map(kindButton);
  const tags = [...new Set(rows.flatMap((row) => row.tags))].sort();
  controls.tag = el("select", { "aria-label": "Tag", hidden: tags.length === 0, change: (event) => update({ tag: event.target.value }) },
    [["", "Any tag"], ...tags.map((tag) => [tag, tag])].map(([value, text]) => el("option", { value }, text)));
  controls.count = el("output.count");
  controls.clear = el("button", { type: "button", click: clear }, "Clear");
  bar.append(controls.q, el("fieldset.outcomes", {}, el("legend.visually-hidden", {}, "What became of them"), controls.kinds), controls.tag, controls.count, controls.clear);
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.hidden = false;
  new ResizeObserver(() => document.documentElement.style.setProperty("--filters", `${bar.offsetHeight}px`)).observe(bar);
}

function kindButton(kind) {
  const toggle = () => {
    const chosen = new Set(state.outcome.split(",").filter(Boolean));
    if (!chosen.delete(kind)) chosen.add(kind);
    update({ outcome: Object.keys(KINDS).filter((one) => chosen.has(one)).join(",") });
  };
  const found = rows.filter((row) => isOfKind(row, kind)).length;
  return el("button", { type: "button", value: kind, "aria-pressed": "false", click: toggle }, el(`i.fill-${signOf(kind)}`, { "aria-hidden": "true" }), `${count(found)} ${kind}`);
}

function showControls(shown) {
  if (document.activeElement !== controls.q) controls.q.value = state.q;
  const chosen = new Set(state.outcome.split(","));
  for (const button of controls.kinds) button.setAttribute("aria-pressed", String(chosen.has(button.value)));
  if (![...controls.tag.options].some((option) => option.value === state.tag)) controls.tag.append(el("option", { value: state.tag }, state.tag));
  controls.tag.value = state.tag;
  controls.count.textContent = shown === rows.length ? `${count(shown)} cases` : `${count(shown)} of ${count(rows.length)} cases`;
  controls.clear.hidden = !(state.q || state.outcome || state.tag);
  byId("empty").textContent = rows.length ? "No case matches. Clear a filter to see more." : "No case changed.";
}

function clear() {
  controls.q.value = "";
  update({ q: "", outcome: "", tag: "" });
}

const isTyping = (element) => element.matches("input, select, textarea");

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  Enter: (event) => open(event),
  "/": () => { controls.q.focus(); controls.q.select(); },
  t: toggleTheme,
  "?": () => byId("keys").showModal(),
};

function move(steps) {
  const row = moveCursor(steps);
  if (row && state.case) update({ case: row.id });
}

/** A focused link or button answers to Enter by itself. */
function open(event) {
  const row = cursorRow();
  if (!row || event.target.closest("a, button, summary")) return false;
  update({ case: row.id });
  return true;
}

function startKeys() {
  byId("help").hidden = false;
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.key === "Escape") {
      if (isTyping(event.target)) event.target.blur();
      else if (state.case) { closeDetail(); moveCursor(0); } else clear();
    } else if (!isTyping(event.target) && KEYS[event.key] && KEYS[event.key](event) !== false) event.preventDefault();
  });
}

startTheme();
startControls();
startList();
startKeys();
onChange(show);
addEventListener("hashchange", readAddress);
readAddress();
byId("cases").dataset.ready = "true";
performance.mark("goldfinch-ready");
