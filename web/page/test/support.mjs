// What the tests of the page share: a browser, pages that the command has written, and what the command says.
// PROGRAM=wideep-opt ROOT=the project CHROMIUM=a browser node --test
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before} from "node:test";
import puppeteer from "puppeteer-core";

export const program = process.env.PROGRAM;
export const root = process.env.ROOT;
export const config = join(root, "configs/deepseek-v3-decode-h100-ib400.yaml");
export const deployment = join(root, "configs/deepseek-r1-plan-gb200-nvl72.yaml");
export const folder = mkdtempSync(join(tmpdir(), "wideep-page-"));
export let browser;

before(async () => {
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
});
after(() => browser.close());

export function written(name, ...options) {
  const out = join(folder, name);
  execFileSync(program, ["report", ...options, "--out", out], {stdio: "pipe"});
  return out;
}

/** The page once it has answered everything, with what went wrong in it. */
export async function opened(path, {width = 1280, hash = ""} = {}) {
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
export async function settled(page, round) {
  await page.waitForFunction((least) => Number(document.body.dataset.round) > least, {timeout: 20000}, round);
  return page.evaluate(() => Number(document.body.dataset.round));
}

/** Every number of both, to 1e-9. */
export function same(page, command, path = "") {
  if (typeof command === "number") {
    assert.ok(Math.abs(page - command) <= 1e-9 * Math.max(Math.abs(command), 1e-300), `${path}: ${page} and ${command}`);
  } else if (command !== null && typeof command === "object") {
    assert.deepEqual(Object.keys(page), Object.keys(command), path);
    for (const key of Object.keys(command)) same(page[key], command[key], `${path}.${key}`);
  } else {
    assert.equal(page, command, path);
  }
}

/** What the command says of the same inputs; also where its exit code is 3, nothing being feasible. */
export function told(command, moved, {workload = config, more = []} = {}) {
  const options = moved.flatMap(([key, text]) => (key === "fabric" ? ["-f", text] : ["--set", `${key}=${text}`]));
  try {
    const text = execFileSync(program, [command, "-w", workload, "--json", ...more, ...options], {encoding: "utf8", stdio: "pipe"});
    return JSON.parse(text);
  } catch (error) {
    assert.equal(error.status, 3, error.stderr);
    return JSON.parse(error.stdout);
  }
}

/** Moves one control and waits for all that follows. */
export async function move(page, id, value) {
  const before = await page.evaluate((name, to) => {
    const round = Number(document.body.dataset.round);
    const control = document.getElementById(name);
    control.value = to;
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input", {bubbles: true}));
    return round;
  }, id, value);
  await settled(page, before);
}

export async function putBack(page, id) {
  const before = await page.evaluate(() => Number(document.body.dataset.round));
  await page.click(`[id="${id}"] ~ button`);
  await settled(page, before);
}

export const shown = (page) => page.evaluate(() => ({
  moved: [...window.page.set],
  answers: window.page.answers,
  faults: document.querySelectorAll("#faults li").length,
  use: document.getElementById("use").textContent,
  sure: document.getElementById("sure").textContent,
  numbers: Object.fromEntries([...document.querySelectorAll("#numbers tr")].map((row) => [...row.children].map((each) => each.textContent))),
}));
