// The state as a command line and as a workload.

/** A word of a shell. */
function word(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function command(scenario, set) {
  const {command: name, paths} = scenario;
  const words = ["wideep-opt", name, "-w", paths.workload];
  const fabric = set.get("fabric") ?? paths.fabric;
  if (fabric) words.push("-f", fabric);
  if (paths.search) words.push("--search", paths.search);
  for (const [key, text] of set) if (key !== "fabric") words.push("--set", `${key}=${text}`);
  return words.map(word).join(" ");
}

/** The scenario's workload with what is set, as JSON, which is YAML. */
export function yaml(scenario, set) {
  const tree = structuredClone(scenario.workload);
  for (const [key, text] of set) {
    const names = key.split(".");
    const last = names.pop();
    const at = names.reduce((node, name) => (node[name] = typeof node[name] === "object" ? node[name] : {}), tree);
    at[last] = text.startsWith("[") ? JSON.parse(text) : text;
  }
  return `${JSON.stringify(tree, null, 2)}\n`;
}
