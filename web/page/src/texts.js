// What an answer says in words and numbers.
import {bytes, digits, number, percent, time} from "./format.js";

const $ = (id) => document.getElementById(id);

function rows(all) {
  $("numbers").replaceChildren(...all.map(([name, value]) => {
    const row = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), {scope: "row", textContent: name});
    row.append(head, Object.assign(document.createElement("td"), {textContent: value}));
    return row;
  }));
}

function say(use, sure) {
  if ($("use").textContent !== use) $("use").textContent = use;
  if ($("sure").textContent !== sure) $("sure").textContent = sure;
}

function list(id, texts) {
  $(id).replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), {textContent: text})));
  $(id).hidden = texts.length === 0;
}

/** A value, or why there is none. */
function orReason(thresholds, name, text) {
  const value = thresholds[name];
  return value === null ? `none: ${thresholds[`${name}_reason`]}` : text(value);
}

const tokens = (value) => `${number(value)} tokens`;

/** What is wrong with the input, beside the last answer, if there was one. */
export function showFaults(faults) {
  list("faults", faults.map(({message, fix}) => (fix ? `${message} (${fix})` : message)));
  document.body.classList.toggle("faulty", faults.length > 0);
  if (faults.length > 0) say("This input is refused.", "");
  else document.body.classList.remove("empty");
}

/** Nothing holds what is asked. */
function showNone(text, reasons) {
  say(text, "");
  const MOST = 4;
  const texts = reasons.slice(0, MOST).map(({message, fix}) => (fix ? `${message}; ${fix}.` : `${message}.`));
  if (reasons.length > MOST) texts.push(`${reasons.length - MOST} more like these; the command says all.`);
  list("reasons", texts);
  list("warnings", []);
  rows([]);
  document.body.classList.add("infeasible");
}

/** How sure: asked for apart, so that it comes later. */
function sureText({confidence}) {
  if (!confidence) return "";
  const first = confidence.measure_first ? `; measure ${confidence.measure_first} first` : "";
  return ` Best in ${percent(confidence.best_share)} of ${confidence.draws} draws of the inputs${first}.`;
}

export function showRole({report, use, flags}) {
  const best = report.best_run ?? report.optimum;
  if (best === null) return showNone("No configuration of the search space is feasible.", report.reasons ?? []);
  document.body.classList.remove("infeasible");
  const {thresholds} = report;
  say(`Use ${use}.`, `A layer takes ${time(best.time.layer_s)}; TPOT ${time(best.step.tpot_s)}, ` +
    `${number(best.step.tokens_per_gpu_per_s)} tokens/s per GPU.${sureText(report)}`);
  list("reasons", []);
  list("warnings", best.warnings);
  const until = thresholds.full_overlap_until_tokens;
  rows([
    ["Layer", time(best.time.layer_s)],
    ["without overlap", time(best.time.no_overlap_s)],
    ["Bound by", best.bound.replace(/ bound$/, "")],
    ["T* (full overlap)", orReason(thresholds, "full_overlap_tokens", (value) =>
      (until ? `${value > 0 ? `${number(value)} to ` : "up to "}${tokens(until)}` : `from ${tokens(value)}`))],
    ["DBO pays from", orReason(thresholds, "break_even_tokens", tokens)],
    ["V* (other kernel)", orReason(thresholds, "kernel_crossover_bytes", bytes)],
    ["Smallest chunk", orReason(thresholds, "chunk_lower_bound_bytes", bytes)],
    flags.length > 0 ? ["Set", flags.join("; ")] : ["Run on", report.runs_on ?? "no engine that is known"],
    ["Proof", `optimal over ${number(report.certificate.configurations)} configurations`],
  ]);
}

/** How sure, what binds and the proof come later, with the report. */
export function showPlan({plan, use, flags, report}) {
  if (!plan) return showNone("No deployment holds this service level.", report.reasons);
  document.body.classList.remove("infeasible");
  const confidence = report?.confidence;
  const range = confidence ? ` If steps are ${percent(confidence.step_error)} slower than predicted, ` +
    `${confidence.slower?.gpus ?? "more than any"} GPUs; faster, ${confidence.faster?.gpus ?? "?"}.` : "";
  say(`Use ${plan.gpus} GPUs: ${use}.`, `${number(plan.output_tokens_per_gpu_per_s)} output tokens/s per GPU; ` +
    `TTFT ${time(plan.ttft_s)}, TPOT ${time(plan.tpot_s)}.${range}`);
  list("reasons", []);
  list("warnings", report?.warnings ?? []);
  rows([
    ["Requests", `${digits(plan.requests_per_s)}/s` +
      (plan.most_requests_per_s === null ? "" : `, at most ${digits(plan.most_requests_per_s)}/s`)],
    ["TTFT, 95 % within", time(plan.ttft_p95_s)],
    ["Requests in flight", number(plan.requests_in_flight)],
    ["Bound by", report?.binding ?? "…"],
    ...["prefill", "decode"].filter((role) => plan[role]).map((role) => [
      `${role[0].toUpperCase()}${role.slice(1)}`,
      `${plan[role].instances} × ${plan[role].gpus_per_instance} GPUs, ${number(plan[role].tokens_per_rank)} tokens per rank, ` +
        `a step takes ${time(plan[role].step_s)}, ${percent(plan[role].utilisation)} in use`,
    ]),
    ...flags.map((line) => ["Set", line]),
    ["Proof", report ? `best over ${digits(report.certificate.points)} pairs` : "…"],
  ]);
}
