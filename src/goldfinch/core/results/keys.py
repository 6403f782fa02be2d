"""Names of answers: short for indexes in memory, long for the cache on disk."""

from __future__ import annotations

from hashlib import blake2b


def answer_key(case_id: str, trial: int) -> int:
    """A 64-bit name of a (case, trial) inside one run; two of a million collide with a chance of 3e-8."""
    return int.from_bytes(blake2b(f"{trial}:{case_id}".encode(), digest_size=8).digest(), "big")


def cache_key(*, case_id: str, case_hash: str, trial: int, seed: int | None, agent_version: str, scorer_version: str = "") -> str:
    """Everything that could change what is cached: an answer, or with `scorer_version` a score of that answer."""
    parts = (case_id, case_hash, str(trial), str(seed), agent_version, scorer_version)
    joined = "\0".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(joined.encode(), digest_size=20).hexdigest()
