// A row of the list of changed cases.

import { el, mark } from "../js/dom.js";
import { link, state } from "../js/state.js";
import { showList } from "../js/virtuallist.js";
import { share, signOf, wordOf } from "./kinds.js";

export const showRows = (shown) => showList(shown, rowElement);

function rowElement(row, isCursor) {
  const isOpen = row.id === state.case;
  const badges = [row.critical && el("span.badge.strong", {}, "critical"), row.flaky && el("span.badge", {}, "flaky"), row.quarantined && el("span.badge", {}, "quarantined")];
  return el("li", {},
    el("a.row.change-row", { href: link({ case: row.id }), "aria-current": isOpen ? "true" : null, tabindex: isCursor ? 0 : -1 },
      mark(signOf(row.kind), wordOf(row.kind)),
      el("span", {},
        el("div.name", { title: row.id }, row.id, badges),
        el("div.why", { title: row.line }, row.line)),
      el(`span.chip.is-${signOf(row.kind)}`, {}, wordOf(row.kind)),
      el("span.shares", { title: "trials that passed: baseline, current" }, `${share(row.was)} → ${share(row.now)}`)));
}
