"""Settings of the payment channels: all of a channel's, or none."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated

from bot import settings_parsing as parsing
from bot.settings import Secret
from bot.settings_faults import Fault
from bot.settings_source import FromEnvironment, Setting, variable

ADDRESS = "an https address, or http to this machine"
PATH = "the path of a file that can be read"
# Without any one of these, refunds of the channel become cases to do by hand.
REFUNDS = ("op_user_id", "op_user_passwd", "client_cert_file", "client_key_file")
LINE = "one line of text"

_Base = Annotated[
    str | None,
    Setting(
        meaning="Every call of the channel goes to paths under this address; unset: the"
        " provider's own hosts",
        allowed=ADDRESS,
        parse=parsing.address,
    ),
]


def _line(meaning: str) -> Setting:
    return Setting(meaning=meaning, allowed=LINE, parse=parsing.line)


def _secret(meaning: str) -> Setting:
    return Setting(meaning=meaning, allowed=LINE, parse=parsing.secret())


def _file(meaning: str) -> Setting:
    return Setting(meaning=meaning, allowed=PATH, parse=parsing.readable_file)


class WechatEnvironment(FromEnvironment):
    wechat_base_url: _Base = None
    wechat_mchid: Annotated[
        str | None,
        Setting(
            meaning="WeChat Pay: merchant number",
            allowed="1 to 32 of 0-9 A-Z a-z _ -",
            parse=parsing.matching(r"[0-9A-Za-z_-]{1,32}"),
        ),
    ] = None
    wechat_appid: Annotated[
        str | None,
        Setting(
            meaning="WeChat Pay: app id bound to the merchant",
            allowed="1 to 32 of 0-9 A-Z a-z _ -",
            parse=parsing.matching(r"[0-9A-Za-z_-]{1,32}"),
        ),
    ] = None
    wechat_private_key_file: Annotated[
        bytes | None,
        Setting(
            meaning="WeChat Pay: the merchant's private key",
            allowed="the path of an unencrypted PEM RSA key of 2048 bits or more",
            parse=parsing.signing_key_file,
        ),
    ] = None
    wechat_cert_serial: Annotated[
        str | None,
        Setting(
            meaning="WeChat Pay: serial number of the merchant's certificate",
            allowed="1 to 64 hexadecimal digits",
            parse=parsing.matching(r"[0-9A-Fa-f]{1,64}"),
        ),
    ] = None
    wechat_api_v3_key: Annotated[
        Secret | None,
        Setting(
            meaning="WeChat Pay: APIv3 key",
            allowed="exactly 32 bytes",
            parse=parsing.api_v3_key,
        ),
    ] = None
    wechat_public_key_file: Annotated[
        bytes | None,
        Setting(
            meaning="WeChat Pay: its public key; without it and its id the platform certificates"
            " are fetched and used",
            allowed="the path of a PEM RSA public key of 2048 bits or more",
            parse=parsing.public_key_file,
        ),
    ] = None
    wechat_public_key_id: Annotated[
        str | None,
        Setting(
            meaning="WeChat Pay: id of its public key",
            allowed="PUB_KEY_ID_ and 1 to 64 of 0-9 A-Z a-z _ -",
            parse=parsing.matching(r"PUB_KEY_ID_[0-9A-Za-z_-]{1,64}"),
        ),
    ] = None


class QqEnvironment(FromEnvironment):
    qq_base_url: _Base = None
    qq_mch_id: Annotated[
        str | None,
        Setting(
            meaning="QQ Wallet: merchant number",
            allowed="1 to 32 letters or digits",
            parse=parsing.matching(r"[0-9A-Za-z]{1,32}"),
        ),
    ] = None
    qq_key: Annotated[Secret | None, _secret("QQ Wallet: API key")] = None
    qq_op_user_id: Annotated[str | None, _line("QQ Wallet, for refunds: operator")] = None
    qq_op_user_passwd: Annotated[
        Secret | None, _secret("QQ Wallet, for refunds: the operator's password")
    ] = None
    qq_client_cert_file: Annotated[
        bytes | None, _file("QQ Wallet, for refunds: client certificate")
    ] = None
    qq_client_key_file: Annotated[
        bytes | None, _file("QQ Wallet, for refunds: key of the client certificate")
    ] = None


class TenpayEnvironment(FromEnvironment):
    tenpay_base_url: _Base = None
    tenpay_partner: Annotated[
        str | None,
        Setting(
            meaning="Tenpay: merchant number",
            allowed="10 digits",
            parse=parsing.matching(r"[0-9]{10}"),
        ),
    ] = None
    tenpay_key: Annotated[Secret | None, _secret("Tenpay: API key")] = None
    tenpay_op_user_id: Annotated[str | None, _line("Tenpay, for refunds: operator")] = None
    tenpay_op_user_passwd: Annotated[
        Secret | None, _secret("Tenpay, for refunds: the operator's password")
    ] = None
    tenpay_client_cert_file: Annotated[
        bytes | None, _file("Tenpay, for refunds: client certificate")
    ] = None
    tenpay_client_key_file: Annotated[
        bytes | None, _file("Tenpay, for refunds: key of the client certificate")
    ] = None


class StripeEnvironment(FromEnvironment):
    stripe_base_url: _Base = None
    stripe_secret_key: Annotated[
        Secret | None,
        Setting(
            meaning="International cards: Stripe's key, which decides live or test",
            allowed="sk_live_…, rk_live_…, sk_test_… or rk_test_…",
            parse=parsing.secret(parsing.matching(r"[sr]k_(?:live|test)_[0-9A-Za-z_]{1,250}")),
        ),
    ] = None
    stripe_webhook_secret: Annotated[
        Secret | None, _secret("International cards: signing secret of Stripe's webhook")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGroup:
    """The settings of one channel; all are needed but the `optional` ones. Those `together` may
    be left out, but not one without the other.
    """

    title: str
    model: type[FromEnvironment]
    optional: frozenset[str]
    together: frozenset[str] = frozenset()

    def faults(self, given: Collection[str]) -> Iterator[Fault]:
        names = list(self.model.model_fields)
        present = [name for name in names if name in given]
        if not present:
            return
        for name in names:
            if name not in present and self._needs(name, present):
                yield self._missing(name)

    def _needs(self, name: str, present: Collection[str]) -> bool:
        if name in self.together:
            return bool(self.together.intersection(present))
        return name not in self.optional

    def _missing(self, name: str) -> Fault:
        problem = f"is missing, and other settings of {self.title} are set"
        return Fault(variable(name), problem, f"all settings of {self.title}, or none")


def _optional(prefix: str, *names: str) -> frozenset[str]:
    return frozenset(f"{prefix}_{name}" for name in ("base_url", *names))


CHANNELS = (
    ChannelGroup(
        title="WeChat Pay",
        model=WechatEnvironment,
        optional=_optional("wechat"),
        together=frozenset({"wechat_public_key_file", "wechat_public_key_id"}),
    ),
    ChannelGroup(
        title="QQ Wallet",
        model=QqEnvironment,
        optional=_optional("qq", *REFUNDS),
    ),
    ChannelGroup(
        title="Tenpay",
        model=TenpayEnvironment,
        optional=_optional("tenpay", *REFUNDS),
    ),
    ChannelGroup(
        title="International cards", model=StripeEnvironment, optional=_optional("stripe")
    ),
)
