// The page in headless Chromium, from file://, beside the command for the same inputs.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {readFileSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";
import {test} from "node:test";
import {bytes, number, time} from "../src/format.js";
import {
  browser, config, deployment, folder, move, opened, program, putBack, root, same, settled, shown, told, written,
} from "./support.mjs";

/** The texts are those of the command's numbers. */
function checkTexts({numbers, sure}, said, id) {
  const best = said.best_run ?? said.optimum;
  if (best === null) return assert.deepEqual(numbers, {}, id);
  assert.equal(numbers.Layer, time(best.time.layer_s), id);
  assert.equal(numbers["without overlap"], time(best.time.no_overlap_s), id);
  assert.ok(sure.startsWith(`A layer takes ${time(best.time.layer_s)}; TPOT ${time(best.step.tpot_s)}, ` +
    `${number(best.step.tokens_per_gpu_per_s)} tokens/s per GPU.`), `${id}: ${sure}`);
  const pays = said.thresholds.break_even_tokens;
  assert.equal(numbers["DBO pays from"], pays === null ? `none: ${said.thresholds.break_even_tokens_reason}` : `${number(pays)} tokens`, id);
  const crossing = said.thresholds.kernel_crossover_bytes;
  if (crossing !== null) assert.equal(numbers["V* (other kernel)"], bytes(crossing), id);
}

test("every slider and list moves the answer to what the command says", async () => {
  const {page, wrong} = await opened(written("page.html", "-w", config));
  const ids = await page.$$eval("#left input[type=range]", (all) => all.map((each) => each.id));
  assert.ok(ids.length >= 10, ids.join(" "));
  for (const id of ids) {
    for (const place of [60, 120]) {
      await move(page, id, place);
      const state = await shown(page);
      assert.equal(state.faults, 0, id);
      const said = told("optimize", state.moved, {more: ["--solver", "bounds"]});
      same(state.answers.answer.report, said, id);
      checkTexts(state, said, id);
    }
    await putBack(page, id);
  }
  for (const [id, value] of [["c-dispatch_dtype", "bf16"], ["c-combine_dtype", "fp8"], ["c-engine", "sglang"],
    ["c-model", "qwen3-235b-a22b"], ["c-fabric", "gb200-nvl72"]]) {
    await move(page, id, value);
    const state = await shown(page);
    assert.equal(state.faults, 0, id);
    assert.ok(state.moved.some(([, text]) => text === value), id);
    same(state.answers.answer.report, told("optimize", state.moved, {more: ["--solver", "bounds"]}), id);
  }
  const kernels = await page.$$eval("#figures label", (all) => all.map((each) => each.textContent));
  assert.ok(kernels.some((each) => each.startsWith("NVL:")), "kernels of the new fabric");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("charts have the points of their data, and the data is the command's", async () => {
  const {page} = await opened(join(folder, "page.html"));
  const {answers, layer, front, cells, spans, stacks, memory} = await page.evaluate(() => {
    const values = (id) => [...document.querySelectorAll(`#${id} rect[data-value]`)].map((each) => Number(each.dataset.value));
    return {
      answers: window.page.answers,
      layer: document.getElementById("layer").plot.data, front: document.getElementById("front").plot.data,
      cells: values("map"), spans: values("schedule"), stacks: values("widths"), memory: values("memory"),
    };
  });
  const {curves, widths, schedule} = await page.evaluate(async (request) => (await window.page.ask("answer", request)).charts, {});
  assert.deepEqual(layer[0], curves.tokens);
  curves.series.forEach((each, at) => assert.deepEqual(layer[at + 1], each.layer_s));
  assert.deepEqual(front[1].toSorted(), answers.front.points.map((each) => each.tokens_per_gpu_per_s).toSorted());
  const filled = answers.map.cells.flat().filter((each) => each !== null).map((each) => each.layer_s);
  assert.deepEqual(cells.toSorted(), filled.toSorted());
  assert.equal(spans.length, schedule.traceEvents.filter((each) => each.ph === "X").length);
  const own = widths.filter((each) => each.stages).flatMap(({stages}) =>
    ["attention_s", "launches_s", "dispatch_s", "experts_s", "combine_s", "sm_held_s", "fused_s"].map((key) => stages[key]));
  assert.deepEqual(stacks, own);
  const said = told("optimize", [], {more: ["--solver", "bounds"]}).best_run;
  assert.ok(Math.abs(memory.reduce((sum, each) => sum + each, 0) - said.memory.capacity_bytes) < 1);
  for (const tokens of [1, 128]) {
    const at = curves.tokens.indexOf(tokens);
    const alone = told("optimize", [["tokens_per_rank", tokens], ["search.ep_width", "[64]"], ["search.kernel", "LL"], ["search.overlap", "[none]"]]);
    const of = curves.series.find((each) => each.kernel === "LL" && each.overlap === "none");
    same(of.layer_s[at], alone.optimum.time.layer_s, `curve at ${tokens}`);
  }
  same(answers.front, told("pareto", []), "front");
  await page.close();
});

test("a link brings back what was moved", async () => {
  const {page} = await opened(join(folder, "page.html"), {hash: "#tokens_per_rank=64&context=1024"});
  const {value, command} = await page.evaluate(() => ({
    value: document.querySelector("#c-tokens_per_rank ~ input").value,
    command: document.getElementById("command").textContent,
  }));
  assert.equal(value, "64");
  assert.match(command, /--set tokens_per_rank=64 --set context=1024/);
  await page.close();
});

test("what is wrong is said, and the page goes on", async () => {
  const {page, wrong} = await opened(join(folder, "page.html"), {hash: "#tokens_per_rank=-1"});
  assert.match(await page.$eval("#faults", (each) => each.textContent), /must be from 1/);
  await page.click("#reset");
  await settled(page, 1);
  assert.match(await page.$eval("#use", (each) => each.textContent), /^Use EP/);
  assert.deepEqual(wrong, []);
  await page.close();
});

/** The page leaves the plans of each engine out. */
function withoutEngines(report) {
  return Object.fromEntries(Object.entries(report).filter(([key]) => !key.startsWith("by_engine")));
}

test("a deployment is planned as by the command, whatever is moved", async () => {
  const {page, wrong} = await opened(written("plan.html", "-w", deployment));
  const ids = await page.$$eval("#left input[type=range]", (all) => all.map((each) => each.id));
  assert.ok(ids.includes("c-traffic-rate") && ids.includes("c-slo-ttft"), ids.join(" "));
  for (const id of [null, ...ids.filter((each) => !each.startsWith("c-kernels"))]) {
    if (id !== null) await move(page, id, 110);
    const {answers, moved, use} = await shown(page);
    const said = told("plan", moved, {workload: deployment});
    same(answers.plan.plan, said.plan, `${id} plan`);
    same(withoutEngines(answers.report), withoutEngines(said), `${id} report`);
    if (said.plan) assert.ok(use.startsWith(`Use ${said.plan.gpus} GPUs: `), use);
    if (id !== null) await putBack(page, id);
  }
  const {answers} = await shown(page);
  for (const role of ["prefill", "decode"]) {
    const before = await page.evaluate(() => Number(document.body.dataset.round));
    if (await page.$eval(`#roles input[value=${role}]`, (each) => !each.checked)) {
      await page.click(`#roles input[value=${role}]`);
      await settled(page, before);
    }
    const {plan, role: drawn} = (await shown(page)).answers.plan;
    same(drawn.result.config, plan[role].config, role);
    assert.match(await page.$eval("#chart-memory .note", (each) => each.textContent), new RegExp(`^${bytes(plan[role].memory_bytes)}`));
  }
  const loads = await page.evaluate(() => document.getElementById("loads").plot.data);
  assert.deepEqual(loads, [answers.loads.map((each) => each.requests_per_s), answers.loads.map((each) => each.gpus)]);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("sweep and pareto write pages of their own, with their points", async () => {
  const axes = ["--axis", "kernels.LL.latency=0.5x,1x,2x", "--axis", "context=1024:16384:log2"];
  const out = join(folder, "sweep.html");
  const lines = execFileSync(program, ["sweep", "-w", config, ...axes, "--json", "--html", out], {encoding: "utf8", stdio: "pipe"});
  const said = lines.trim().split("\n").map((each) => JSON.parse(each));
  const {page, wrong} = await opened(out);
  const rows = await page.evaluate(() => window.page.answers.sweep.rows);
  assert.equal(rows.length, said.length);
  rows.forEach((row, at) => same(row, Object.fromEntries(Object.entries(said[at]).filter(([key]) => key !== "thresholds")), `row ${at}`));
  const data = await page.evaluate(() => document.getElementById("sweep").plot.data);
  assert.deepEqual(data.slice(1).flat(), said.map((each) => each.layer_s ?? null));
  assert.match(await page.$eval("#command", (each) => each.textContent), /^wideep-opt sweep .*--axis context=1024,2048/);
  assert.deepEqual(wrong, []);
  await page.close();

  const front = join(folder, "pareto.html");
  execFileSync(program, ["pareto", "-w", config, "--html", front], {stdio: "pipe"});
  const other = await opened(front);
  assert.equal(await other.page.$eval("#charts > :first-child", (each) => each.id), "chart-front");
  await other.page.close();
});

test("values are read by keyboard and by pointer", async () => {
  const {page} = await opened(join(folder, "page.html"));
  const details = await page.$$("#charts details");
  assert.equal(details.length, 7);
  for (const each of details) {
    await (await each.$("summary")).focus();
    await page.keyboard.press("Enter");
  }
  await page.waitForFunction(() => [...document.querySelectorAll("#charts details table")].every((each) => each.rows.length > 1));
  const {curves} = await page.evaluate(async (request) => (await window.page.ask("answer", request)).charts, {});
  const rows = await page.$$eval("#chart-layer details tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.equal(rows.length, curves.tokens.length + 1);
  assert.equal(rows[1][1], time(curves.series[0].layer_s[0]));
  await page.hover("#widths rect");
  assert.match(await page.$eval("#widths .readout", (each) => each.textContent), /^EP \d+: attention .* of /);
  await page.close();
});

test("a page prints on two pages, in an iframe it answers", async () => {
  const {page} = await opened(join(folder, "page.html"));
  const pdf = Buffer.from(await page.pdf({format: "A4"})).toString("latin1");
  assert.equal(pdf.match(/\/Type \/Page\b/g).length, 2);
  await page.close();

  const frame = join(folder, "frame.html");
  writeFileSync(frame, '<iframe src="page.html" sandbox="allow-scripts" width="1000" height="800"></iframe>');
  const outer = await browser.newPage();
  await outer.goto(`file://${frame}`);
  const inner = await (await outer.waitForSelector("iframe")).contentFrame();
  await inner.waitForFunction(() => document.body.dataset.round, {timeout: 20000});
  assert.match(await inner.$eval("#use", (each) => each.textContent), /^Use EP/);
  await outer.close();
});

test("what copies say reproduces the state", async () => {
  const {page} = await opened(join(folder, "page.html"), {hash: "#tokens_per_rank=64&engine=vllm&slo.tpot=90ms"});
  const {texts, report} = await page.evaluate(() => ({texts: window.page.copies(), report: window.page.answers.answer.report}));
  const run = (line) => execFileSync("bash", ["-c", line.replace(/^wideep-opt/, program)], {encoding: "utf8", cwd: root});
  const from = (line) => JSON.parse(run(`${line} --solver bounds --json`));
  same(report, from(texts.command.replace(config, `'${config}'`)), "command");
  const copied = join(folder, "copied.yaml");
  writeFileSync(copied, texts.yaml);
  same(report, from(`wideep-opt optimize -w ${copied}`), "yaml");
  const text = run(texts.command.replace(config, `'${config}'`)).replace(/\n +/g, " ");
  const flags = texts.flags.split("\n")[0];
  assert.match(flags, /^vLLM .*--data-parallel-size 64/);
  assert.ok(text.includes(`${flags}; emit writes it all.`), `${flags}\n${text}`);
  assert.match(run(texts.flags.split("\n").at(-1)), /vllm serve/);
  same(report, JSON.parse(texts.json), "json");
  await page.close();
});

test("the shipped example says what the command says", async () => {
  const {page, wrong} = await opened(join(root, "docs/example.html"));
  const {answers} = await shown(page);
  same(answers.answer.report, told("optimize", [], {more: ["--solver", "bounds"]}), "docs/example.html: write it anew, docs/page.md");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("names cannot become markup", async () => {
  const path = join(folder, "</script><img src=x onerror=alert(1)>.yaml".replaceAll("/", "_"));
  writeFileSync(path, readFileSync(config));
  const {page, wrong} = await opened(written("hostile.html", "-w", path));
  assert.equal(await page.$$eval("img", (all) => all.length), 0);
  assert.match(await page.$eval("#name", (each) => each.textContent), /<img src=x/);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("axe finds nothing, light and dark, narrow and wide", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  for (const [name, width] of [["page.html", 390], ["page.html", 1280], ["plan.html", 390], ["sweep.html", 1920]]) {
    for (const scheme of ["light", "dark"]) {
      const {page} = await opened(join(folder, name), {width});
      await page.setBypassCSP(true);
      await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes[0].html}`), [], `${name} ${width} ${scheme}`);
      await page.close();
    }
  }
});
