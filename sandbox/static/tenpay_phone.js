/** Tenpay's orders waiting to be paid. */
import { TENPAY } from "./tenpay_labels.js";
import { ordersPage } from "./tenpay_orders.js";

ordersPage({ prefix: "/tenpay", texts: TENPAY, scans: false });
