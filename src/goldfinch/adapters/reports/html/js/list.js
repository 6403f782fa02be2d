// A row of the list of cases.

import { byId, el, mark } from "./dom.js";
import { UNKNOWN, VERDICTS, milliseconds, score, usd } from "./format.js";
import { link, state } from "./state.js";
import { showList } from "./virtuallist.js";

let metric = null;

/** Shows `shown`; `place` is that of the metric whose scores stand in the rows, or -1. */
export function showRows(shown, place) {
  metric = place;
  byId("score-head").textContent = metric < 0 ? "Lowest score" : "Score";
  showList(shown, rowElement);
}

function rowElement(row, isCursor) {
  const isOpen = row.id === state.case;
  return el("li", {},
    el("a.row", { href: link({ case: row.id, trial: "" }), "aria-current": isOpen ? "true" : null, tabindex: isCursor ? 0 : -1 },
      mark(row.outcome),
      el("span", {},
        el("div.name", { title: row.id }, row.id, row.critical && el("span.badge.strong", {}, "critical")),
        el("div.why", { title: row.why }, row.why || row.tags.join(" · "))),
      trialMarks(row),
      el("span.figure", {}, metric >= 0 ? score(row.means[metric]) : bestKnown(row)),
      el("span.figure", {}, milliseconds(row.latency)),
      el("span.figure", {}, usd(row.cost))));
}

/** The lowest score of the row: the one that says most where no metric was chosen. */
function bestKnown(row) {
  const known = row.means.filter((mean) => mean !== null);
  return known.length ? score(Math.min(...known)) : UNKNOWN;
}

function trialMarks(row) {
  if (row.planned <= 1 && row.verdicts.length <= 1) return el("span");
  const passed = [...row.verdicts].filter((letter) => letter === "p").length;
  return el("span.trials", { role: "img", "aria-label": `${passed} of ${row.planned} trials passed`, title: `${passed} of ${row.planned} trials passed` },
    [...row.verdicts].slice(0, 12).map((letter) => el(`i.fill-${VERDICTS[letter]}`)));
}
