"""From the environment to the credentials of each channel; None where it is off."""

from bot.settings_environment import Environment
from core.providers.card_settings import CardSettings
from core.providers.qq_settings import QqSettings
from core.providers.registry import ProviderSettings
from core.providers.tenpay_settings import TenpaySettings
from core.providers.wechat_settings import WechatSettings


def provider_settings(environment: Environment) -> ProviderSettings:
    """Completeness was checked before: a channel has all it needs, or nothing."""
    return ProviderSettings(
        wechat=_wechat(environment),
        qq=_qq(environment),
        tenpay=_tenpay(environment),
        card=_card(environment),
    )


def _wechat(environment: Environment) -> WechatSettings | None:
    mchid, appid = environment.wechat_mchid, environment.wechat_appid
    private_key, serial = environment.wechat_private_key_file, environment.wechat_cert_serial
    api_v3_key = environment.wechat_api_v3_key
    if mchid is None or appid is None or private_key is None:
        return None
    if serial is None or api_v3_key is None:
        return None
    return WechatSettings(
        base_url=environment.wechat_base_url,
        mchid=mchid,
        appid=appid,
        private_key_pem=private_key,
        cert_serial=serial,
        api_v3_key=api_v3_key.reveal(),
        public_key_pem=environment.wechat_public_key_file,
        public_key_id=environment.wechat_public_key_id,
    )


def _qq(environment: Environment) -> QqSettings | None:
    mch_id, key = environment.qq_mch_id, environment.qq_key
    if mch_id is None or key is None:
        return None
    password = environment.qq_op_user_passwd
    return QqSettings(
        base_url=environment.qq_base_url,
        mch_id=mch_id,
        key=key.reveal(),
        op_user_id=environment.qq_op_user_id,
        op_user_passwd=password.reveal() if password else None,
        client_cert_pem=environment.qq_client_cert_file,
        client_key_pem=environment.qq_client_key_file,
    )


def _tenpay(environment: Environment) -> TenpaySettings | None:
    partner, key = environment.tenpay_partner, environment.tenpay_key
    if partner is None or key is None:
        return None
    password = environment.tenpay_op_user_passwd
    return TenpaySettings(
        base_url=environment.tenpay_base_url,
        partner=partner,
        key=key.reveal(),
        op_user_id=environment.tenpay_op_user_id,
        op_user_passwd=password.reveal() if password else None,
        client_cert_pem=environment.tenpay_client_cert_file,
        client_key_pem=environment.tenpay_client_key_file,
    )


def _card(environment: Environment) -> CardSettings | None:
    secret_key = environment.stripe_secret_key
    webhook_secret = environment.stripe_webhook_secret
    if secret_key is None or webhook_secret is None:
        return None
    return CardSettings(
        base_url=environment.stripe_base_url,
        secret_key=secret_key.reveal(),
        webhook_secret=webhook_secret.reveal(),
    )
