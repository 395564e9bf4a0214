// The charts of one role's answer.
import {gantt, regimes, stacks} from "./bars.js";
import {section} from "./chart.js";
import {choiceName} from "./colors.js";
import {bytes, number, time} from "./format.js";
import {Lines} from "./lines.js";

const STAGES = [
  ["attention", "attention_s"], ["launches", "launches_s"], ["dispatch", "dispatch_s"], ["experts", "experts_s"],
  ["combine", "combine_s"], ["SMs held", "sm_held_s"], ["fused", "fused_s"],
];

const MEMORY = [
  ["expert weights", "expert_weights_bytes"], ["other weights", "other_weights_bytes"], ["KV cache", "kv_cache_bytes"],
  ["kernel buffers", "kernel_buffers_bytes"], ["activations", "activations_bytes"], ["reserved", "reserved_bytes"],
];

const TITLES = {
  layer: "Layer time against tokens", message: "Message time against bytes", widths: "A layer by EP width",
  map: "What wins where", front: "Throughput against speed of a user", schedule: "Schedule of two layers",
  memory: "Memory of a GPU",
};

/** Puts them into `into`; returns what draws them. */
export function roleCharts(into) {
  const charts = Object.fromEntries(Object.entries(TITLES).map(([id, title]) => [id, section(id, title)]));
  into.append(...Object.values(charts).map((each) => each.root));
  const layer = new Lines(charts.layer.plot, {x: "tokens per rank", y: "layer", xText: number, yText: time});
  const message = new Lines(charts.message.plot, {x: "bytes of a dispatch", y: "dispatch + combine", xText: bytes, yText: time});
  const front = new Lines(charts.front.plot, {x: "tokens/s of a user", y: "tokens/s of a GPU", xText: number, yText: number});

  function drawLayer({curves}, thresholds) {
    const series = curves.series.map((each) => ({label: choiceName(each), values: each.layer_s, mode: each.overlap}));
    const full = thresholds.full_overlap_tokens || thresholds.full_overlap_until_tokens;
    layer.draw({x: curves.tokens, series, marks: [
      {x: full, label: "T*"},
      {x: thresholds.break_even_tokens, label: "DBO pays"},
    ]});
    charts.layer.show(`Every kernel and mode at EP ${curves.ep_width}, as far as it fits.`, () => ({
      head: ["tokens", ...series.map((each) => each.label)],
      rows: curves.tokens.map((tokens, at) => [number(tokens), ...series.map((each) => time(each.values[at]))]),
    }));
  }

  function drawMessage({messages}) {
    const all = [...new Set(messages.series.flatMap((each) => each.shot_bytes))].sort((a, b) => a - b);
    const series = messages.series.map((each) => {
      const at = new Map(each.shot_bytes.map((size, index) => [size, each.comm_s[index]]));
      return {label: each.kernel, values: all.map((size) => at.get(size) ?? null), spans: true};
    });
    message.draw({x: all, series, marks: [{x: messages.crossover_bytes, label: "V*"}]});
    const crossing = messages.crossover_bytes === null ? "no V* there" : `V* at ${bytes(messages.crossover_bytes)}`;
    charts.message.show(`At EP ${messages.ep_width}; ${crossing}.`, () => ({
      head: ["bytes", ...series.map((each) => each.label)],
      rows: all.map((size, at) => [bytes(size), ...series.map((each) => time(each.values[at]))]),
    }));
  }

  function drawWidths({widths}) {
    const rows = widths.filter((each) => each.layer_s !== null).map((each) => ({
      label: `EP ${each.ep_width}`, total: each.layer_s, hidden: each.stages.hidden_s, choice: choiceName(each),
      parts: STAGES.map(([name, key]) => ({name, value: each.stages[key]})),
    }));
    stacks(charts.widths.plot, rows, time, "Time of a layer by EP width");
    const names = STAGES.filter(([, key]) => widths.some((each) => each.stages?.[key] > 0));
    charts.widths.show("The fastest of each width; what is greyed is hidden behind the rest.", () => ({
      head: ["", ...names.map(([name]) => name), "hidden", "layer", "by"],
      rows: rows.map((row) => [
        row.label, ...names.map(([name]) => time(row.parts.find((part) => part.name === name).value)),
        time(row.hidden), time(row.total), row.choice,
      ]),
    }));
  }

  function drawSchedule({schedule}) {
    gantt(charts.schedule.plot, schedule, time);
    const events = schedule.traceEvents.filter((each) => each.ph === "X");
    charts.schedule.show("One row a resource, as timeline replays it.", () => ({
      head: ["stage", "begins", "takes"],
      rows: events.map((each) => [each.name, time(each.ts * 1e-6), time(each.dur * 1e-6)]),
    }));
  }

  function drawMemory(memory) {
    charts.memory.root.hidden = !memory;
    if (!memory) return;
    const parts = MEMORY.map(([name, key]) => ({name, value: memory[key]}));
    const free = {name: "free", value: Math.max(0, memory.capacity_bytes - memory.total_bytes)};
    stacks(charts.memory.plot, [{label: "a GPU", total: memory.capacity_bytes, parts: [...parts, free]}], bytes, "Memory of a GPU");
    charts.memory.show(`${bytes(memory.total_bytes)} of ${bytes(memory.capacity_bytes)}.`, () => ({
      head: ["part", "bytes"], rows: [...parts, free].map((part) => [part.name, bytes(part.value)]),
    }));
  }

  return {
    /** What comes with an answer: {charts, thresholds, memory}. */
    drawAnswer({charts: data, thresholds, memory}) {
      drawLayer(data, thresholds);
      drawMessage(data);
      drawWidths(data);
      drawSchedule(data);
      drawMemory(memory);
    },

    drawMap(map, here) {
      charts.map.root.hidden = map.infeasible === true;
      if (map.infeasible) return;
      regimes(charts.map.plot, map, here, time);
      charts.map.show("Kernel and mode of the fastest layer; the answer is framed.", () => ({
        head: ["tokens", ...map.ep_widths.map((width) => `EP ${width}`)],
        rows: map.tokens.map((tokens, at) => [
          number(tokens), ...map.cells[at].map((cell) => (cell ? `${choiceName(cell)}, ${time(cell.layer_s)}` : "–")),
        ]),
      }));
    },

    drawFront(found, here) {
      const points = [...(found.points ?? [])].sort((a, b) => a.tokens_per_user_per_s - b.tokens_per_user_per_s);
      charts.front.root.hidden = points.length === 0;
      if (points.length === 0) return;
      front.draw({
        x: points.map((each) => each.tokens_per_user_per_s),
        series: [{label: "front", values: points.map((each) => each.tokens_per_gpu_per_s), points: true}],
        marks: [{x: here, label: "here"}],
      });
      charts.front.show("No configuration is better in both, as pareto has it.", () => ({
        head: ["tokens/s of a user", "tokens/s of a GPU", "TPOT", "tokens per rank", "EP", "by"],
        rows: points.map((each) => [
          number(each.tokens_per_user_per_s), number(each.tokens_per_gpu_per_s), time(each.tpot_s),
          number(each.tokens_per_rank), each.config.ep_width, choiceName(each.config),
        ]),
      }));
    },

    repaint() {
      for (const each of [layer, message, front]) each.repaint();
    },
  };
}
