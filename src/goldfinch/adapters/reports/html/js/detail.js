// One case: why it has its outcome, what was asked, expected and given, how the agent got there, and every score.

import { comparisons, markedAnswer } from "./compare.js";
import { detailsOf, rowOf } from "./data.js";
import { announce, byId, el, mark, svg } from "./dom.js";
import { UNKNOWN, VERDICTS, milliseconds, pretty, score, usd } from "./format.js";
import { state, update } from "./state.js";
import { foldable, timeline } from "./timeline.js";

const panel = byId("detail");
let shown = "";

/** Shows the case and trial of the state, or closes the panel. Gives whether another case than before is open. */
export function showDetail() {
  const key = JSON.stringify([state.case, state.trial]);
  if (key === shown) return false;
  const another = !shown || JSON.parse(shown)[0] !== state.case;
  shown = key;
  const isOpen = Boolean(state.case);
  panel.hidden = !isOpen;
  byId("split").classList.toggle("open", isOpen);
  if (isOpen) fill(rowOf(state.case));
  return another;
}

export const closeDetail = () => update({ case: "", trial: "" });

/** Goes to the trial `steps` further on. */
export function moveTrial(steps) {
  const row = rowOf(state.case);
  if (!row) return;
  const { trials } = detailsOf(row);
  const at = trials.indexOf(chosenTrial(trials, row));
  const next = trials[Math.min(Math.max(at + steps, 0), trials.length - 1)];
  if (next) update({ trial: String(next.trial) });
}

/** The trial that the address names, else the first one that did not pass. */
function chosenTrial(trials) {
  return trials.find((trial) => String(trial.trial) === state.trial) ?? trials.find((trial) => trial.verdict !== "p") ?? trials[0];
}

function fill(row) {
  panel.scrollTop = 0;
  if (!row) {
    panel.replaceChildren(el("header", {}, el("div.title", {}, el("h2", {}, state.case), closeButton())),
      el("p.empty", {}, "This case is not in the page. It may be one of those that were left out for its size."));
    return;
  }
  const details = detailsOf(row);
  const trial = chosenTrial(details.trials);
  panel.replaceChildren(header(row), ...tabs(details.trials, trial, row), ...(trial ? trialSections(row, details, trial) : [note(details)]));
  panel.setAttribute("aria-label", `Case ${row.id}`);
  announce(`case ${row.id}, ${row.outcome}`);
}

function header(row) {
  return el("header", {},
    el("div.title", {}, mark(row.outcome), el("h2", {}, row.id), el("div.tools", {}, copyButton(), closeButton())),
    el("div.facts", {}, el(`span.chip.is-${row.outcome}`, {}, row.outcome), row.critical && el("span.badge.strong", {}, "critical"),
      row.tags.map((tag) => el("span.badge", {}, tag))));
}

function closeButton() {
  return el("button.icon-button", { type: "button", title: "Close (Esc)", "aria-label": "Close the case", click: closeDetail }, icon("M5 5l10 10M15 5L5 15"));
}

function copyButton() {
  const button = el("button.icon-button", { type: "button", title: "Copy a link to this case", "aria-label": "Copy a link to this case" },
    icon("M8.5 11.5l3-3M7 9.5L5 11.5a2.8 2.8 0 0 0 4 4l2-2M13 10.5l2-2a2.8 2.8 0 0 0-4-4l-2 2"));
  button.addEventListener("click", () => copyAddress().then(() => announce("link copied"), () => announce("the address bar has the link")));
  return button;
}

async function copyAddress() {
  await navigator.clipboard.writeText(location.href);
}

function icon(path) {
  return svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round" }));
}

function tabs(trials, chosen, row) {
  if (trials.length <= 1 && row.planned <= 1) return [];
  const missing = row.planned - trials.length;
  return [el("div.tabs", { role: "tablist", "aria-label": "Trials" }, trials.map((trial) => el("button", {
    type: "button", role: "tab", "aria-selected": String(trial === chosen), click: () => update({ trial: String(trial.trial) }),
  }, mark(VERDICTS[trial.verdict]), `Trial ${trial.trial}`)), missing > 0 && el("span.quiet", {}, `${missing} of ${row.planned} trials are not there`))];
}

function trialSections(row, details, trial) {
  const answer = details.answers[trial.trial] ?? null;
  const expected = details.golden?.expected ?? {};
  const blocks = comparisons(expected, answer);
  return [
    trial.reasons.length && section("Why", el(`ul.reasons.${trial.verdict}`, {}, trial.reasons.map((reason) => el("li", {}, reason)))),
    section("Input", details.golden ? foldable(textBlock(details.golden.input)) : missing("The input is not at hand: the dataset is not at its place, or this case was edited since.")),
    details.golden?.context && section("Context", foldable(textBlock(details.golden.context), 300)),
    blocks.length && section("Expected and got", ...blocks),
    !isCompared(expected) && section("Answer", answerBlock(answer, trial, expected)),
    section("Scores", scoreTable(trial)),
    answer?.steps.length && section(`Trajectory, ${answer.steps.length + answer.stepsLeftOut} entries`, timeline(answer)),
    section("What it took", figures(trial, answer)),
    details.leftOut > 0 && note(details),
  ].filter(Boolean);
}

/** Whether the comparison already shows the whole answer. */
const isCompared = (expected) => Boolean(expected.answer ?? expected.json);

function answerBlock(answer, trial, expected) {
  if (answer?.text != null) return el("pre.text", {}, markedAnswer(expected, answer.text));
  if (answer?.data != null) return textBlock(answer.data);
  if (trial.failure) return missing(`No answer. ${trial.failure.kind.replaceAll("_", " ")}${trial.failure.status ? ` ${trial.failure.status}` : ""}: ${trial.failure.message}`);
  return missing("No answer is recorded.");
}

const missing = (text) => el("p.quiet", {}, text);
const note = (details) => el("p.quiet", {}, `${details.leftOut} parts of this case were left out for their size; outputs.jsonl has them all.`);
const section = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);

/** Text; JSON with its indents; an object of plain values as its fields. */
function textBlock(text) {
  const fields = fieldsOf(text);
  if (fields) return el("dl.fields", {}, fields.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  const shown = pretty(text);
  return el(shown === text ? "pre.text" : "pre.text.code", {}, shown);
}

function fieldsOf(text) {
  let value = null;
  try {
    value = text.startsWith("{") ? JSON.parse(text) : null;
  } catch { /* cut, or never JSON: shown as text */ }
  const entries = Object.entries(value ?? {});
  const isFlat = entries.length > 0 && entries.every(([, field]) => field === null || typeof field !== "object");
  return isFlat ? entries.map(([name, field]) => [name, typeof field === "string" ? field.trim() : String(field)]) : null;
}

function scoreTable(trial) {
  if (!trial.scores.length) return missing("No metric applies to this case.");
  const rows = trial.scores.map((one) => el("tr", {},
    el("td", {}, el("strong", {}, one.metric)),
    el("td.number", { "data-label": "score" }, one.status === "scored" ? score(one.value) : UNKNOWN, one.value !== null && meter(one)),
    el("td", {}, verdictChip(one)),
    el("td.wide", {}, one.reason, one.evidence && el("details", {}, el("summary", {}, "Evidence"), textBlock(one.evidence)))));
  const none = trial.notApplicable.length ? el("p.quiet", {}, `Not applicable: ${trial.notApplicable.join(", ")}.`) : null;
  return el("div", {}, el("table.scores", {},
    el("thead", {}, el("tr", {}, ["Metric", "Score", "Verdict", "Reason"].map((name) => el("th", { scope: "col", class: name === "Score" ? "number" : null }, name)))),
    el("tbody", {}, rows)), none);
}

function verdictChip(one) {
  if (one.status === "error") return el("span.chip.is-error", {}, "scorer error");
  if (one.status === "missing") return el("span.chip.is-error", {}, "no evidence");
  if (one.passed === null) return el("span.chip", {}, "reported");
  return el(`span.chip.is-${one.passed ? "passed" : "failed"}`, {}, one.passed ? "passed" : "failed");
}

function meter(one) {
  const kind = one.passed === null ? "" : one.passed ? ".passed" : ".failed";
  return svg("svg.meter", { viewBox: "0 0 84 5", "aria-hidden": "true" },
    svg("rect.track", { width: 84, height: 5, rx: 2.5 }),
    svg(`rect.fill${kind}`, { width: Math.max(0, Math.min(1, one.value)) * 84, height: 5, rx: 2.5 }));
}

function figures(trial, answer) {
  const facts = [
    ["Latency", milliseconds(trial.latency)],
    trial.firstToken !== null && ["First token", milliseconds(trial.firstToken)],
    ["Cost", trial.cost === null ? "unknown" : usd(trial.cost)],
    trial.judgeCost !== null && ["Judge cost", usd(trial.judgeCost)],
    ["Tokens in", trial.inputTokens?.toLocaleString("en-US") ?? "unknown"],
    ["Tokens out", trial.outputTokens?.toLocaleString("en-US") ?? "unknown"],
    answer?.model && ["Model", answer.model],
    answer?.finish && ["Finish reason", answer.finish],
    answer?.attempts > 1 && ["Attempts", answer.attempts],
    trial.cached && ["From the cache", "yes"],
    answer && ["Started", answer.startedAt],
  ].filter(Boolean);
  return el("dl.figures", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}
