// What is looked at, kept in the address, so that a link shows the same: #case=…&trial=…&q=…&outcome=…&metric=…&tag=…&sort=…

const NAMES = ["case", "trial", "q", "outcome", "metric", "tag", "sort"];
const listeners = [];

export const state = {};

export const onChange = (listener) => listeners.push(listener);

/** Changes some of the state. A case that opens is a step in the history, anything else is not. */
export function update(changes) {
  const opens = "case" in changes && changes.case !== state.case && !state.case;
  Object.assign(state, changes);
  history[opens ? "pushState" : "replaceState"](null, "", address(state) || location.pathname + location.search);
  tell();
}

/** The address of the state with `changes`: a link that can be sent. */
export function link(changes) {
  return address({ ...state, ...changes }) || "#";
}

function address(values) {
  const parts = NAMES.filter((name) => values[name]).map((name) => `${name}=${encodeURIComponent(values[name])}`);
  return parts.length ? `#${parts.join("&")}` : "";
}

/** Reads the address; what it does not name is not filtered. */
export function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
  for (const name of NAMES) state[name] = given.get(name) ?? "";
  tell();
}

function tell() {
  for (const listener of listeners) listener(state);
}
