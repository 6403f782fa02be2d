"""Asking an instance whether it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from goldfinch.adapters.processes.ports import HOST

PROBE_S = 2.0


async def probe(port: int, path: str, timeout_s: float) -> str:
    """Empty: it answered 200. Else why not, in a few words."""
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=timeout_s), connector=aiohttp.TCPConnector(force_close=True)
            ) as session,
            session.get(f"http://{HOST}:{port}{path}", allow_redirects=False) as response,
        ):
            return "" if response.status == 200 else f"{path} answered {response.status}"
    except TimeoutError:
        return f"{path} did not answer in {timeout_s:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return f"{path}: {str(error) or type(error).__name__}"


async def probe_all(ports: Sequence[int], path: str) -> list[str]:
    """All at once."""
    return list(await asyncio.gather(*(probe(port, path, PROBE_S) for port in ports)))
