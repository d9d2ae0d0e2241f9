/** QQ Wallet's pay page: what the payer's QQ shows after the scan. */
import { el } from "./chat/dom.js";
import { QQ } from "./qq_labels.js";
import { checkout } from "./tenpay_checkout.js";

/** Only an address of the merchant's own domain got into `back`: the server checked it. */
function back(_order, label) {
  const address = new URLSearchParams(location.search).get("back");
  const isAddress = /^https?:\/\//.test(address ?? "");
  return el("p", { class: "wallet-sum" },
    el("a", { href: isAddress ? address : "/", testid: "back" }, label(isAddress ? "back" : "back_chat")));
}

checkout({
  prefix: "/qq",
  texts: QQ,
  title: (_order, label) => label("title"),
  extra: () => null,
  back,
  choice: () => ({}),
  done: () => {},
});
