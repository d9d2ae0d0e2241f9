"""Methods by which a bot asks for its updates, or has them sent to its own server."""

import re
from urllib.parse import urlsplit

from sandbox.telegram.call import Call
from sandbox.telegram.errors import WEBHOOK_ACTIVE, ApiError, bad_request, conflict
from sandbox.telegram.limits import LONGEST_POLL_S, WEBHOOK_PORTS, WEBHOOK_SECRET_LENGTH
from sandbox.telegram.markup import is_loopback
from sandbox.telegram.model import Json
from sandbox.telegram.webhook import OnReply, Webhook, WebhookSettings

_SECRET = re.compile(r"[A-Za-z0-9_-]*")
MOST_UPDATES = 100


async def get_updates(call: Call) -> list[Json]:
    account = call.account
    if account.webhook:
        raise conflict(WEBHOOK_ACTIVE)
    feed = account.feed
    feed.allow(_allowed(call))
    offset = call.integer("offset")
    if offset:
        feed.acknowledge(offset)
    await feed.wait(min(call.integer("timeout"), LONGEST_POLL_S))
    # The setting may have changed while we waited.
    if account.webhook:
        raise conflict(WEBHOOK_ACTIVE)
    limit = call.integer("limit", MOST_UPDATES)
    return [update.data() for update in feed.take(min(max(limit, 1), MOST_UPDATES))]


async def set_webhook(call: Call, on_reply: OnReply) -> bool:
    url = call.text("url")
    if not url:
        return await delete_webhook(call)
    settings = WebhookSettings(
        url=url,
        secret=call.text("secret_token") or None,
        max_connections=min(max(call.integer("max_connections", 40), 1), 100),
    )
    _check(settings)
    account = call.account
    account.feed.allow(_allowed(call))
    await _remove(call)
    account.feed.interrupt()
    account.webhook = Webhook(settings, account.feed, call.world.trace, on_reply)
    return True


async def delete_webhook(call: Call) -> bool:
    await _remove(call)
    return True


def get_webhook_info(call: Call) -> Json:
    account = call.account
    account.feed.expire()
    info: Json = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(account.feed.pending),
    }
    if account.feed.allowed:
        info["allowed_updates"] = account.feed.allowed
    hook = account.webhook
    if hook is None:
        return info
    info |= {"url": hook.settings.url, "max_connections": hook.settings.max_connections}
    if hook.last_error.text:
        info |= {
            "last_error_date": int(hook.last_error.at),
            "last_error_message": hook.last_error.text,
        }
    return info


async def _remove(call: Call) -> None:
    account = call.account
    hook, account.webhook = account.webhook, None
    if hook:
        await hook.close()
    if call.flag("drop_pending_updates"):
        account.feed.pending.clear()


def _allowed(call: Call) -> list[str] | None:
    kinds = call.json("allowed_updates", "allowed updates")
    if kinds is None:
        return None
    if not isinstance(kinds, list):
        raise bad_request("can't parse allowed updates: expected an Array")
    return [str(kind) for kind in kinds]


def _check(settings: WebhookSettings) -> None:
    """A loopback address, for a bot tried out on one machine, may be http and any port."""
    try:
        parts = urlsplit(settings.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as broken:
        raise _bad_webhook("invalid webhook URL specified") from broken
    if not is_loopback(parts.hostname):
        if parts.scheme != "https":
            raise _bad_webhook("An HTTPS URL must be provided for webhook")
        if port not in WEBHOOK_PORTS:
            raise _bad_webhook("Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = settings.secret or ""
    if len(secret) > WEBHOOK_SECRET_LENGTH:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")


def _bad_webhook(detail: str) -> ApiError:
    return bad_request(f"bad webhook: {detail}")
