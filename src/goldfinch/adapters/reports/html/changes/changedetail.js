// One case, was and is: what was asked, both answers word by word, how each came about, and their scores.

import { detailsOf, rowOf, run } from "../js/data.js";
import { wordDiff } from "../js/diff.js";
import { announce, byId, el, mark } from "../js/dom.js";
import { UNKNOWN, VERDICTS, milliseconds, pretty, score, usd } from "../js/format.js";
import { state, update } from "../js/state.js";
import { foldable } from "../js/timeline.js";
import { share, signOf, wordOf } from "./kinds.js";

const ROLES = { system: "System", user: "User", assistant: "Agent", tool: "Tool", reasoning: "Thought" };
const panel = byId("detail");
let shown = "";

/** Shows the case of the state, or closes the panel. Gives whether another case than before is open. */
export function showDetail() {
  if (state.case === shown) return false;
  shown = state.case;
  panel.hidden = !shown;
  byId("split").classList.toggle("open", Boolean(shown));
  if (shown) fill(rowOf(shown));
  return true;
}

export const closeDetail = () => update({ case: "" });

function fill(row) {
  panel.scrollTop = 0;
  if (!row) {
    panel.replaceChildren(el("header", {}, el("div.title", {}, el("h2", {}, state.case), closeButton())),
      el("p.empty", {}, "This case is not in the page: it did not change, or was left out for its size."));
    return;
  }
  const { golden, was, now, pairs, leftOut } = detailsOf(row);
  panel.replaceChildren(...[
    header(row),
    el("div.side-heads", {}, sideHead("Was", was, row.was), sideHead("Is", now, row.now)),
    reasons(now) && section("Why", reasons(now)),
    golden && section("Input", foldable(textBlock(golden.input))),
    golden && golden.expected.answer !== undefined && section("Expected", foldable(textBlock([golden.expected.answer].flat().join("\n—\n")))),
    section("Answer", answers(was, now)),
    pairs?.length && section("Trajectory", trajectory(was, now, pairs)),
    section("Scores", scoreTable(row, was, now)),
    section("What it took", took(was, now)),
    leftOut > 0 && el("p.quiet", {}, "Parts of this case were left out for their size; outputs.jsonl of both runs has them all."),
  ].filter(Boolean));
  panel.setAttribute("aria-label", `Case ${row.id}`);
  announce(`case ${row.id}, ${wordOf(row.kind)}`);
}

function header(row) {
  return el("header", {},
    el("div.title", {}, mark(signOf(row.kind), wordOf(row.kind)), el("h2", {}, row.id), el("div.tools", {}, closeButton())),
    el("div.facts", {}, el(`span.chip.is-${signOf(row.kind)}`, {}, wordOf(row.kind)), row.critical && el("span.badge.strong", {}, "critical"),
      row.tags.map((tag) => el("span.badge", {}, tag)), el("span.quiet", {}, row.line)));
}

const closeButton = () => el("button", { type: "button", title: "Close (Esc)", "aria-label": "Close the case", click: closeDetail }, "Close");
const section = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);
const textBlock = (text) => el("pre.text", {}, pretty(text));

function sideHead(title, side, passed) {
  if (!side) return el("div", {}, el("h4", {}, title), el("span.quiet", {}, "no record of this side is at hand"));
  return el("div", {}, el("h4", {}, mark(VERDICTS[side.verdict]), title),
    el("span.quiet", {}, `trial ${side.trial}, ${VERDICTS[side.verdict]}; ${share(passed)} trials passed`, " "),
    el("span.trials", { role: "img", "aria-label": `${share(passed)} trials passed` }, [...side.verdicts].slice(0, 12).map((letter) => el(`i.fill-${VERDICTS[letter]}`))));
}

function reasons(side) {
  return side?.reasons.length ? el(`ul.reasons.${side.verdict}`, {}, side.reasons.map((reason) => el("li", {}, reason))) : null;
}

function answers(was, now) {
  const [before, after] = [was, now].map(answerText);
  if (before === null || after === null) {
    return el("div.compare", {}, [["Was", was, before], ["Is", now, after]].map(([title, side, text]) =>
      el("div", {}, el("h4", {}, title), text === null ? el("p.quiet", {}, noAnswer(side)) : foldable(el("pre.text", {}, text)))));
  }
  return sideBySide(before, after);
}

function answerText(side) {
  const answer = side?.answer;
  if (!answer) return null;
  return answer.text ?? (answer.data === null ? null : pretty(answer.data));
}

function noAnswer(side) {
  if (!side) return "No record of this side is at hand.";
  if (!side.failure) return "No answer is recorded: the baseline was kept without its outputs.";
  return `No answer. ${side.failure.kind.replaceAll("_", " ")}${side.failure.status ? ` ${side.failure.status}` : ""}: ${side.failure.message}`;
}

/** Two texts, words that only one of them has marked. */
function sideBySide(before, after) {
  const runs = wordDiff(before, after);
  const side = (hidden, tag, changed) => runs.filter(([kind]) => kind !== hidden).map(([kind, text]) => (kind === changed ? el(tag, {}, text) : text));
  return el("div.compare", {},
    el("div", {}, el("h4", {}, "Was"), foldable(el("pre.text", {}, side("new", "del", "gone")))),
    el("div", {}, el("h4", {}, "Is"), foldable(el("pre.text", {}, side("gone", "ins", "new")))));
}

function trajectory(was, now, pairs) {
  const [before, after] = [was, now].map((side) => side?.answer?.steps ?? []);
  const left = (was?.answer?.stepsLeftOut ?? 0) + (now?.answer?.stepsLeftOut ?? 0);
  return el("ol.steps", {}, pairs.map(([i, j]) => stepPair(i === null ? null : before[i], j === null ? null : after[j])),
    left > 0 && el("li.equal", {}, el("p.quiet", {}, `… and ${left} more steps; outputs.jsonl has them all`)));
}

function stepPair(before, after) {
  if (before && after && JSON.stringify(before) === JSON.stringify(after)) {
    return el("li.equal", {}, el("div.step", {}, el("div.role", {}, `${roleOf(after)}, the same`), foldable(el("pre.text", {}, stepText(after)), 160)));
  }
  if (!before || !after) return el("li", {}, stepBox(before, "gone"), stepBox(after, "new"));
  const runs = wordDiff(stepText(before), stepText(after));
  const part = (hidden, tag, changed) => runs.filter(([kind]) => kind !== hidden).map(([kind, text]) => (kind === changed ? el(tag, {}, text) : text));
  return el("li", {},
    el("div.step.gone", {}, el("div.role", {}, roleOf(before)), foldable(el("pre.text", {}, part("new", "del", "gone")))),
    el("div.step.new", {}, el("div.role", {}, roleOf(after)), foldable(el("pre.text", {}, part("gone", "ins", "new")))));
}

function stepBox(step, kind) {
  if (!step) return el("div.step.none", {}, el("span.quiet", {}, kind === "gone" ? "no such step before" : "no such step any more"));
  return el(`div.step.${kind}`, {}, el("div.role", {}, roleOf(step)), foldable(el("pre.text", {}, stepText(step))));
}

const roleOf = (step) => ROLES[step.role] ?? step.role;

function stepText(step) {
  const calls = (step.calls ?? []).map((call) => [`${call.name}(${call.arguments ? pretty(call.arguments) : ""})`,
    call.result === null ? null : `→ ${pretty(call.result)}`, call.error === null ? null : `failed: ${call.error}`].filter(Boolean).join("\n"));
  return [step.text, ...calls].filter(Boolean).join("\n");
}

function scoreTable(row, was, now) {
  const mean = (pair, place) => (pair ? score(pair[place]) : UNKNOWN);
  return el("table.scores", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Metric"), el("th.number", { scope: "col" }, "Was"), el("th.number", { scope: "col" }, "Is"), el("th", { scope: "col" }, "Reason now"))),
    el("tbody", {}, run.metrics.map(({ name }, place) => el("tr", {}, el("td", {}, name),
      el("td.number", { "data-label": "was" }, mean(row.means[place], 0)), el("td.number", { "data-label": "is" }, mean(row.means[place], 1)),
      el("td", {}, now?.scores.find(({ metric }) => metric === name)?.reason ?? "")))));
}

function took(was, now) {
  const figures = [["Latency", (side) => milliseconds(side.latency)], ["Cost", (side) => (side.cost === null ? UNKNOWN : usd(side.cost))],
    ["Tokens out", (side) => (side.outputTokens === null ? UNKNOWN : String(side.outputTokens))], ["Steps", (side) => (side.answer ? String(side.answer.steps.length + side.answer.stepsLeftOut) : UNKNOWN)]];
  return el("dl.figures", {}, figures.map(([name, told]) => el("div", {}, el("dt", {}, name),
    el("dd", {}, `${was ? told(was) : UNKNOWN} → ${now ? told(now) : UNKNOWN}`))));
}
