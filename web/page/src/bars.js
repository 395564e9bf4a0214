// What is made of rectangles, as SVG: stacks, the map of regimes, the schedule, memory.
import {colorOf} from "./lines.js";

const NAMESPACE = "http://www.w3.org/2000/svg";

function node(name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function picture(into, width, height, label) {
  const svg = node("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label});
  into.replaceChildren(svg);
  return svg;
}

function rectangle(svg, {x, y, width, height, color, title, pattern}) {
  const made = node("rect", {x, y, width: Math.max(0, width), height, fill: color});
  if (pattern) made.setAttribute("fill-opacity", 0.35);
  made.append(node("title", {}, title));
  svg.append(made);
  return made;
}

function legend(into, names) {
  const list = document.createElement("ul");
  list.className = "legend";
  names.forEach((name, index) => {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.style.background = colorOf(index);
    item.append(swatch, name);
    list.append(item);
  });
  into.append(list);
}

/** Rows of parts that add up: [{label, parts: [{name, value, faint}]}]. */
export function stacks(into, rows, names, text, label) {
  const left = 72;
  const width = 640;
  const height = 22;
  const svg = picture(into, width, rows.length * (height + 6) + 4, label);
  const most = Math.max(...rows.map((row) => row.parts.reduce((sum, part) => sum + part.value, 0)), 0);
  rows.forEach((row, index) => {
    const y = 4 + index * (height + 6);
    svg.append(node("text", {x: left - 8, y: y + 16, "text-anchor": "end"}, row.label));
    let x = left;
    for (const part of row.parts) {
      const size = most > 0 ? ((width - left - 4) * part.value) / most : 0;
      const place = names.indexOf(part.name);
      const made = rectangle(svg, {
        x, y, width: size, height, color: colorOf(place), pattern: part.faint,
        title: `${row.label}: ${part.name} ${text(part.value)}`,
      });
      made.dataset.value = part.value;
      x += size;
    }
  });
  legend(into, names);
}

/** Cells of regimes: columns are batches, rows EP widths. */
export function regimes(into, {tokens, ep_widths: widths, cells}, time) {
  const names = [];
  const left = 56;
  const width = 640;
  const row = 26;
  const each = (width - left) / tokens.length;
  const height = widths.length * row + 40;
  const svg = picture(into, width, height, "Which kernel and overlap wins, by tokens per rank and EP width");
  widths.forEach((of, down) => {
    const y = (widths.length - 1 - down) * row + 4;
    svg.append(node("text", {x: left - 8, y: y + 17, "text-anchor": "end"}, of));
    tokens.forEach((batch, across) => {
      const cell = cells[across][down];
      const x = left + across * each;
      if (cell === null) {
        rectangle(svg, {x, y, width: each - 1, height: row - 1, color: "var(--none)", title: `EP ${of}, ${batch} tokens: nothing is feasible`});
        return;
      }
      const name = `${cell.kernel}, ${cell.overlap === "none" ? "no overlap" : cell.overlap}`;
      if (!names.includes(name)) names.push(name);
      const made = rectangle(svg, {
        x, y, width: each - 1, height: row - 1, color: colorOf(names.indexOf(name)),
        title: `EP ${of}, ${batch} tokens: ${name}, ${time(cell.layer_s)}`,
      });
      made.dataset.value = cell.layer_s;
    });
  });
  tokens.forEach((batch, across) => {
    if (across % 3 !== 0) return;
    svg.append(node("text", {x: left + (across + 0.5) * each, y: height - 20, "text-anchor": "middle"}, batch));
  });
  svg.append(node("text", {x: width / 2, y: height - 4, "text-anchor": "middle"}, "tokens per rank"));
  legend(into, names);
}

/** The trace of a schedule: one row a resource. */
export function gantt(into, trace, time) {
  const events = trace.traceEvents.filter((each) => each.ph === "X");
  const rows = trace.traceEvents.filter((each) => each.name === "thread_name").map((each) => each.args.name);
  const names = [...new Set(events.map((each) => each.name.replace(/ \d+$/, "")))];
  const end = Math.max(...events.map((each) => each.ts + each.dur), 0);
  const left = 72;
  const width = 640;
  const row = 34;
  const svg = picture(into, width, rows.length * row + 24, "Schedule of two layers");
  rows.forEach((name, index) => {
    svg.append(node("text", {x: left - 8, y: index * row + 22, "text-anchor": "end"}, name));
  });
  for (const each of events) {
    const made = rectangle(svg, {
      x: left + ((width - left) * each.ts) / end,
      y: each.tid * row + 4,
      width: ((width - left) * each.dur) / end - 0.5,
      height: row - 8,
      color: colorOf(names.indexOf(each.name.replace(/ \d+$/, ""))),
      title: `${each.name}: ${time(each.dur * 1e-6)} from ${time(each.ts * 1e-6)}`,
    });
    made.dataset.value = each.dur;
  }
  svg.append(node("text", {x: left, y: rows.length * row + 16}, "0"));
  svg.append(node("text", {x: width, y: rows.length * row + 16, "text-anchor": "end"}, time(end * 1e-6)));
  legend(into, names);
}
