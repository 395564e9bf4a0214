// The page: a scenario, what is moved in it, and the answers to that.
import {CONTROLS, build, numberIn} from "./controls.js";
import {Engine, unpacked} from "./engine.js";
import {bytes, digits, number, percent, time} from "./format.js";
import {gantt, regimes, stacks} from "./bars.js";
import {Lines} from "./lines.js";
import {command, yaml} from "./copies.js";

const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);

const scenario = data("scenario");
const plans = scenario.workload.traffic !== undefined;
const set = new Map();
const page = (window.page = {scenario, set, answers: {}});

/** What the scenario has for a key: "slo.tpot" of {slo: {tpot: "30ms"}}. */
function stated(key) {
  const found = key.split(".").reduce((at, name) => at?.[name], scenario.workload);
  return typeof found === "object" || found === undefined ? null : found;
}

function request() {
  const fabric = set.get("fabric") ?? scenario.fabric;
  return {
    workload: scenario.workload,
    ...(fabric === null ? {} : {fabric}),
    ...(scenario.search === null ? {} : {search: scenario.search}),
    set: [...set].filter(([key]) => key !== "fabric").map(([key, text]) => `${key}=${text}`),
  };
}

// Controls

const controls = CONTROLS.filter((each) => !each.phase || (each.phase === "plan") === plans).map((each) =>
  build(each, (key, text) => {
    if (text === null) set.delete(key);
    else set.set(key, text);
    if (text === null) showControl(controls.find((one) => one.control.key === key));
    changed();
  }));

function showControl({control, show, moved}) {
  const text = set.get(control.key) ?? stated(control.key);
  show(text === null ? null : numberIn(control, text));
  moved(set.has(control.key));
}

function buildControls() {
  const groups = Map.groupBy ? Map.groupBy(controls, (each) => each.control.group) : grouped(controls);
  for (const [name, all] of groups) {
    const group = document.createElement("fieldset");
    group.append(Object.assign(document.createElement("legend"), {textContent: name}), ...all.map((each) => each.row));
    $("controls").append(group);
  }
  controls.forEach(showControl);
}

function grouped(all) {
  const groups = new Map();
  for (const each of all) groups.set(each.control.group, [...(groups.get(each.control.group) ?? []), each]);
  return groups;
}

function buildChoices(presets) {
  const choices = [["model", "model", presets.model], ["fabric", "fabric", presets.fabric], ["engine", "engine", presets.engine]];
  for (const [key, kind, all] of choices) {
    const select = $(`choose-${kind}`);
    select.append(new Option("as in the scenario", ""));
    for (const {name, about} of all) select.append(Object.assign(new Option(name, name), {title: about}));
    select.value = set.get(key) ?? "";
    select.addEventListener("change", () => {
      if (select.value === "") set.delete(key);
      else set.set(key, select.value);
      changed();
    });
  }
}

// Answers

const fast = new Engine(data("worker"));
const slow = new Engine(data("worker"));

const layerChart = new Lines($("layer"), {x: "tokens per rank", y: "layer", xText: number, yText: time});
const messageChart = new Lines($("message"), {x: "bytes of a dispatch", y: "dispatch + combine", xText: bytes, yText: time});
const frontChart = new Lines($("front"), {x: "tokens/s of a user", y: "tokens/s of a GPU", xText: number, yText: number});

function overlapText(name) {
  return name === "none" ? "no overlap" : name;
}

function showFaults(faults) {
  $("faults").replaceChildren(...faults.map(({message, fix}) => {
    const item = document.createElement("li");
    item.textContent = fix ? `${message} (${fix})` : message;
    return item;
  }));
  $("faults").hidden = faults.length === 0;
  document.body.classList.toggle("faulty", faults.length > 0);
}

function rows(into, all) {
  into.replaceChildren(...all.map(([name, value]) => {
    const row = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), {scope: "row", textContent: name});
    const cell = Object.assign(document.createElement("td"), {textContent: value});
    row.append(head, cell);
    return row;
  }));
}

function tokensText(value, reason) {
  return value === null ? `– (${reason})` : `${number(value)} tokens`;
}

function showAnswer(answer) {
  const {report, use} = answer;
  const best = report.best_run ?? report.optimum;
  if (best === null) {
    $("use").textContent = "Nothing is feasible.";
    $("sure").textContent = (report.reasons ?? []).map((each) => each.message).join("; ");
    $("numbers").replaceChildren();
    return;
  }
  $("use").textContent = `Use ${use}.`;
  showSure(report);
  const {thresholds} = report;
  rows($("numbers"), [
    ["Layer", time(best.time.layer_s)],
    ["without overlap", time(best.time.no_overlap_s)],
    ["Bound by", best.bound.replace(/ bound$/, "")],
    ["T* (full overlap)", tokensText(thresholds.full_overlap_tokens, thresholds.full_overlap_tokens_reason)],
    ["DBO pays from", tokensText(thresholds.break_even_tokens, thresholds.break_even_tokens_reason)],
    ["V* (other kernel)", thresholds.kernel_crossover_bytes === null
      ? `– (${thresholds.kernel_crossover_bytes_reason})` : bytes(thresholds.kernel_crossover_bytes)],
    ["Smallest chunk", thresholds.chunk_lower_bound_bytes === null
      ? `– (${thresholds.chunk_lower_bound_bytes_reason})` : bytes(thresholds.chunk_lower_bound_bytes)],
    ["Run on", report.runs_on ?? "no engine that is known"],
  ]);
  showMemory(best.memory);
}

function showSure(report) {
  const best = report.best_run ?? report.optimum;
  if (best === null) return;
  const {confidence} = report;
  $("sure").textContent = [
    `A step takes ${time(best.step.tpot_s)}: ${number(best.step.tokens_per_gpu_per_s)} tokens/s per GPU.`,
    confidence ? `Best in ${percent(confidence.best_share)} of ${confidence.draws} draws of the inputs.` : "",
  ].join(" ");
}

const MEMORY = [
  ["expert_weights_bytes", "expert weights"], ["other_weights_bytes", "other weights"], ["kv_cache_bytes", "KV cache"],
  ["kernel_buffers_bytes", "kernel buffers"], ["activations_bytes", "activations"], ["reserved_bytes", "reserved"],
];

function showMemory(memory) {
  const parts = memory ? MEMORY.map(([key, name]) => ({name, value: memory[key]})) : [];
  if (memory?.capacity_bytes) {
    parts.push({name: "free", value: Math.max(0, memory.capacity_bytes - memory.total_bytes), faint: true});
  }
  $("memory").hidden = parts.length === 0;
  stacks($("memory"), [{label: "a GPU", parts}], [...MEMORY.map(([, name]) => name), "free"], bytes, "Memory of a GPU");
}

function showCurves({curves, widths}, report) {
  const {thresholds} = report;
  layerChart.draw({
    x: curves.tokens,
    series: curves.series.map((each) => ({label: `${each.kernel}, ${overlapText(each.overlap)}`, values: each.layer_s})),
    marks: [
      {x: thresholds.full_overlap_tokens, label: "T*"},
      {x: thresholds.break_even_tokens, label: "DBO pays"},
    ],
  });
  const all = [...new Set(curves.messages.flatMap((each) => each.shot_bytes))].sort((a, b) => a - b);
  messageChart.draw({
    x: all,
    series: curves.messages.map((each) => ({
      label: each.kernel,
      values: all.map((at) => each.comm_s[each.shot_bytes.indexOf(at)] ?? null),
    })),
    marks: [{x: thresholds.kernel_crossover_bytes, label: "V*"}],
  });
  const names = ["attention", "dispatch", "experts", "combine", "hidden"];
  stacks($("widths"), widths.filter((each) => each.layer_s !== null).map((each) => ({
    label: `EP ${each.ep_width}`,
    parts: names.map((name) => ({name, value: each[`${name}_s`], faint: name === "hidden"})),
  })), names, time, "Time of a layer against the EP width");
}

function showFront(front) {
  $("front-part").hidden = !front.points?.length;
  if (!front.points?.length) return;
  const points = [...front.points].sort((a, b) => a.tokens_per_user_per_s - b.tokens_per_user_per_s);
  frontChart.draw({
    x: points.map((each) => each.tokens_per_user_per_s),
    series: [{label: "front", values: points.map((each) => each.tokens_per_gpu_per_s)}],
  });
}

function roleText(role, name) {
  return `${role.instances} × EP ${role.config.ep_width} for ${name}`;
}

function showPlan(answer) {
  const {plan} = answer;
  if (!plan) {
    $("use").textContent = "No deployment holds this service level.";
    $("sure").textContent = (answer.reasons ?? []).map((each) => each.message).join("; ");
    rows($("numbers"), []);
    return;
  }
  const roles = plan.prefill ? [roleText(plan.prefill, "prefill"), roleText(plan.decode, "decode")] : [roleText(plan.decode, "both")];
  $("use").textContent = `Use ${roles.join(" and ")}: ${plan.gpus} GPUs.`;
  $("sure").textContent = `TTFT ${time(plan.ttft_s)}, TPOT ${time(plan.tpot_s)}, ${number(plan.output_tokens_per_gpu_per_s)} output tokens/s per GPU.`;
  rows($("numbers"), [
    ["Requests", `${digits(plan.requests_per_s)}/s, at most ${digits(plan.most_requests_per_s)}/s`],
    ["TTFT, 95 %", time(plan.ttft_p95_s)],
    ["Requests in flight", number(plan.requests_in_flight)],
    ["Bound by", answer.binding],
  ]);
}

// One round of questions

let round = 0;

async function changed() {
  const mine = ++round;
  const asked = request();
  keep();
  if (plans) {
    const answer = await slow.ask("plan", asked);
    if (!answer || mine !== round) return;
    showFaults(answer.faults ?? []);
    page.answers.plan = answer;
    if (!answer.faults) showPlan(answer);
    return done(mine);
  }
  const [answer, charts, schedule] = await Promise.all(["answer", "curves", "schedule"].map((kind) => fast.ask(kind, asked)));
  if (!answer || mine !== round) return;
  showFaults(answer.faults ?? []);
  if (answer.faults) return done(mine);
  Object.assign(page.answers, {answer, charts, schedule});
  showAnswer(answer);
  document.body.classList.toggle("infeasible", charts.infeasible === true);
  if (!charts.infeasible) {
    showCurves(charts, answer.report);
    gantt($("schedule"), schedule, time);
  }
  page.shown = performance.now();
  const sure = await slow.ask("sure", asked);
  if (!sure || mine !== round) return;
  page.answers.answer = sure;
  showSure(sure.report);
  const map = await slow.ask("map", asked);
  if (!map || mine !== round) return;
  page.answers.map = map;
  if (!map.infeasible) regimes($("map"), map, time);
  const front = await slow.ask("front", asked);
  if (!front || mine !== round) return;
  page.answers.front = front;
  showFront(front);
  done(mine);
}

function done(mine) {
  page.done = mine;
  document.body.dataset.round = mine;
}

// What is kept and taken along

function keep() {
  const text = new URLSearchParams([...set]).toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  $("command").textContent = command(scenario, set);
}

function restore() {
  for (const each of location.hash ? [] : scenario.set) {
    const at = each.indexOf("=");
    set.set(each.slice(0, at), each.slice(at + 1));
  }
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) set.set(key, text);
}

const COPIES = {
  link: () => location.href,
  command: () => command(scenario, set),
  yaml: () => yaml(scenario, set),
  json: () => JSON.stringify(page.answers.plan ?? page.answers.answer?.report ?? {}, null, 2),
  flags: () => page.answers.answer?.report.runs_on ?? "",
};

function buildButtons() {
  for (const [name, text] of Object.entries(COPIES)) {
    const button = $(`copy-${name}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text());
      $("said").textContent = `${button.textContent}: copied`;
    });
  }
  $("print").addEventListener("click", () => window.print());
  $("reset").addEventListener("click", () => {
    set.clear();
    controls.forEach(showControl);
    document.querySelectorAll("select").forEach((each) => { each.value = ""; });
    changed();
  });
}

async function start() {
  $("name").textContent = scenario.name;
  document.body.classList.toggle("plans", plans);
  restore();
  buildControls();
  buildButtons();
  const module = await unpacked(data("module"));
  fast.give(module, scenario.files);
  slow.give(module, scenario.files);
  buildChoices(await slow.ask("presets", {}));
  window.addEventListener("resize", () => changed());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => changed());
  await changed();
}

start();
