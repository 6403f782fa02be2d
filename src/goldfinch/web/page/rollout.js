// The page of `goldfinch serve`: who looks, what is looked at, and the stream that keeps it true.

import { byId, el, sign, weightBar } from "./drawing.js";
import { rolloutScreen } from "./screen.js";
import { clock, look, sentence, short, span } from "./words.js";

const TOKEN = "goldfinch-token";
const NAME = "goldfinch-name";
const SILENT_MS = 12_000;
const LONGEST_WAIT_MS = 10_000;
const LIST_EVERY_MS = 3_000;

let role = "";
let skew = 0;
let leave = () => {};

/** The token is in this tab's storage, bound to this very port; a cookie would be sent to every port of the host, also to the agents'. */
const token = () => sessionStorage.getItem(TOKEN) ?? "";

async function asked(path, options = {}) {
  const headers = { authorization: `Bearer ${token()}`, ...options.headers };
  return fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", ...options, headers });
}

async function json(path, options) {
  const answer = await asked(path, options);
  const document = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(document.detail ?? `answers ${answer.status}`), { status: answer.status, line: document.detail });
  return document;
}

// Signing in.

function takeTokenOfAddress() {
  const found = /^#token=([^&]+)/.exec(location.hash);
  if (!found) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
  history.replaceState(null, "", `${location.pathname}#/`);
}

function signIn(words) {
  shownPlace([]);
  connection("waiting", "not signed in");
  const field = el("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const submit = (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN, field.value.trim());
    open();
  };
  byId("main").replaceChildren(el("section.panel.sign-in", { "aria-labelledby": "sign-in-title" },
    el("h1", { id: "sign-in-title" }, "Who is looking?"), el("p", {}, words),
    el("form", { submit }, el("label", { for: "token" }, "Token"), field, el("button.primary", { type: "submit" }, "Look"))));
  field.focus();
}

// What is shown, by the address.

async function open() {
  leave();
  takeTokenOfAddress();
  if (!token()) return signIn("Open the address that `goldfinch serve` printed, or paste a token from .goldfinch/serve-tokens.json.");
  try {
    role = (await json("/v1/me")).role;
  } catch (error) {
    if (error.status === 401 || error.status === 403 || error.status === 429) return signIn(error.line);
    return retryOpen();
  }
  byId("role").textContent = role;
  byId("role").hidden = false;
  const found = /^#\/rollouts\/([A-Za-z0-9_.:-]+)$/.exec(location.hash);
  return found ? showRollout(found[1]) : showList();
}

function retryOpen() {
  lost(Date.now());
  const timer = setTimeout(open, 2000);
  leave = () => clearTimeout(timer);
}

function shownPlace(parts) {
  byId("place").replaceChildren(...parts.flatMap((part, index) => [index ? el("span.quiet", { "aria-hidden": "true" }, "/") : null, part]).filter(Boolean));
}

function showList() {
  shownPlace([el("span", {}, "Rollouts")]);
  document.title = "Rollouts · Goldfinch";
  let going = true;
  let seen = Date.now();
  let before = "";
  const look_ = async () => {
    try {
      const { rollouts } = await json("/v1/rollouts?text=shown");
      if (!going) return;
      seen = Date.now();
      connected();
      const key = JSON.stringify(rollouts);
      if (key !== before) byId("main").replaceChildren(listOf(rollouts));
      before = key;
    } catch (error) {
      if (!going) return;
      if (error.status === 401) return signIn(error.line);
      lost(seen);
    }
    timer = setTimeout(look_, LIST_EVERY_MS);
  };
  let timer = setTimeout(look_, 0);
  leave = () => { going = false; clearTimeout(timer); };
}

function listOf(rollouts) {
  if (!rollouts.length) {
    return el("section.panel.empty", {}, el("h1", {}, "No rollout yet"), el("p.quiet", {}, "Start one: "), el("p", {}, el("code", {}, "goldfinch rollout start RELEASE --environment production")));
  }
  return el("section.list", { "aria-label": "Rollouts" }, el("h1", {}, "Rollouts"), el("ul", {}, rollouts.map((one) => {
    const [shape, tone] = look(one.phase);
    return el("li", {}, el("a.row.panel", { href: `#/rollouts/${one.id}` },
      el("span.head", {}, el(`span.chip.is-${tone}`, {}, sign(shape, tone), one.title), el("span.quiet", {}, `${one.service} · ${one.environment}`)),
      el("span.line", {}, sentence(one.reason), one.next_action ? el("span.quiet", {}, ` · next: ${one.next_action}${one.next_at ? ` (${clock(one.next_at, Date.now())})` : ""}`) : null),
      el("span.foot.quiet", {}, el("code", {}, short(one.canary)), one.stable ? [" over ", el("code", {}, short(one.stable))] : " first release", ` · ${clock(one.created_at, Date.now())} by ${one.created_by}`),
      el("span.share", {}, el("strong", {}, `${one.weight_percent} %`), weightBar(one.weight_percent, one.verified_weight_percent, `${one.weight_percent} % on the canary`))));
  })));
}

// One rollout, live.

function showRollout(id) {
  shownPlace([el("a", { href: "#/" }, "Rollouts"), el("code", {}, id)]);
  byId("main").replaceChildren(el("p.quiet.empty", {}, "Reading …"));
  let draw = null;
  let line = "";
  const take = (overview) => {
    draw ??= rolloutScreen(byId("main"), (verb) => askVerb(overview.rollout.id, verb));
    skew = Date.parse(overview.now) - Date.now();
    draw(overview, role);
    tick();
    document.title = `${overview.rollout.state.weight_percent} % ${overview.title} · Goldfinch`;
    const words = `${overview.title}. ${overview.rollout.state.reason}`;
    if (words !== line) byId("live").textContent = words;
    line = words;
  };
  leave = listen(`/v1/rollouts/${encodeURIComponent(id)}/events?text=shown`, take);
}

/** Server-sent events by `fetch`, which can send the token; begun again, with the last id, whenever the server was silent for too long. */
function listen(path, take) {
  let going = true;
  let seen = Date.now();
  let lastId = "";
  let wait = 500;
  let stop = new AbortController();
  let watchdog = 0;
  const heard = () => {
    seen = Date.now();
    clearTimeout(watchdog);
    watchdog = setTimeout(() => stop.abort(), SILENT_MS);
  };
  const handle = ({ event, id, data }) => {
    if (id) lastId = id;
    wait = 500;
    if (event === "overview") { take(JSON.parse(data)); connected(); }
    if (event === "problem") lost(seen, JSON.parse(data).detail);
  };
  const run = async () => {
    while (going) {
      stop = new AbortController();
      heard();
      try {
        const answer = await asked(path, { signal: stop.signal, headers: lastId ? { "last-event-id": lastId } : {} });
        if (answer.status === 401) return going && signIn("The token is no longer this server's.");
        if (!answer.ok) throw Object.assign(new Error(), { line: (await answer.json()).detail });
        connection("live", "live");
        await readEvents(answer.body, heard, handle);
      } catch (error) {
        if (going) lost(seen, error.line);
      }
      if (going) lost(seen);
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    }
  };
  run();
  return () => { going = false; clearTimeout(watchdog); stop.abort(); };
}

async function readEvents(body, heard, handle) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").filter((row) => row && !row.startsWith(":")).map((row) => [row.slice(0, row.indexOf(":")), row.slice(row.indexOf(":") + 2)]));
      if (fields.event) handle(fields);
    }
  }
}

function connected() {
  byId("lost").hidden = true;
  document.body.classList.remove("is-lost");
  connection("live", "live");
}

function lost(seen, why = "") {
  const words = why || "The connection is lost. What is shown is not kept up to date; it is tried again by itself.";
  byId("lost").replaceChildren(el("strong", {}, words), el("span", {}, ` Last heard ${clock(seen + skew)}.`));
  byId("lost").hidden = false;
  document.body.classList.add("is-lost");
  connection("lost", "connection lost");
}

function connection(state, words) {
  byId("connection").dataset.state = state;
  byId("connection-words").textContent = words;
}

// A person asks.

function askVerb(id, [verb, name, words, needsReason, tone]) {
  const dialog = byId("ask");
  const requestId = `page_${crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("")}`;
  const by = el("input", { id: "ask-by", autocomplete: "name", required: true, maxlength: 200 });
  by.value = localStorage.getItem(NAME) ?? "";
  const reason = el("textarea", { id: "ask-reason", rows: 3, maxlength: 2000, required: needsReason });
  const said = el("p.said", { role: "alert", hidden: true });
  const go = el(`button.primary.${tone}`, { type: "submit" }, name);
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    said.hidden = true;
    try {
      localStorage.setItem(NAME, by.value.trim());
      const body = JSON.stringify({ by: by.value, reason: reason.value, id: requestId });
      await json(`/v1/rollouts/${encodeURIComponent(id)}/${verb}`, { method: "POST", body, headers: { "content-type": "application/json" } });
      dialog.close();
      byId("live").textContent = `${name}: asked for. The controller's next pass deals with it.`;
    } catch (error) {
      said.textContent = error.line ?? "No answer. Sending it once more is safe: it is asked once.";
      said.hidden = false;
    }
    go.disabled = false;
  };
  dialog.replaceChildren(el("form", { submit },
    el("h2", { id: "ask-title" }, name), el("p", {}, words), el("p.quiet", {}, el("code", {}, id)),
    el("label", { for: "ask-by" }, "Your name"), by,
    el("label", { for: "ask-reason" }, needsReason ? "Why (it is kept with the decision)" : "Why (optional)"), reason, said,
    el("div.answers", {}, el("button", { type: "button", click: () => dialog.close() }, "Leave it"), go)));
  dialog.showModal();
  (by.value ? reason : by).focus();
}

// Clocks that run between two messages.

function tick() {
  const now = Date.now() + skew;
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = (Number(element.dataset.until) - now) / 1000;
    element.textContent = left < -1 ? "overdue" : span(left);
  }
  for (const element of document.querySelectorAll("[data-since]")) element.textContent = span((now - Number(element.dataset.since)) / 1000);
  for (const element of document.querySelectorAll("[data-from]")) {
    const share = (now - Number(element.dataset.from)) / (Number(element.dataset.to) - Number(element.dataset.from));
    element.querySelector("rect:last-child").setAttribute("width", Math.max(0, Math.min(1, share)) * 100);
  }
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("goldfinch-theme", root.dataset.theme);
}

const kept = localStorage.getItem("goldfinch-theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
byId("theme").addEventListener("click", theme);
addEventListener("hashchange", open);
setInterval(tick, 1000);
open();
