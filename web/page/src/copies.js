// The state as a command line, as a workload, and as what starts an engine.
import {scenario, set} from "./state.js";

/** A word of a shell. */
function word(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function line(words) {
  const {paths} = scenario;
  const all = ["wideep-opt", ...words, "-w", paths.workload];
  const fabric = set.get("fabric") ?? paths.fabric;
  if (fabric) all.push("-f", fabric);
  if (paths.search) all.push("--search", paths.search);
  for (const [key, text] of set) if (key !== "fabric") all.push("--set", `${key}=${text}`);
  return all;
}

/** What prints the answer. */
export function command() {
  const axes = scenario.axes.flatMap(({key, values}) => ["--axis", `${key}=${values.join(",")}`]);
  return [...line([scenario.command]), ...axes].map(word).join(" ");
}

/** What writes the file that starts an engine with the answer. */
export function launch() {
  const engine = set.get("engine") ?? scenario.workload.engine ?? "vllm";
  return line(["emit", "--engine", engine]).map(word).join(" ");
}

/** The scenario's workload with what is set, as JSON, which is YAML. Factors and what is the fabric's it cannot hold: it says so. */
export function yaml() {
  const tree = structuredClone(scenario.workload);
  const left = [];
  for (const [key, text] of set) {
    const names = key.split(".");
    if (key === "fabric") continue;
    if (names[0] === "kernels" || names[0] === "gpu" || /^[0-9.e+-]+x$/.test(text)) {
      left.push(`# Not in this file: --set ${key}=${text}\n`);
      continue;
    }
    const last = names.pop();
    const at = names.reduce((node, name) => (node[name] = node[name] !== null && typeof node[name] === "object" ? node[name] : {}), tree);
    at[last] = text;
  }
  if (set.has("fabric")) tree.fabric = set.get("fabric");
  return `${left.join("")}${JSON.stringify(tree, null, 2)}\n`;
}

/** The flags that make the answer in the engine that is chosen, or else what is known to run it; then what writes them all. */
export function flags({plan, answer}) {
  const known = plan?.flags ?? answer?.flags ?? [];
  const runs = answer?.report.runs_on;
  return [...(known.length === 0 && runs ? [runs] : known), launch()].join("\n");
}
