// What is made of rectangles, as SVG: stacks, the map of regimes, the schedule.
import {choiceName, colorOf} from "./colors.js";
import {number} from "./format.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const LEFT = 72;
const PRINTED = 330;  // of two columns on a page

function node(name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function words(svg, x, y, text, anchor = "start") {
  svg.append(node("text", {x, y, "text-anchor": anchor}, text));
}

const drawings = new WeakMap();

/** Draws by `paint(width)` now and whenever the place gets another width. */
function draw(into, paint) {
  let drawing = drawings.get(into);
  if (!drawing) {
    drawings.set(into, drawing = {width: into.clientWidth});
    new ResizeObserver(([{contentRect}]) => {
      if (contentRect.width === drawing.width || contentRect.width === 0) return;
      drawing.width = contentRect.width;
      drawing.paint(drawing.width);
    }).observe(into);
    window.addEventListener("beforeprint", () => drawing.paint(PRINTED));
    window.addEventListener("afterprint", () => drawing.paint(drawing.width));
  }
  drawing.paint = paint;
  if (drawing.width > 0) paint(drawing.width);
}

/** A picture in place of what was there; what is under the pointer, or tapped, is said below it. */
function picture(into, width, height, label) {
  const svg = node("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label});
  if (!into.firstChild) {
    const said = Object.assign(document.createElement("p"), {className: "readout", textContent: "\u00a0"});
    const legend = Object.assign(document.createElement("ul"), {className: "legend"});
    into.append(svg, said, legend);
    const say = ({target}) => { said.textContent = target.dataset?.says ?? "\u00a0"; };
    into.addEventListener("pointermove", say);
    into.addEventListener("pointerdown", say);
  } else {
    into.firstChild.replaceWith(svg);
  }
  return svg;
}

function rectangle(svg, {x, y, width, height, color, says, value, ...more}) {
  const made = node("rect", {x, y, width: Math.max(0, width), height, style: `fill: ${color}`, ...more});
  made.dataset.says = says;
  if (value !== undefined) made.dataset.value = value;
  svg.append(made);
  return made;
}

function explain(into, names) {
  const shown = names.join("|");
  const list = into.lastChild;
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.style.background = name === "free" || name === "hidden" ? "var(--none)" : colorOf(name);
    item.append(swatch, name);
    return item;
  }));
}

/** Rows of parts that add up, less what is hidden of them: [{label, total, parts: [{name, value}], hidden}]. */
export function stacks(into, rows, text, label) {
  draw(into, (width) => paintStacks(into, width, rows, text, label));
}

function paintStacks(into, width, rows, text, label) {
  const height = 22;
  const svg = picture(into, width, rows.length * (height + 6) + 4, label);
  const sums = rows.map((row) => row.parts.reduce((sum, part) => sum + part.value, 0));
  const most = Math.max(...sums, 0);
  const scale = most > 0 ? (width - LEFT - 4) / most : 0;
  rows.forEach((row, index) => {
    const y = 4 + index * (height + 6);
    words(svg, LEFT - 8, y + 16, row.label, "end");
    let x = LEFT;
    for (const {name, value} of row.parts) {
      const free = name === "free";
      rectangle(svg, {
        x, y, width: value * scale, height, value, color: free ? "var(--none)" : colorOf(name),
        says: `${row.label}: ${name} ${text(value)} of ${text(row.total)}`,
      });
      x += value * scale;
    }
    if (row.hidden > 0) {
      rectangle(svg, {
        x: x - row.hidden * scale, y, width: row.hidden * scale, height, color: "var(--none)", "fill-opacity": 0.75,
        says: `${row.label}: ${text(row.hidden)} of these are hidden behind others`,
      });
    }
  });
  const names = [...new Set(rows.flatMap((row) => row.parts.filter((part) => part.value > 0).map((part) => part.name)))];
  explain(into, rows.some((row) => row.hidden > 0) ? [...names, "hidden"] : names);
}

/** Cells of regimes: columns are batches, rows EP widths; the cell of `here` is framed. */
export function regimes(into, map, here, time) {
  draw(into, (width) => paintRegimes(into, width, map, here, time));
}

function paintRegimes(into, width, {tokens, ep_widths: widths, cells}, here, time) {
  const row = 26;
  const each = (width - LEFT) / tokens.length;
  const height = widths.length * row + 40;
  const svg = picture(into, width, height, "Which kernel and overlap wins, by tokens per rank and EP width");
  const names = [];
  widths.forEach((of, down) => {
    const y = (widths.length - 1 - down) * row + 4;
    words(svg, LEFT - 8, y + 17, `EP ${of}`, "end");
    tokens.forEach((batch, across) => {
      const cell = cells[across][down];
      const place = {x: LEFT + across * each, y, width: each - 1, height: row - 1};
      const at = `EP ${of}, ${number(batch)} tokens`;
      if (cell === null) {
        rectangle(svg, {...place, color: "var(--none)", says: `${at}: nothing is feasible`});
        return;
      }
      const name = choiceName(cell);
      if (!names.includes(name)) names.push(name);
      rectangle(svg, {...place, color: colorOf(name), value: cell.layer_s, says: `${at}: ${name}, ${time(cell.layer_s)}`});
    });
  });
  const across = tokens.indexOf(here.tokens);
  const down = widths.indexOf(here.width);
  if (across >= 0 && down >= 0) {
    svg.append(node("rect", {
      x: LEFT + across * each + 1, y: (widths.length - 1 - down) * row + 5, width: each - 3, height: row - 3,
      fill: "none", stroke: "var(--ink)", "stroke-width": 2, "pointer-events": "none",
    }));
  }
  const LABEL = 55;
  const every = Math.ceil(LABEL / each);
  tokens.forEach((batch, index) => {
    if (index % every === 0) words(svg, LEFT + (index + 0.5) * each, height - 20, number(batch), "middle");
  });
  words(svg, (LEFT + width) / 2, height - 4, "tokens per rank", "middle");
  explain(into, names);
}

/** The trace of a schedule: one row a resource. */
export function gantt(into, trace, time) {
  draw(into, (width) => paintGantt(into, width, trace, time));
}

function paintGantt(into, width, trace, time) {
  const events = trace.traceEvents.filter((each) => each.ph === "X");
  const rows = trace.traceEvents.filter((each) => each.name === "thread_name").map((each) => each.args.name);
  const end = Math.max(...events.map((each) => each.ts + each.dur), 0);
  const scale = (width - LEFT) / end;
  const row = 34;
  const svg = picture(into, width, rows.length * row + 24, "Schedule of two layers");
  rows.forEach((name, index) => words(svg, LEFT - 8, index * row + 22, name, "end"));
  for (const each of events) {
    rectangle(svg, {
      x: LEFT + each.ts * scale, y: each.tid * row + 4, width: each.dur * scale - 0.5, height: row - 8,
      color: colorOf(each.cat), value: each.dur,
      says: `${each.name}: ${time(each.dur * 1e-6)} from ${time(each.ts * 1e-6)}`,
    });
  }
  words(svg, LEFT, rows.length * row + 16, "0");
  words(svg, width, rows.length * row + 16, time(end * 1e-6), "end");
  explain(into, [...new Set(events.map((each) => each.cat))]);
}
