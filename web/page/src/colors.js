// Colours by what they stand for, the same in every chart. Their values, by light and dark, are in page.css.

const STAGES = ["attention", "dispatch", "experts", "combine", "launches", "SMs held", "fused", "shared experts"];
const COUNT = 8;
const known = new Map();

/** The colour of a stage, or else of the next that is not taken; as CSS has it. */
export function colorOf(name) {
  const stage = STAGES.indexOf(name);
  if (stage >= 0) return `var(--c${stage})`;
  if (!known.has(name)) known.set(name, known.size % COUNT);
  return `var(--c${known.get(name)})`;
}

let resolved = new Map();

/** The same for a canvas, which does not know variables. */
export function paintOf(name) {
  const color = colorOf(name);
  if (!resolved.has(color)) resolved.set(color, valueOf(color.slice(4, -1)));
  return resolved.get(color);
}

export function valueOf(variable) {
  return getComputedStyle(document.body).getPropertyValue(variable).trim();
}

/** What was looked up is not so any more: light or dark has changed. */
export function forget() {
  resolved = new Map();
}

/** "LL, dbo" of a kernel and a mode. */
export function choiceName({kernel, overlap}) {
  return `${kernel}, ${overlap === "none" ? "no overlap" : overlap}`;
}
