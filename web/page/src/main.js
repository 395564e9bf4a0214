// The page: a scenario, what is moved in it, and the answers to that.
import {forget} from "./colors.js";
import {buildControls, buildFigures} from "./controls.js";
import {command, flags, yaml} from "./copies.js";
import {deploymentCharts} from "./deployment.js";
import {Engine, unpacked} from "./engine.js";
import {roleCharts} from "./role.js";
import {data, keep, plans, request, restore, scenario, set} from "./state.js";
import {sweepChart} from "./sweep.js";
import {showFaults, showPlan, showRole} from "./texts.js";

const $ = (id) => document.getElementById(id);
const page = (window.page = {scenario, set, answers: {}});

const fast = new Engine(data("worker"));
const slow = new Engine(data("worker"));

const sweep = scenario.axes.length > 0 ? sweepChart($("charts"), scenario.axes) : null;
const deployment = plans ? deploymentCharts($("charts")) : null;
const role = roleCharts($("charts"));
if (scenario.command === "pareto") $("charts").prepend($("chart-front"));

// Controls

let controls = [];
let figures = [];

function moved(key, text) {
  if (text === null) set.delete(key);
  else set.set(key, text);
  if (key === "fabric") for (const each of [...set.keys()]) if (each.startsWith("kernels.")) set.delete(each);
  changed();
  if (key === "fabric") askFigures();
}

/** Kernels have the names of their fabric. */
async function askFigures() {
  const found = await slow.ask("figures", request());
  if (found?.figures) figures = buildFigures($("figures"), found.figures, moved);
}

// Answers

let chosen = "decode";

/** The charts of the role that is chosen, where the plan has it apart. */
function drawRole({plan, role: {name, result, charts, map, thresholds}}) {
  for (const input of document.querySelectorAll("#roles input")) {
    input.disabled = plan[input.value] === null;
    input.checked = input.value === name;
  }
  role.drawAnswer({charts, thresholds, memory: result.memory});
  role.drawMap(map, {tokens: result.tokens_per_rank, width: result.config.gpus});
}

async function roundOfPlan(mine, asked) {
  const answer = await slow.ask("plan", {...asked, role: chosen});
  if (!answer || mine !== round) return;
  showFaults(answer.faults ?? []);
  if (answer.faults) return;
  page.answers = {plan: answer, report: answer.report};
  showPlan(answer);
  page.shown = performance.now();
  if (!answer.plan) return;
  deployment.drawPlan(answer.plan);
  drawRole(answer);
  role.drawFront(answer.front, 1 / answer.plan.tpot_s);
  page.drawn = performance.now();
  const loads = await slow.ask("loads", asked);
  if (!loads || mine !== round) return;
  Object.assign(page.answers, loads);
  deployment.drawLoads(loads.loads);
  const sure = await slow.ask("sure", asked);
  if (!sure || mine !== round) return;
  page.answers.report = sure.report;
  showPlan({...answer, report: sure.report});
}

async function roundOfRole(mine, asked) {
  const answer = await fast.ask("answer", asked);
  if (!answer || mine !== round) return;
  showFaults(answer.faults ?? []);
  if (answer.faults) return;
  page.answers.answer = answer;
  showRole(answer);
  const {report, charts} = answer;
  const best = report.best_run ?? report.optimum;
  if (best) role.drawAnswer({charts, thresholds: report.thresholds, memory: best.memory});
  page.shown = performance.now();
  if (best) await around(mine, asked, best);
  page.drawn = performance.now();
  if (sweep && mine === round) await drawSweep(mine, asked);
  const sure = mine === round ? await slow.ask("sure", asked) : null;
  if (!sure || mine !== round) return;
  page.answers.answer = sure;
  showRole(sure);
}

async function around(mine, asked, best) {
  const map = await slow.ask("map", asked);
  if (!map || mine !== round) return;
  page.answers.map = map;
  role.drawMap(map, {tokens: best.tokens_per_rank, width: best.config.gpus});
  const front = await slow.ask("front", asked);
  if (!front || mine !== round) return;
  page.answers.front = front;
  role.drawFront(front, best.step.tpot_s > 0 ? 1 / best.step.tpot_s : null);
}

async function drawSweep(mine, asked) {
  const found = await slow.ask("sweep", {...asked, axes: scenario.axes});
  if (!found || mine !== round) return;
  page.answers.sweep = found;
  if (found.rows) sweep.draw(found.rows);
  else showFaults(found.faults);
}

/** The browser compiles well what has run often: what waits for the first move runs until then. */
async function warmUp() {
  const TIMES = plans ? 8 : 60;
  const mine = round;
  for (let time = 0; time < TIMES && mine === round; ++time) {
    await (plans ? slow.ask("plan", request()) : fast.ask("answer", request()));
  }
}

let round = 0;

async function changed() {
  const mine = ++round;
  await (plans ? roundOfPlan : roundOfRole)(mine, request());
  if (mine !== round) return;
  keep();
  $("command").textContent = command();
  document.body.dataset.round = mine;
}

// What is taken along

const COPIES = {
  link: () => location.href,
  command,
  yaml,
  json: () => JSON.stringify(page.answers.report ?? page.answers.answer?.report ?? {}, null, 2),
  flags: () => flags(page.answers),
};

/** Without the clipboard, as in an iframe that may not use it, the text is there to be marked. */
async function copy(name, text) {
  try {
    await navigator.clipboard.writeText(text);
    $("said").textContent = `${name}: copied`;
    $("copied").hidden = true;
  } catch {
    $("said").textContent = `${name}: the browser does not let this page copy; take it from here`;
    $("copied").value = text;
    $("copied").hidden = false;
    $("copied").select();
  }
}

Object.assign(page, {
  /** For tests: an ask as the page puts it, and what the buttons copy. */
  ask: (kind, more) => fast.ask(kind, {...request(), ...more}),
  copies: () => Object.fromEntries(Object.entries(COPIES).map(([name, text]) => [name, text()])),
});

function buildButtons() {
  for (const [name, text] of Object.entries(COPIES)) {
    const button = $(`copy-${name}`);
    button.addEventListener("click", () => copy(button.textContent, text()));
  }
  $("print").addEventListener("click", () => window.print());
  $("reset").addEventListener("click", () => {
    const fabric = set.has("fabric");
    set.clear();
    for (const each of [...controls, ...figures]) each.show();
    changed();
    if (fabric) askFigures();
  });
  for (const input of document.querySelectorAll("#roles input")) {
    input.addEventListener("change", () => {
      chosen = input.value;
      changed();
    });
  }
}

async function start() {
  $("name").textContent = scenario.name;
  $("roles").hidden = !plans;
  restore();
  buildButtons();
  const module = await unpacked(data("module"));
  fast.give(module, scenario.files);
  slow.give(module, scenario.files);
  controls = buildControls($("controls"), await fast.ask("presets", {}), moved);
  await askFigures();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    forget();
    for (const each of [sweep, deployment, role]) each?.repaint();
  });
  await changed();
  warmUp();
}

start();
