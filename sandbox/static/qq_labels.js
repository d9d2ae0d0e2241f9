/** Texts of the QQ Wallet pages. */
import { houseLabels } from "./tenpay_labels.js";

export const QQ = houseLabels({
  zh: {
    title: "QQ钱包（沙盒）", phone_title: "手机 QQ", code_hint: "http://…/qq/qr/…",
    none: "没有待付款的订单。在聊天里选 QQ钱包，订单会出现在这里。", pay: "立即支付 {amount}",
  },
  en: {
    title: "QQ Wallet (sandbox)", phone_title: "Mobile QQ", code_hint: "http://…/qq/qr/…",
    none: "No order waits to be paid. Choose QQ Wallet in the chat and it appears here.", pay: "Pay {amount}",
  },
});
