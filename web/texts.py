"""Every word on the payment pages, in both languages."""

from collections.abc import Mapping
from enum import StrEnum

from core.channels import Channel


class Stage(StrEnum):
    """What a payment page has to say about its payment."""

    PAYABLE = "payable"
    PROCESSING = "processing"
    PAID = "paid"
    IN_REVIEW = "in_review"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CLOSED = "closed"


Texts = Mapping[str, str]

ZH: Texts = {
    "title": "充值付款",
    "amount": "金额",
    "order": "订单号",
    "open": "继续支付",
    "opening": "正在打开支付页面。没有自动打开时，请点按钮。",
    "scan": "请用{app}扫描二维码付款。",
    "scan_here": "请用另一台设备上的{app}扫描二维码付款。",
    "qr": "付款二维码",
    "app.wechat": "微信",
    "app.qq": "手机QQ",
    "app.tenpay": "手机",
    "app.card": "手机",
    "hint.tenpay": "银行的安全控件多半需要电脑浏览器；手机打不开时，请用电脑打开本页。",
    "hint.card": "请在系统浏览器中打开，内置浏览器可能打不开银行的验证页面。",
    "elsewhere": "这笔付款已在另一台设备上打开。",
    "show_here": "在这里显示二维码",
    "chat": "回到聊天",
    "back": "付款后回到聊天，到账会在那里告诉你。",
    "go_back": "现在可以回到聊天了。",
    "again": "再试一次",
    "payable": "等待付款",
    "payable.next": "如果已经付款，稍后会在聊天中收到到账消息。",
    "processing": "处理中",
    "processing.next": "结果会在聊天中告诉你。",
    "paid": "已支付",
    "paid.next": "到账消息已发到聊天。",
    "in_review": "已支付，正在核对",
    "in_review.next": "金额与订单不一致，由工作人员核对，结果会在聊天中告诉你。",
    "cancelled": "已取消",
    "cancelled.next": "需要充值时，请在聊天中重新发起。",
    "expired": "已过期",
    "expired.next": "需要充值时，请在聊天中重新发起。",
    "closed": "已关闭",
    "closed.next": "需要充值时，请在聊天中重新发起。",
    "unknown": "没有这个付款页面",
    "unknown.next": "链接不完整或已失效。请回到聊天，重新点“去支付”。",
    "down": "支付渠道暂时连不上",
    "down.next": "没有扣款。请稍等片刻再试一次，或者回到聊天换一种支付方式。",
}

EN: Texts = {
    "title": "Top-up payment",
    "amount": "Amount",
    "order": "Order number",
    "open": "Continue to pay",
    "opening": "Opening the payment page. If nothing happens, press the button.",
    "scan": "Scan the code with {app} to pay.",
    "scan_here": "Scan the code with {app} on another device to pay.",
    "qr": "Payment QR code",
    "app.wechat": "WeChat",
    "app.qq": "mobile QQ",
    "app.tenpay": "your phone",
    "app.card": "your phone",
    "hint.tenpay": "Banks mostly need a desktop browser for their security add-ons.",
    "hint.card": "Use your system's browser: built-in ones may fail at your bank's check.",
    "elsewhere": "This payment was opened on another device.",
    "show_here": "Show the code here",
    "chat": "Back to the chat",
    "back": "When you have paid, go back to the chat: the arrival is told there.",
    "go_back": "You can go back to the chat now.",
    "again": "Try again",
    "payable": "Waiting for payment",
    "payable.next": "If you have paid, the chat will tell you soon that it arrived.",
    "processing": "Being processed",
    "processing.next": "The chat will tell you the result.",
    "paid": "Paid",
    "paid.next": "The chat has the message of its arrival.",
    "in_review": "Paid, being checked",
    "in_review.next": "The amount differs from the order. Staff check it; the chat will tell you.",
    "cancelled": "Cancelled",
    "cancelled.next": "To top up, start again in the chat.",
    "expired": "Expired",
    "expired.next": "To top up, start again in the chat.",
    "closed": "Closed",
    "closed.next": "To top up, start again in the chat.",
    "unknown": "There is no such payment page",
    "unknown.next": "The link is incomplete or no longer valid. Press Pay in the chat again.",
    "down": "The payment channel cannot be reached",
    "down.next": "Nothing was charged. Try again in a moment, or choose another way in the chat.",
}


def texts(language: str) -> Texts:
    return EN if language == "en" else ZH


def app_name(words: Texts, channel: Channel) -> str:
    """What the payer scans a code with."""
    return words[f"app.{channel.value}"]
