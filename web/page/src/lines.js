// Curves, drawn by uPlot: 50 kB, a canvas, and a redraw well below a frame.
import uPlot from "uplot";

const COLORS = ["#3366cc", "#d1481a", "#118a57", "#8a44b8", "#a06a00", "#0b7f9e", "#b8306f", "#5b6470"];

/** The places of `at` in `values`, ascending. */
export function colorOf(index) {
  return COLORS[index % COLORS.length];
}

function ink() {
  return getComputedStyle(document.body).getPropertyValue("--ink").trim();
}

/** One chart: `draw` takes {x, series: [{label, values}], marks: [{x, label}]} and may be called again. */
export class Lines {
  constructor(into, {x, y, xText, yText, log = true}) {
    this.into = into;
    this.set = {x, y, xText, yText, log};
    this.shape = "";
  }

  draw({x, series, marks = []}) {
    this.marks = marks.filter((mark) => mark.x !== null && mark.x !== undefined && mark.x > 0);
    const data = [x, ...series.map((each) => each.values)];
    const shape = series.map((each) => each.label).join("|") + this.into.clientWidth + ink();
    if (shape === this.shape) return this.plot.setData(data);
    this.plot?.destroy();
    this.shape = shape;
    this.plot = new uPlot(this.options(series), data, this.into);
    this.into.plot = this.plot;
  }

  options(series) {
    const {x, y, xText, yText, log} = this.set;
    const color = ink();
    const axis = (label, text) => ({
      label,
      stroke: color,
      grid: {stroke: "color-mix(in srgb, currentColor 15%, transparent)", width: 1},
      values: (_, splits) => splits.map((each) => (each === null ? "" : text(each))),
    });
    return {
      width: Math.max(280, this.into.clientWidth),
      height: 260,
      scales: {x: {time: false, distr: log ? 3 : 1}, y: {distr: log ? 3 : 1}},
      axes: [axis(x, xText), {...axis(y, yText), size: 64}],
      series: [
        {label: x, value: (_, value) => (value === null ? "–" : xText(value))},
        ...series.map((each, index) => ({
          label: each.label,
          stroke: colorOf(index),
          width: 2,
          dash: each.dash,
          value: (_, value) => (value === null ? "–" : yText(value)),
        })),
      ],
      hooks: {draw: [(plot) => this.mark(plot)]},
    };
  }

  /** Upright lines where something changes. */
  mark(plot) {
    const {ctx} = plot;
    const {left, top, width, height} = plot.bbox;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = ink();
    ctx.setLineDash([4, 4]);
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    this.marks.forEach((mark, index) => {
      const at = plot.valToPos(mark.x, "x", true);
      if (at < left || at > left + width) return;
      ctx.beginPath();
      ctx.moveTo(at, top);
      ctx.lineTo(at, top + height);
      ctx.stroke();
      const right = at > left + 0.8 * width;
      ctx.textAlign = right ? "right" : "left";
      ctx.fillText(mark.label, at + (right ? -5 : 5), top + 14 * devicePixelRatio * (index + 1));
    });
    ctx.restore();
  }
}
