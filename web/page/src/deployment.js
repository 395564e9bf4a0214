// The charts of a whole deployment.
import {stacks} from "./bars.js";
import {section} from "./chart.js";
import {number, time} from "./format.js";
import {Lines} from "./lines.js";

const PARTS = [
  ["waiting", "waiting"], ["prefill", "prefill"], ["waiting for a slot", "slot_waiting"], ["transfer", "transfer"],
  ["first step", "first_step"],
];

/** Puts them into `into`; returns what draws them. */
export function deploymentCharts(into) {
  const ttft = section("ttft", "Time to the first token");
  const loads = section("loads", "GPUs against load");
  into.append(ttft.root, loads.root);
  const lines = new Lines(loads.plot, {x: "requests/s", y: "GPUs", xText: number, yText: number});
  return {
    drawPlan(plan) {
      const parts = PARTS.filter(([, key]) => plan.ttft_parts[key]);
      const mean = parts.map(([name, key]) => ({name, value: plan.ttft_parts[key].mean_s}));
      stacks(ttft.plot, [{label: "mean", total: plan.ttft_s, parts: mean}], time, "Time to the first token by its parts");
      ttft.show(`${time(plan.ttft_s)} in the mean; 95 % of requests within ${time(plan.ttft_p95_s)}.`, () => ({
        head: ["part", "mean", "95 % within"],
        rows: parts.map(([name, key]) => [name, time(plan.ttft_parts[key].mean_s), time(plan.ttft_parts[key].p95_s)]),
      }));
    },

    drawLoads(found) {
      const all = (found ?? []).filter((each) => each.gpus !== null);
      loads.root.hidden = all.length === 0;
      if (all.length === 0) return;
      lines.draw({
        x: all.map((each) => each.requests_per_s),
        series: [{label: "fewest GPUs", values: all.map((each) => each.gpus), points: true}],
      });
      loads.show("The fewest that hold the service level at other rates, by the layout that wins there.", () => ({
        head: ["requests/s", "GPUs", "output tokens/s per GPU", "by"],
        rows: all.map((each) => [number(each.requests_per_s), each.gpus, number(each.output_tokens_per_gpu_per_s), each.use]),
      }));
    },

    repaint: () => lines.repaint(),
  };
}
