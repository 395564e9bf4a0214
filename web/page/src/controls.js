// What can be moved: each a key of `--set`, with its unit and range. docs/input.md

export const CONTROLS = [
  {group: "Workload", phase: "role", key: "tokens_per_rank", label: "Tokens per rank", low: 1, high: 4096, log: true, whole: true},
  {group: "Workload", phase: "role", key: "context", label: "Context, tokens", low: 128, high: 131072, log: true, whole: true},
  {group: "Workload", key: "straggler_factor", label: "Straggler factor γ", low: 1, high: 3, step: 0.01},
  {group: "Workload", key: "off_domain_fraction", label: "Off-domain share ρ", low: 0, high: 1, step: 0.01},
  {group: "Search", phase: "role", key: "search.ep_width", label: "EP width P", low: 2, high: 256, powers: true, list: true},
  {group: "Service level", key: "slo.tpot", label: "TPOT at most, ms", low: 2, high: 500, log: true, unit: "ms"},
  {group: "Service level", phase: "plan", key: "slo.ttft", label: "TTFT at most, ms", low: 50, high: 20000, log: true, unit: "ms"},
  {group: "Traffic", phase: "plan", key: "traffic.input_tokens", label: "Prompt, tokens", low: 64, high: 131072, log: true, whole: true},
  {group: "Traffic", phase: "plan", key: "traffic.output_tokens", label: "Answer, tokens", low: 16, high: 16384, log: true, whole: true},
  {group: "Traffic", phase: "plan", key: "traffic.rate", label: "Requests per second", low: 0.1, high: 1000, log: true},
];

const STEPS = 200;

/** The value at a slider's place, and back. */
export function valueAt(control, place) {
  const share = place / STEPS;
  const {low, high} = control;
  const raw = control.log || control.powers ? low * (high / low) ** share : low + share * (high - low);
  if (control.powers) return 2 ** Math.round(Math.log2(raw));
  if (control.whole) return Math.round(raw);
  return Number(raw.toPrecision(3));
}

export function placeOf(control, value) {
  const {low, high} = control;
  const share = control.log || control.powers
    ? Math.log(value / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.round(STEPS * Math.min(1, Math.max(0, share)));
}

/** As `--set` has it. */
export function textOf(control, value) {
  if (control.list) return `[${value}]`;
  return control.unit ? `${value}${control.unit}` : String(value);
}

/** The number in what the scenario has for the key; nothing where it has none. */
export function numberIn(control, text) {
  const found = /^\[?\s*([0-9.eE+-]+)\s*([a-zµ]*)\]?$/.exec(String(text));
  if (!found) return null;
  const times = {s: 1000, ms: 1, us: 1e-3}[found[2]] ?? 1;
  return Number(found[1]) * (control.unit === "ms" ? times : 1);
}

/** Builds a control; `moved(key, text)` is told, text null where it is put back. */
export function build(control, moved) {
  const id = `c-${control.key.replaceAll(".", "-")}`;
  const row = document.createElement("div");
  row.className = "control";
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = control.label;
  const slider = Object.assign(document.createElement("input"), {type: "range", id, min: 0, max: STEPS, step: 1});
  const field = Object.assign(document.createElement("input"), {type: "text", inputMode: "decimal", spellcheck: false});
  field.setAttribute("aria-label", control.label);
  const back = Object.assign(document.createElement("button"), {type: "button", textContent: "↺", hidden: true});
  back.title = "as in the scenario";
  back.setAttribute("aria-label", `${control.label}: as in the scenario`);
  row.append(label, slider, field, back);
  const show = (value) => {
    field.value = value === null ? "" : value;
    field.placeholder = value === null ? "auto" : "";
    slider.value = value === null ? 0 : placeOf(control, value);
    slider.setAttribute("aria-valuetext", value === null ? "as the model has it" : `${value}`);
  };
  slider.addEventListener("input", () => {
    const value = valueAt(control, Number(slider.value));
    show(value);
    back.hidden = false;
    moved(control.key, textOf(control, value));
  });
  field.addEventListener("change", () => {
    const text = field.value.trim();
    const value = numberIn(control, text);
    if (value !== null) show(value);
    back.hidden = false;
    moved(control.key, text === "" ? null : value === null ? text : textOf(control, value));
  });
  back.addEventListener("click", () => {
    back.hidden = true;
    moved(control.key, null);
  });
  return {row, control, show, moved: (is) => { back.hidden = !is; }};
}
