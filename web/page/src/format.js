// Numbers with their units, as people read them.

const TIMES = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
const LARGE = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]];

/** Four digits that count. */
export function digits(value) {
  if (value === 0) return "0";
  const text = Number(value).toPrecision(4);
  return text.includes("e") ? text : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** "12.3 ms" of seconds; "–" of nothing. */
export function time(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const [unit, name] = TIMES.find(([each]) => Math.abs(seconds) >= each) ?? TIMES.at(-1);
  return `${digits(seconds / unit)} ${name}`;
}

/** "7.59 MB" of bytes; decimal, as the command has them. */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const [unit, name] = LARGE.find(([each]) => Math.abs(count) >= each) ?? LARGE.at(-1);
  return `${digits(count / unit)} ${name}B`;
}

/** "12,345" of whole numbers, four digits of others. */
export function number(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : digits(value);
}

export function percent(share) {
  return share === null || share === undefined ? "–" : `${digits(100 * share)} %`;
}
