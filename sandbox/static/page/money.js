/** Amounts: whole fen inside, yuan on the page; no fractions of numbers anywhere. */
export function yuan(fen) {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "-" : ""}¥${whole}.${digits.slice(-2)}`;
}

/** The same as somebody would type it: `1234.50`. */
export function plainYuan(fen) {
  return yuan(fen).replace(/[¥,]/g, "");
}

/** Fen of a typed amount such as `99.5`, or null. */
export function readYuan(text) {
  const match = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text.trim());
  if (!match) return null;
  const fen = Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  return fen > 0 ? fen : null;
}
