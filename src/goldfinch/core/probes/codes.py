"""The error codes of this area (Smoke tests and probes), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

NO_SERVICE: Final = "E3501"
NO_CASES: Final = "E3502"
PRIVATE_ENDPOINT: Final = "E3503"
EVIDENCE_NOT_WRITTEN: Final = "E3504"
NOTHING_DECIDES: Final = "E3505"
NO_KEY: Final = "E3506"
TRAFFIC_REFUSED: Final = "E3507"
BAD_ENDPOINT: Final = "E3508"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    NO_SERVICE: (
        "A smoke test or a probe session is to ask the service, and no setting says how a question is put to it over HTTP.",
        "Write `live.probes.agent` (kind http: path, body, where the answer is), or make `agent:` one of kind http.",
    ),
    NO_CASES: (
        "A smoke test or probe sessions have no case: no dataset is named, or the tags and ids that were asked for fit none of its cases.",
        "Name `live.probes.dataset`, give `--dataset`, or choose other tags and ids; `goldfinch dataset show` lists them.",
    ),
    PRIVATE_ENDPOINT: (
        "The endpoint is a private or loopback address, and the environment is not a local one: configured addresses do not lead inside.",
        "Where the service really is there, say so with `--allow-private`; cloud metadata and link-local addresses stay refused.",
    ),
    EVIDENCE_NOT_WRITTEN: (
        "The smoke test ran, and its evidence file could not be written. A smoke test without evidence counts as none.",
        "Free space or name another file with `--evidence`.",
    ),
    NOTHING_DECIDES: (
        "None of the configured scorers has a pass mark or can judge without a model, so no answer of a probe could pass or fail.",
        "Give a scorer that holds answers against what the case expects its `pass_mark`.",
    ),
    NO_KEY: (
        "Probe sessions need the key of the proxy's tokens, and its file is not there or cannot be read.",
        "Start `goldfinch proxy` for this service and environment first; probes begin by themselves once the key is there.",
    ),
    TRAFFIC_REFUSED: (
        "Generated traffic was asked for that goes beyond this machine, is faster or longer than it is bounded to, or has no sessions.",
        "Generated traffic is for rehearsals: a loopback address, at most 500 sessions a second, 50,000 sessions and 30 minutes.",
    ),
    BAD_ENDPOINT: (
        "The endpoint is no address of an HTTP service.",
        "Give scheme, host and, where needed, port and path before the agent's own: `https://staging.example.com`.",
    ),
}
