// build.mjs MODULE OUTPUT VERSION: the page in one file, with the module in it. Of the scenario it has a
// place, @SCENARIO@, which `wideep-opt report` fills.
import {createHash} from "node:crypto";
import {readFileSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {deflateSync} from "node:zlib";
import {buildSync} from "esbuild";

const [module, output, version] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

/** A script of the page with all that it imports. */
function bundled(name) {
  const built = buildSync({
    entryPoints: [join(here, "src", name)], bundle: true, minify: true, format: "esm", target: "es2022",
    charset: "utf8", write: false,
  });
  return built.outputFiles[0].text.trim().replaceAll("</", "<\\/");
}

/** JSON that may stand in a script element. */
function json(value) {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const script = bundled("main.js");
const style = readFileSync(join(here, "node_modules/uplot/dist/uPlot.min.css"), "utf8") + readFileSync(join(here, "src/page.css"), "utf8");
const hash = createHash("sha256").update(script).digest("base64");
const policy = [
  "default-src 'none'", `script-src 'sha256-${hash}' 'wasm-unsafe-eval' blob:`, "worker-src blob:",
  "style-src 'unsafe-inline'", "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
].join("; ");
const parts = {
  POLICY: policy,
  STYLE: style,
  SCRIPT: script,
  VERSION: version,
  WORKER: json(bundled("worker.js")),
  MODULE: json(deflateSync(readFileSync(module), {level: 9}).toString("base64")),
};
const text = readFileSync(join(here, "src/page.html"), "utf8")
  .replace(/@([A-Z]+)@/g, (all, name) => parts[name] ?? all);
writeFileSync(output, text);
