// The page in headless Chromium, from file://, beside the command for the same inputs.
// PROGRAM=wideep-opt CONFIGS=configs node --test
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {existsSync, mkdtempSync, readFileSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import puppeteer from "puppeteer-core";

const program = process.env.PROGRAM;
const root = process.env.ROOT;
const config = join(root, "configs/deepseek-v3-decode-h100-ib400.yaml");
const folder = mkdtempSync(join(tmpdir(), "wideep-page-"));
let browser;

before(async () => {
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
});
after(() => browser.close());

function written(name, ...options) {
  const out = join(folder, name);
  execFileSync(program, ["report", ...options, "--out", out], {stdio: "pipe"});
  return out;
}

/** The page once it has answered everything, with what went wrong in it. */
async function opened(path, {width = 1280, hash = ""} = {}) {
  const page = await browser.newPage();
  const wrong = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) wrong.push(`asks for ${request.url()}`);
  });
  await page.setViewport({width, height: 900});
  await page.goto(`file://${path}${hash}`);
  await settled(page, 0);
  return {page, wrong};
}

/** Waits until a round after `round` is done; returns its number. */
async function settled(page, round) {
  await page.waitForFunction((least) => Number(document.body.dataset.round) > least, {timeout: 20000}, round);
  return page.evaluate(() => Number(document.body.dataset.round));
}

/** Every number of both, to 1e-9. */
function same(page, command, path = "") {
  if (typeof command === "number") {
    assert.ok(Math.abs(page - command) <= 1e-9 * Math.max(Math.abs(command), 1e-300), `${path}: ${page} and ${command}`);
  } else if (command !== null && typeof command === "object") {
    assert.deepEqual(Object.keys(page), Object.keys(command), path);
    for (const key of Object.keys(command)) same(page[key], command[key], `${path}.${key}`);
  } else {
    assert.equal(page, command, path);
  }
}

function told(command, set, ...more) {
  const options = set.flatMap((each) => ["--set", each]);
  const text = execFileSync(program, [command, "-w", config, "--json", ...more, ...options], {encoding: "utf8", stdio: "pipe"});
  return JSON.parse(text);
}

test("every slider moves the answer to what the command says", async () => {
  const {page, wrong} = await opened(written("page.html", "-w", config));
  let round = 0;
  const ids = await page.$$eval("#controls input[type=range]", (all) => all.map((each) => each.id));
  assert.ok(ids.length >= 6);
  for (const id of ids) {
    for (const place of [60, 120]) {
      round = await page.evaluate((name, at) => {
        const before = Number(document.body.dataset.round);
        const slider = document.getElementById(name);
        slider.value = at;
        slider.dispatchEvent(new Event("input", {bubbles: true}));
        return before;
      }, id, place);
      await settled(page, round);
      const {set, report, faults} = await page.evaluate(() => ({
        set: [...window.page.set].map(([key, text]) => `${key}=${text}`),
        report: window.page.answers.answer?.report,
        faults: document.querySelectorAll("#faults li").length,
      }));
      assert.equal(faults, 0, id);
      let said;
      try {
        said = told("optimize", set, "--solver", "bounds");
      } catch (error) {
        said = JSON.parse(error.stdout);  // exit code 3: nothing is feasible
      }
      same(report, said, id);
    }
    await page.click(`#${id} ~ button`);
    await settled(page, round + 1);
  }
  assert.deepEqual(wrong, []);
  await page.close();
});

test("charts have the points of their data", async () => {
  const {page} = await opened(join(folder, "page.html"));
  const {answers, layer, front, cells, spans} = await page.evaluate(() => {
    const values = (id) => [...document.querySelectorAll(`#${id} rect[data-value]`)].map((each) => Number(each.dataset.value));
    return {
      answers: window.page.answers,
      layer: document.getElementById("layer").plot.data,
      front: document.getElementById("front").plot.data,
      cells: values("map"), spans: values("schedule"),
    };
  });
  assert.deepEqual(layer[0], answers.charts.curves.tokens);
  answers.charts.curves.series.forEach((each, at) => assert.deepEqual(layer[at + 1], each.layer_s));
  assert.equal(front[0].length, answers.front.points.length);
  const shown = answers.map.cells.flat().filter((each) => each !== null).map((each) => each.layer_s);
  assert.deepEqual(cells.toSorted(), shown.toSorted());
  assert.equal(spans.length, answers.schedule.traceEvents.filter((each) => each.ph === "X").length);
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

test("a deployment is planned as by the command", async () => {
  const plan = join(root, "configs/deepseek-r1-plan-gb200-nvl72.yaml");
  const {page, wrong} = await opened(written("plan.html", "-w", plan));
  const answer = await page.evaluate(() => window.page.answers.plan);
  const said = JSON.parse(execFileSync(program, ["plan", "-w", plan, "--json"], {encoding: "utf8"}));
  same(answer.plan, said.plan, "plan");
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
  for (const width of [390, 1280]) {
    for (const scheme of ["light", "dark"]) {
      const {page} = await opened(join(folder, "page.html"), {width});
      await page.setBypassCSP(true);
      await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes[0].html}`), [], `${width} ${scheme}`);
      await page.close();
    }
  }
});

assert.ok(existsSync(program));
