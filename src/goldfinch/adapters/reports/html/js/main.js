// The page comes alive: everything that is shown follows from the rows and the address.

import { rows, run } from "./data.js";
import { showDetail } from "./detail.js";
import { byId } from "./dom.js";
import { selected } from "./filter.js";
import { startKeyboard } from "./keyboard.js";
import { showRows } from "./list.js";
import { markShown, startScatter } from "./scatter.js";
import { onChange, readAddress, state } from "./state.js";
import { startTheme } from "./theme.js";
import { showState, startToolbar } from "./toolbar.js";
import { revealCase, startList } from "./virtuallist.js";

let lastFilters = null;

function show() {
  const filters = JSON.stringify([state.q, state.outcome, state.metric, state.tag, state.sort]);
  const another = showDetail();
  if (filters !== lastFilters || another) {
    lastFilters = filters;
    const shown = selected(rows, state, run.metrics);
    showRows(shown, run.metrics.findIndex(({ name }) => name === state.metric || `score:${name}` === state.sort));
    showState(shown.length);
    markShown(shown, state.case);
  }
  if (another && state.case) revealCase(state.case);
}

startTheme();
startToolbar();
startList();
startScatter(rows);
startKeyboard();
onChange(show);
addEventListener("hashchange", readAddress);
readAddress();
byId("cases").dataset.ready = "true";
performance.mark("goldfinch-ready");
