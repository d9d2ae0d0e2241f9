/** Texts of the Tenpay pages, and those that QQ Wallet's pages share with them. */
import { PAY } from "./page/labels_pay.js";

const HOUSE = {
  zh: {
    back_chat: "返回聊天", discount: "优惠", pay_discount: "用优惠券支付", discount_why: "券抵一元，商户仍收全款",
    altered_amount: "签名后改金额", extra_field: "签名后加字段", empty_signature: "签名为空", duplicate_field: "字段重复", too_big: "报文过大",
    replay: "重放上一条通知", doctype: "带 DOCTYPE", entity_bomb: "实体炸弹", outside_entity: "外部实体", not_xml: "残缺的 XML",
    lower_case: "小写签名（真实）", other_sign_type: "签名类型为 RSA", unknown_notify_id: "未知 notify_id",
    wallets: "其他付款方式", wechat: "微信支付", qq: "QQ钱包", tenpay: "财付通",
  },
  en: {
    back_chat: "Back to the chat", discount: "Coupon", pay_discount: "Pay with a coupon", discount_why: "one yuan off; the merchant gets it all",
    altered_amount: "amount altered after signing", extra_field: "field added after signing", empty_signature: "empty signature", duplicate_field: "field twice", too_big: "too big",
    replay: "the last callback once more", doctype: "with a DOCTYPE", entity_bomb: "entity bomb", outside_entity: "outside entity", not_xml: "broken XML",
    lower_case: "lower-case signature (honest)", other_sign_type: "sign_type RSA", unknown_notify_id: "unknown notify_id",
    wallets: "Other ways to pay", wechat: "WeChat Pay", qq: "QQ Wallet", tenpay: "Tenpay",
  },
};

/** The WeChat pages' texts with the house's and then these laid over them. */
export function houseLabels(own) {
  return {
    zh: { ...PAY.zh, ...HOUSE.zh, ...own.zh },
    en: { ...PAY.en, ...HOUSE.en, ...own.en },
  };
}

export const TENPAY = houseLabels({
  zh: {
    title: "财付通（沙盒）", bank_title: "{bank} 网上银行（沙盒）", phone_title: "财付通订单",
    phone_lead: "从聊天里点去支付会到这里；也可以直接选一笔订单。",
    none: "没有待付款的订单。在聊天里选财付通或网银支付并打开支付页面后，订单会出现在这里。",
    gone: "没有这笔订单，请返回商户重新发起支付。",
    bank: "付款银行", balance: "财付通余额", choose_bank: "选择银行或余额", going_back: "正在返回商户…",
  },
  en: {
    title: "Tenpay (sandbox)", bank_title: "{bank} online banking (sandbox)", phone_title: "Tenpay orders",
    phone_lead: "Pay in the chat leads here; or choose an order directly.",
    none: "No order waits to be paid. Choose Tenpay or Online banking in the chat and open the pay page; the order then appears here.",
    gone: "No such order; start again at the merchant.",
    bank: "Bank", balance: "Tenpay balance", choose_bank: "Choose a bank or the balance", going_back: "Going back to the merchant…",
  },
});
