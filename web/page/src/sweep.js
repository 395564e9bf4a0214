// The sweep that a page was written with, over what has been moved.
import {section} from "./chart.js";
import {number, time} from "./format.js";
import {Lines} from "./lines.js";

const MOST_LINES = 8;

/** Numbers of an axis' values where all have the same unit; else their places. */
function numbersOf(values) {
  const read = values.map((text) => /^([0-9.eE+-]+)(.*)$/.exec(text));
  const same = read.every((each) => each && each[2] === read[0][2]);
  return same ? read.map((each) => Number(each[1])) : values.map((_, at) => at + 1);
}

/** Puts its chart into `into`; returns what draws its rows. */
export function sweepChart(into, axes) {
  const last = axes.at(-1);
  const x = numbersOf(last.values);
  const order = x.map((_, at) => at).sort((a, b) => x[a] - x[b]);
  const chart = section("sweep", `Layer time against ${last.key}`);
  into.append(chart.root);
  const xLog = x[order[0]] > 0 && x[order.at(-1)] / x[order[0]] >= 8;
  const texts = new Map(x.map((value, at) => [value, last.values[at]]));
  const lines = new Lines(chart.plot, {
    x: last.key, y: "layer", xText: (value) => texts.get(value) ?? number(value), yText: time, xLog,
  });
  return {
    draw(rows) {
      const count = rows.length / x.length;
      const series = [];
      for (let line = 0; line < Math.min(count, MOST_LINES); ++line) {
        const own = rows.slice(line * x.length, (line + 1) * x.length);
        const others = axes.slice(0, -1).map(({key}) => `${key} ${own[0].axes[key]}`);
        series.push({label: others.join(", ") || "layer", values: order.map((at) => own[at].layer_s ?? null), points: true});
      }
      lines.draw({x: order.map((at) => x[at]), series});
      const left = count > MOST_LINES ? ` The first ${MOST_LINES} of ${count} lines.` : "";
      chart.show(`${rows.length} points.${left}`, () => ({
        head: [...axes.map(({key}) => key), "EP", "kernel", "overlap", "layer"],
        rows: rows.map((row) => [
          ...axes.map(({key}) => row.axes[key]),
          ...(row.config ? [row.config.ep_width, row.config.kernel, row.config.overlap] : ["–", "–", "–"]), time(row.layer_s),
        ]),
      }));
    },
    repaint: () => lines.repaint(),
  };
}
