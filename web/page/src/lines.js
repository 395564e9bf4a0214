// Curves, drawn by uPlot: 50 kB, a canvas, and a redraw well below a frame.
import uPlot from "uplot";
import {paintOf, valueOf} from "./colors.js";

const DASHES = {dbo: [8, 4], chunk: [2, 3], sbo: [10, 3, 2, 3], fused: [5, 2]};

/** Round values of a logarithmic axis, `most` of them or powers of ten alone. */
function roundValues(low, high, most) {
  if (!(low > 0 && high < Infinity)) return [];  // nothing is drawn
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
    for (const times of [1, 2, 5]) found.push(Number(`${times}e${power}`));
  }
  const inside = found.filter((each) => each >= low && each <= high);
  return inside.length <= most ? inside : inside.filter((each) => Number.isInteger(Math.round(Math.log10(each) * 1e6) / 1e6));
}

const LABEL = 75;  // pixels that one takes
const MOST_UPRIGHT = 8;
const HEIGHT = 260;
const PRINTED = {width: 330, height: 190};

/** One chart: `draw` takes {x, series: [{label, values}], marks: [{x, label}]} and may be called again. */
export class Lines {
  constructor(into, {x, y, xText, yText, xLog = true, yLog = true}) {
    this.into = into;
    this.set = {x, y, xText, yText, xLog, yLog};
    this.shape = "";
    this.width = 0;
    new ResizeObserver(([{contentRect}]) => this.fit(contentRect.width)).observe(into);
    window.addEventListener("beforeprint", () => this.plot?.setSize(PRINTED));
    window.addEventListener("afterprint", () => this.plot?.setSize({width: this.width, height: HEIGHT}));
  }

  fit(width) {
    if (width === 0 || width === this.width) return;
    this.width = width;
    if (this.plot) this.plot.setSize({width, height: HEIGHT});
    else if (this.drawn) this.draw(this.drawn);
  }

  /** Draws anew what is there, in other colours. */
  repaint() {
    this.shape = "";
    if (this.drawn) this.draw(this.drawn);
  }

  draw(drawn) {
    this.drawn = drawn;
    const {x, series, marks = []} = drawn;
    this.marks = marks.filter((mark) => mark.x !== null && mark.x !== undefined && mark.x > 0);
    const data = [x, ...series.map((each) => each.values)];
    const shape = series.map((each) => each.label).join("|");
    if (this.plot && shape === this.shape) return this.plot.setData(data);
    if (this.width === 0) return;  // not laid out yet: fit() draws it
    this.plot?.destroy();
    this.shape = shape;
    this.plot = new uPlot(this.options(series), data, this.into);
    this.into.plot = this.plot;
  }

  options(series) {
    const {x, y, xText, yText, xLog, yLog} = this.set;
    const ink = valueOf("--ink");
    const axis = (label, text, log) => ({
      label,
      ...(log ? {splits: (plot, at, low, high) => roundValues(low, high, at === 0 ? plot.width / LABEL : MOST_UPRIGHT), filter: (_, splits) => splits} : {}),
      stroke: ink,
      grid: {stroke: valueOf("--line"), width: 1},
      ticks: {stroke: valueOf("--line"), width: 1},
      values: (_, splits) => splits.map((each) => (each === null ? "" : text(each))),
    });
    const shown = (text) => (_, value) => (value === null || value === undefined ? "–" : text(value));
    return {
      width: this.width,
      height: HEIGHT,
      cursor: {drag: {x: false, y: false}},
      scales: {
        x: {time: false, distr: xLog ? 3 : 1, range: (_, low, high) => [low, high]},
        y: {distr: yLog ? 3 : 1, ...(yLog ? {range: (_, low, high) => [low / 1.15, high * 1.15]} : {})},
      },
      axes: [axis(x, xText, xLog), {...axis(y, yText, yLog), size: 70}],
      series: [
        {label: x, value: shown(xText)},
        ...series.map((each) => ({
          label: each.label,
          stroke: paintOf(each.label),
          width: 2,
          dash: DASHES[each.mode],
          spanGaps: each.spans ?? false,
          points: {show: each.points},
          value: shown(yText),
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
    ctx.strokeStyle = ctx.fillStyle = valueOf("--ink");
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
      const x = at + (right ? -5 : 5);
      const y = top + 16 * devicePixelRatio * (index + 1);
      const size = ctx.measureText(mark.label).width;
      ctx.fillStyle = valueOf("--paper");
      ctx.fillRect(right ? x - size - 2 : x - 2, y - 12 * devicePixelRatio, size + 4, 16 * devicePixelRatio);
      ctx.fillStyle = ctx.strokeStyle;
      ctx.fillText(mark.label, x, y);
    });
    ctx.restore();
  }
}
