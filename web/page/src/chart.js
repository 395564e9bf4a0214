// A chart's place: title, note, drawing, and its values as a table for those who cannot point at it.

/** A section; `show(note, values)` after each drawing, `values` a function that gives {head, rows}. */
export function section(id, title) {
  const root = document.createElement("section");
  root.className = "chart";
  root.id = `chart-${id}`;
  const plot = Object.assign(document.createElement("div"), {id, className: "plot"});
  const note = Object.assign(document.createElement("p"), {className: "note"});
  const details = document.createElement("details");
  const table = document.createElement("table");
  details.append(Object.assign(document.createElement("summary"), {textContent: "Values"}), table);
  root.append(Object.assign(document.createElement("h2"), {textContent: title}), note, plot, details);
  let latest = null;
  const fill = () => details.open && latest && fillTable(table, latest());
  details.addEventListener("toggle", fill);
  return {
    root, plot,
    show(text, values) {
      note.textContent = text;
      latest = values;
      fill();
    },
  };
}

function row(cells, kind) {
  const made = document.createElement("tr");
  made.append(...cells.map((text) => Object.assign(document.createElement(kind), {textContent: text})));
  return made;
}

function fillTable(table, {head, rows}) {
  table.replaceChildren(row(head, "th"), ...rows.map((cells) => row(cells, "td")));
}
