from __future__ import annotations

import pytest

from goldfinch.core.wire.addresses import literal_of, refusal


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "::a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "ff02::1",
    ],
)
@pytest.mark.parametrize("allow_private", [True, False])
def test_link_local_metadata_and_multicast_are_refused_always(address: str, allow_private: bool) -> None:
    assert refusal(address, allow_private=allow_private) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fc00::1", "::ffff:127.0.0.1", "0.0.0.0", "100.64.0.1"])
def test_private_addresses_are_refused_unless_allowed(address: str) -> None:
    assert refusal(address, allow_private=False) is not None
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert refusal(address, allow_private=False) is None


@pytest.mark.parametrize(
    "spelling",
    ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0xA9.254.0251.254", "169.254.169.254.", "169.16689662"],
)
def test_every_spelling_of_an_address_is_read_as_the_address(spelling: str) -> None:
    assert literal_of(spelling) == "169.254.169.254"


@pytest.mark.parametrize("name", ["localhost", "example.com", "10.example", "a1.2.3", "0xyz"])
def test_names_are_no_addresses(name: str) -> None:
    assert literal_of(name) is None


@pytest.mark.parametrize("bad", ["256.1.1.1", "1.2.3.4.5", "99999999999", "1.2.3.256", "fe80:::1"])
def test_numbers_that_are_no_address_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"IPv4 address|Expected|ddress"):
        literal_of(bad)
