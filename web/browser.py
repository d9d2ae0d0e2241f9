"""What a browser tells of itself: its address, its kind and its language."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A phone's system in the words of the payment channels, by what its browsers call themselves.
DEVICES = (
    ("iOS", ("iphone", "ipad", "ipod")),
    ("Android", ("android",)),
    ("Wap", ("mobile", "phone")),
)


def client_ip(request: Request, trusted: Sequence[Network]) -> str:
    """The right-most address on the way here that is not one of our own proxies.

    What stands left of it was written by the client and may be a lie. Empty when unknown.
    """
    if request.client is None:
        return ""
    nearest = _address(request.client.host)
    if nearest is None:
        return ""
    for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
        if not any(nearest in network for network in trusted):
            break
        further = _address(hop)
        if further is None:
            break
        nearest = further
    return str(nearest)


def _address(text: str) -> Address | None:
    """An address with or without a port; an IPv4 one in IPv6 clothes counts as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def device_of(user_agent: str) -> str | None:
    """A phone's system (`iOS`, `Android`, `Wap` for any other), None for a desktop browser."""
    named = user_agent.lower()
    for device, words in DEVICES:
        if any(word in named for word in words):
            return device
    return None


def language_of(accepted: str, default: str) -> str:
    """`zh_CN` or `en`, whichever an Accept-Language header likes better."""
    wishes = [_wish(part) for part in accepted.split(",")[:20]]
    for _, name in sorted(wishes, key=lambda wish: -wish[0]):
        if name.startswith("zh"):
            return "zh_CN"
        if name.startswith("en"):
            return "en"
    return default


def _wish(part: str) -> tuple[float, str]:
    name, _, weight = part.partition(";")
    try:
        likes = float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        likes = 0.0
    return likes, name.strip().lower() if likes > 0 else ""
