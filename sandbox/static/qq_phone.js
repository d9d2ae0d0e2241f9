/** The payer's QQ: orders waiting to be paid, and a field for what a code says. */
import { QQ } from "./qq_labels.js";
import { ordersPage } from "./tenpay_orders.js";

ordersPage({ prefix: "/qq", texts: QQ, scans: true });
