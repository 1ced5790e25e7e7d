"""Whose address it is that asks."""

from ipaddress import IPv6Address, ip_address

_ONE_SITE = 64
"""Bits of an IPv6 address that one site has to itself (RFC 6177): in the rest it can call itself what it likes."""


def site_of(address: str) -> str:
    """What limits by address count: an IPv4 address, or the network of an IPv6 one; as it is where it is neither."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 128 - _ONE_SITE << 128 - _ONE_SITE)}/{_ONE_SITE}"
