// What can be moved: each a key of `--set`, with its unit and range. docs/input.md
import {plans, set, stated} from "./state.js";

const CONTROLS = [
  {group: "Workload", phase: "role", key: "tokens_per_rank", label: "Tokens per rank", low: 1, high: 4096, log: true, whole: true},
  {group: "Workload", phase: "role", key: "context", label: "Context, tokens", low: 128, high: 131072, log: true, whole: true},
  {group: "Workload", key: "straggler_factor", label: "Straggler factor γ", low: 1, high: 3},
  {group: "Workload", key: "off_domain_fraction", label: "Off-domain share ρ", low: 0, high: 1},
  {group: "Search", phase: "role", key: "search.ep_width", label: "EP width P", low: 2, high: 256, powers: true, list: true},
  {group: "Service level", key: "slo.tpot", label: "TPOT at most, ms", low: 2, high: 500, log: true, unit: "ms"},
  {group: "Service level", phase: "plan", key: "slo.ttft", label: "TTFT at most, ms", low: 50, high: 20000, log: true, unit: "ms"},
  {group: "Traffic", phase: "plan", key: "traffic.input_tokens", label: "Prompt, tokens", low: 64, high: 131072, log: true, whole: true},
  {group: "Traffic", phase: "plan", key: "traffic.output_tokens", label: "Answer, tokens", low: 16, high: 16384, log: true, whole: true},
  {group: "Traffic", phase: "plan", key: "traffic.rate", label: "Requests per second", low: 0.1, high: 1000, log: true},
];

const BYTES = ["bf16", "fp8", "nvfp4", "logfmt10"];
const CHOICES = [
  {group: "Workload", key: "dispatch_dtype", label: "Bytes of a dispatch", options: BYTES},
  {group: "Workload", key: "combine_dtype", label: "Bytes of a combine", options: BYTES},
];

const STEPS = 200;
const LEFT_AS_IS = "as in the scenario";

/** The value at a slider's place, and back. */
function valueAt(control, place) {
  const share = place / STEPS;
  const {low, high} = control;
  const raw = control.log || control.powers ? low * (high / low) ** share : low + share * (high - low);
  if (control.powers) return 2 ** Math.round(Math.log2(raw));
  if (control.whole) return Math.round(raw);
  return Number(raw.toPrecision(3));
}

function placeOf(control, value) {
  const {low, high} = control;
  const share = control.log || control.powers
    ? Math.log(value / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.round(STEPS * Math.min(1, Math.max(0, share)));
}

/** As `--set` has it. */
function textOf(control, value) {
  if (control.list) return `[${value}]`;
  return `${value}${control.unit ?? ""}`;
}

/** The number in what is set for the key; nothing where that has none. */
function numberIn(control, text) {
  const found = /^\[?\s*([0-9.eE+-]+)\s*([a-zµ]*)\]?$/.exec(String(text));
  if (!found) return null;
  const times = {s: 1000, ms: 1, us: 1e-3}[found[2]] ?? 1;
  return Number(found[1]) * (control.unit === "ms" ? times : 1);
}

/** A slider with a field beside it. `moved(key, text)` is told, text null where it is put back. */
function slider(control, moved) {
  const id = `c-${control.key.replaceAll(".", "-")}`;
  const row = Object.assign(document.createElement("div"), {className: "control"});
  const label = Object.assign(document.createElement("label"), {htmlFor: id, textContent: control.label});
  const range = Object.assign(document.createElement("input"), {type: "range", id, min: 0, max: STEPS, step: 1});
  const field = Object.assign(document.createElement("input"), {type: "text", inputMode: "decimal", spellcheck: false});
  field.setAttribute("aria-label", control.label);
  const back = Object.assign(document.createElement("button"), {type: "button", textContent: "↺", title: LEFT_AS_IS});
  back.setAttribute("aria-label", `${control.label}: ${LEFT_AS_IS}`);
  row.append(label, range, field, back);
  const put = (value, text) => {
    field.value = value ?? text ?? "";
    field.placeholder = "auto";
    range.value = value === null ? 0 : placeOf(control, value);
    range.setAttribute("aria-valuetext", value === null ? "as the model has it" : `${value}`);
  };
  const show = () => {
    const text = set.get(control.key) ?? stated(control.key) ?? control.standing ?? null;
    put(text === null ? null : numberIn(control, text), text);
    back.hidden = !set.has(control.key);
  };
  range.addEventListener("input", () => {
    const value = valueAt(control, Number(range.value));
    put(value);
    back.hidden = false;
    moved(control.key, textOf(control, value));
  });
  field.addEventListener("change", () => {
    const text = field.value.trim();
    const value = numberIn(control, text);
    moved(control.key, text === "" ? null : value === null ? text : textOf(control, value));
    show();
  });
  back.addEventListener("click", () => {
    moved(control.key, null);
    show();
  });
  show();
  return {row, show, key: control.key};
}

/** A list to choose from. */
function choice({key, label, options}, moved) {
  const id = `c-${key}`;
  const row = Object.assign(document.createElement("div"), {className: "choice"});
  const select = Object.assign(document.createElement("select"), {id});
  const own = stated(key);
  select.append(new Option(own === null ? LEFT_AS_IS : `${own}, ${LEFT_AS_IS}`, ""));
  for (const {name, about} of options) select.append(Object.assign(new Option(name, name), {title: about ?? ""}));
  select.addEventListener("change", () => moved(key, select.value === "" ? null : select.value));
  const show = () => { select.value = set.get(key) ?? ""; };
  row.append(Object.assign(document.createElement("label"), {htmlFor: id, textContent: label}), select);
  show();
  return {row, show, key};
}

function group(into, name, made) {
  const all = document.createElement("fieldset");
  all.append(Object.assign(document.createElement("legend"), {textContent: name}), ...made.map((each) => each.row));
  into.append(all);
  return made;
}

const named = (options) => options.map((name) => ({name}));

/** All but those of kernels, into `into`; what shows each as it is set. */
export function buildControls(into, presets, moved) {
  const lists = ["model", "fabric", "engine"].map((kind) => ({key: kind, label: kind[0].toUpperCase() + kind.slice(1), options: presets[kind]}));
  const made = group(into, "Presets", lists.map((each) => choice(each, moved)));
  const wanted = CONTROLS.filter((each) => !each.phase || (each.phase === "plan") === plans);
  for (const name of new Set(wanted.map((each) => each.group))) {
    made.push(...group(into, name, [
      ...wanted.filter((each) => each.group === name).map((each) => slider(each, moved)),
      ...CHOICES.filter((each) => each.group === name).map((each) => choice({...each, options: named(each.options)}, moved)),
    ]));
  }
  return made;
}

/** Latency and bandwidth of each kernel, as factors of what the fabric has. */
export function buildFigures(into, figures, moved) {
  into.replaceChildren();
  const controls = figures.map(({key, kernel, figure}) => ({
    key, label: `${kernel}: ${figure}, times the fabric's`, low: 0.25, high: 4, log: true, unit: "x", standing: "1x",
  }));
  return controls.length > 0 ? group(into, "Kernels", controls.map((each) => slider(each, moved))) : [];
}
