// The keys. None acts while somebody types.

import { closeDetail, moveTrial } from "./detail.js";
import { byId } from "./dom.js";
import { state, update } from "./state.js";
import { toggleTheme } from "./theme.js";
import { clear, focusSearch } from "./toolbar.js";
import { cursorRow, moveCursor } from "./virtuallist.js";

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: (event) => inList(event) && move(1),
  ArrowUp: (event) => inList(event) && move(-1),
  Enter: (event) => open(event),
  "/": focusSearch,
  "[": () => moveTrial(-1),
  "]": () => moveTrial(1),
  t: toggleTheme,
  "?": () => byId("keys").showModal(),
};

export function startKeyboard() {
  byId("help").hidden = false;
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.key === "Escape") escape(event);
    else if (!isTyping(event.target) && KEYS[event.key]) act(event);
  });
}

function act(event) {
  if (KEYS[event.key](event) !== false) event.preventDefault();
}

function move(steps) {
  const row = moveCursor(steps);
  if (row && state.case) update({ case: row.id, trial: "" });
}

/** A focused link or button answers to Enter by itself. */
function open(event) {
  const row = cursorRow();
  if (!row || event.target.closest("a, button, summary")) return false;
  update({ case: row.id, trial: "" });
  return true;
}

const inList = (event) => Boolean(event.target.closest("#list"));

function escape(event) {
  if (isTyping(event.target)) {
    event.target.blur();
  } else if (state.case) {
    closeDetail();
    moveCursor(0);
  } else {
    clear();
  }
}

const isTyping = (element) => element.matches("input, select, textarea");
