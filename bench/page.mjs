// How long the live page takes from a move to its answers, in headless Chromium:
//   node bench/page.mjs PAGE.html [SLIDER]
// where `wideep-opt report --out` has written PAGE.html. Prints milliseconds, median and 95th percentile.
import {existsSync} from "node:fs";
import {createRequire} from "node:module";
import {resolve} from "node:path";

const {launch} = createRequire(new URL("../web/page/package.json", import.meta.url))("puppeteer-core");
const [path, slider] = process.argv.slice(2);
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
const browser = await launch({executablePath, args: ["--no-sandbox", "--disable-gpu"]});
const page = await browser.newPage();
await page.setViewport({width: 1400, height: 1000});
await page.goto(`file://${resolve(path)}`);
await page.waitForFunction(() => document.body.dataset.round);

const MOVES = 140;
const PAUSE = 50;  // ms, in which what was drawn is painted
const WARM_UP = 1500;  // ms, in which the browser compiles what runs often
await new Promise((done) => setTimeout(done, WARM_UP));
const id = slider ?? (await page.evaluate(() => (window.page.scenario.workload.traffic ? "c-traffic-rate" : "c-tokens_per_rank")));
const times = await page.evaluate(async (name, moves, pause) => {
  const control = document.getElementById(name);
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const found = [];
  for (let move = 0; move < moves; ++move) {
    const round = Number(document.body.dataset.round);
    const begin = performance.now();
    control.value = 40 + (move % 120);
    control.dispatchEvent(new Event("input", {bubbles: true}));
    while (Number(document.body.dataset.round) <= round) await wait(1);
    found.push({answer: window.page.shown - begin, around: window.page.drawn - begin, everything: performance.now() - begin});
    await wait(pause);
  }
  return found;
}, id, MOVES, PAUSE);
for (const what of ["answer", "around", "everything"]) {
  const sorted = times.map((each) => each[what]).sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * sorted.length)].toFixed(1);
  console.log(`${what.padEnd(10)} median ${at(0.5)} ms, 95% within ${at(0.95)} ms`);
}
await browser.close();
