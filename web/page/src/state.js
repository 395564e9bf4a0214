// The scenario, and what is set over it.

export function data(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

export const scenario = data("scenario");
export const plans = scenario.workload.traffic !== undefined;

/** What is set by key, as `--set` has it; "fabric" is the preset in place of the scenario's. */
export const set = new Map();

/** What the scenario has for a key: "slo.tpot" of {slo: {tpot: "30ms"}}. */
export function stated(key) {
  const found = key.split(".").reduce((at, name) => at?.[name], scenario.workload);
  return typeof found === "object" || found === undefined ? null : found;
}

/** What the module is asked with. */
export function request() {
  const fabric = set.get("fabric") ?? scenario.fabric;
  return {
    workload: scenario.workload,
    ...(fabric === null ? {} : {fabric}),
    ...(scenario.search === null ? {} : {search: scenario.search}),
    set: [...set].filter(([key]) => key !== "fabric").map(([key, text]) => `${key}=${text}`),
  };
}

/** From the address, or else as the page was written. */
export function restore() {
  for (const each of location.hash ? [] : scenario.set) {
    const at = each.indexOf("=");
    set.set(each.slice(0, at), each.slice(at + 1));
  }
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) set.set(key, text);
}

export function keep() {
  const text = new URLSearchParams([...set]).toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}
