"""Which network addresses may be called: the defence against server-side request forgery (REQUIREMENTS T14)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google and others
            "fd00:ec2::254",  # AWS over IPv6
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "168.63.129.16",  # Azure's host endpoint; looks like any public address
        ),
    )
)
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_NUMBER = re.compile(r"^(?:0x[0-9a-f]*|[0-9]+)$")


def refusal(address: str, *, allow_private: bool) -> str | None:
    """Say why `address` (canonical, as a resolver gives it) may not be called; None where it may.

    Link-local, metadata and multicast addresses are refused always, also inside IPv6 (mapped, compatible, NAT64, 6to4);
    private and loopback ones unless `allow_private`.
    """
    ip = ip_address(address.partition("%")[0])
    for one in (ip, *_embedded(ip)):
        reason = _reason(one, allow_private=allow_private)
        if reason is not None:
            return f"{address} is {reason}"
    return None


def _reason(ip: IPv4Address | IPv6Address, *, allow_private: bool) -> str | None:
    if ip in _METADATA:
        return "a cloud metadata address"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_multicast:
        return "a multicast address"
    if not allow_private and not ip.is_global and not _is_wrapper(ip):
        return "a private or loopback address"
    return None


def _embedded(ip: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 address may end up at."""
    if isinstance(ip, IPv4Address):
        return ()
    if any(ip in network for network in _TRANSLATED) or (int(ip) >> 32 == 0 and int(ip) > 1):
        return (IPv4Address(int(ip) & 0xFFFFFFFF),)
    return tuple(inner for inner in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if inner is not None)


def _is_wrapper(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address is only a spelling of the IPv4 address in it, which is judged by itself."""
    return isinstance(ip, IPv6Address) and (ip.ipv4_mapped is not None or ip in _TRANSLATED[0])


def literal_of(host: str) -> str | None:
    """Return the canonical address where `host` spells one in any way that a resolver may accept, None where it is a name.

    Decimal (`2852039166`), octal (`0251.0376.0251.0376`), hexadecimal (`0xa9fea9fe`) and short (`127.1`) spellings count:
    `inet_aton` takes them all. Raises ValueError for a number that is no address.
    """
    bare = host.removesuffix(".").lower()
    if ":" in bare:
        return str(ip_address(bare))
    parts = bare.split(".")
    if not all(map(_NUMBER.match, parts)):
        return None
    if len(parts) > 4:
        raise ValueError(f"{host!r} is no IPv4 address")
    numbers = [_number(part) for part in parts]
    *high, low = numbers
    room = 256 ** (4 - len(high))
    if any(number > 255 for number in high) or low >= room:
        raise ValueError(f"{host!r} is no IPv4 address")
    value = low + sum(number << (24 - 8 * place) for place, number in enumerate(high))
    return str(IPv4Address(value))


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and part.isdigit() and set(part) <= set("01234567") else int(part)
