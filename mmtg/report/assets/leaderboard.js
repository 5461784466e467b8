// The leaderboard: draws its table from data, sorts and filters it, and charts one figure of the rows that are shown.
"use strict";
(() => {
  const { columns, figures, rows, baseline, confidence } = report.data("leaderboard");
  const make = report.make;
  for (const row of rows) row.cells = Object.assign(Object.create(null), row.cells); // a figure may be called constructor
  const byName = new Map(figures.map((figure) => [figure.name, figure]));
  const table = document.getElementById("leaderboard-table");
  const [head, body] = [table.tHead, table.tBodies[0]];
  const filter = document.getElementById("leaderboard-filter");
  const system = document.getElementById("leaderboard-system");
  const charted = document.getElementById("leaderboard-figure");
  const shown = new Set(columns.length ? columns : figures.slice(0, 8).map((figure) => figure.name));
  const open = new Set();
  const first = byName.get(columns[0] || figures[0].name);
  let order = { name: first.name, up: first.better < 0 };

  const number = (value, figure) => (value === null || value === undefined ? "–" : value.toFixed(figure.digits));
  const range = (low, high, figure) => `[${number(low, figure)}, ${number(high, figure)}]`;
  const chosen = () => figures.filter((figure) => shown.has(figure.name));

  function compare(a, b) {
    if (order.name === null) return (order.up ? 1 : -1) * a.label.localeCompare(b.label);
    const [x, y] = [a.cells[order.name], b.cells[order.name]];
    if (!x || !y) return Number(!x) - Number(!y) || a.label.localeCompare(b.label); // rows without the figure go last
    return (order.up ? 1 : -1) * (x.mean - y.mean) || a.label.localeCompare(b.label);
  }

  function visible() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => words.every((word) => `${row.label} ${row.system} ${row.experiment}`.toLowerCase().includes(word));
    return rows.filter((row) => (!system.value || row.system === system.value) && fits(row)).sort(compare);
  }

  function heading(title, name, hint = "") {
    const sorted = order.name === name;
    const cell = make("th", null, { scope: "col", "aria-sort": sorted ? (order.up ? "ascending" : "descending") : "none" });
    const button = make("button", `${title}${sorted ? (order.up ? " ▴" : " ▾") : ""}`, { type: "button", class: "sort" });
    button.addEventListener("click", () => {
      const up = name === null ? true : byName.get(name).better < 0; // the best first; labels from A to Z
      order = { name, up: sorted ? !order.up : up };
      draw();
      head.querySelectorAll("button")[1 + figureIndex(name)]?.focus();
    });
    cell.append(button);
    if (hint) cell.append(make("div", hint, { class: "hint" }));
    return cell;
  }
  const figureIndex = (name) => (name === null ? -1 : chosen().findIndex((figure) => figure.name === name));

  function drawHead() {
    const line = make("tr");
    line.append(heading("label", null), make("th", "system", { scope: "col" }), make("th", "seeds", { scope: "col", class: "number" }));
    chosen().forEach((figure) => line.append(heading(`${figure.title} ${figure.arrow}`.trim(), figure.name, figure.hint)));
    head.replaceChildren(line);
  }

  function cellOf(row, figure) {
    const cell = row.cells[figure.name];
    const place = make("td", null, { class: "number" });
    if (!cell) { place.textContent = "–"; return place; }
    const text = number(cell.mean, figure) + (cell.std === null ? "" : ` ± ${number(cell.std, figure)}`);
    place.append(make(figure.best === row.label ? "strong" : "span", text));
    const way = { "▲": "better", "▼": "worse" }[(cell.mark || "")[0]] || "other";
    if (cell.mark) place.append(" ", make("span", cell.mark, { class: `mark ${way}` }));
    if (cell.low !== undefined) place.append(make("div", range(cell.low, cell.high, figure), { class: "hint" }));
    return place;
  }

  function rowOf(row) {
    const line = make("tr", null, { "data-label": row.label });
    const name = make("th", null, { scope: "row" });
    const [, short, rest] = row.label.match(/^([^]*?)( \([^]*\)(?: #\d+)?)?$/);
    const button = make("button", short, { type: "button", class: "label", "aria-expanded": String(open.has(row.label)) });
    if (rest) button.append(make("span", rest, { class: "rest" }));
    button.addEventListener("click", () => {
      if (!open.delete(row.label)) open.add(row.label);
      drawBody();
      [...body.querySelectorAll("tr[data-label]")].find((tr) => tr.dataset.label === row.label)?.querySelector("button").focus();
    });
    name.append(button);
    if (row.label === baseline) name.append(make("div", "baseline", { class: "hint" }));
    if (row.apart) name.append(make("div", "other test experiences: not to be compared", { class: "hint" }));
    else if (row.notes.length) name.append(make("div", "see its notes", { class: "hint" }));
    line.append(name, make("td", row.system), make("td", String(row.seeds.length), { class: "number" }));
    chosen().forEach((figure) => line.append(cellOf(row, figure)));
    return line;
  }

  function tested(test, figure, over) {
    const [difference, low, high, p, corrected] = test;
    const sign = difference > 0 ? "+" : "";
    const parts = [`${over}: ${sign}${number(difference, figure)}`];
    if (low !== null) parts.push(range(low, high, figure));
    if (p !== null) parts.push(`p ${p.toPrecision(2)}, corrected ${corrected.toPrecision(2)}`);
    return parts.join(" ");
  }

  function detailsOf(row) {
    const line = make("tr", null, { class: "details" });
    const place = make("td", null, { colspan: 3 + chosen().length });
    const list = make("ul");
    const say = (text) => list.append(make("li", text));
    say(`experiment ${row.experiment}, system ${row.system}, seeds ${row.seeds.join(", ")}`);
    row.notes.forEach(say);
    const untested = chosen().map((figure) => row.cells[figure.name]).find((cell) => cell && cell.seeds && cell.seeds[3] === null);
    if (untested) say(`against the baseline over seeds: ${untested.note.replace(/^none; /, "")}`);
    for (const figure of chosen()) {
      const cell = row.cells[figure.name];
      if (!cell) continue;
      const parts = [`${figure.title}: ${cell.values.map((value) => number(value, figure)).join(", ")}`];
      if (cell.n !== undefined) parts.push(`${cell.n} experiences`);
      if (cell.texts) parts.push(tested(cell.texts, figure, "less baseline over experiences"));
      if (cell.seeds && cell.seeds[3] !== null) parts.push(`${tested(cell.seeds, figure, "over seeds")} (${cell.note})`);
      say(parts.join("; "));
    }
    row.runs.forEach((run) => list.append(make("li", run, { class: "path" })));
    place.append(list);
    line.append(place);
    return line;
  }

  function drawBody() {
    const found = visible();
    body.replaceChildren(...found.flatMap((row) => (open.has(row.label) ? [rowOf(row), detailsOf(row)] : [rowOf(row)])));
    document.getElementById("leaderboard-count").textContent = `${found.length} of ${rows.length} rows`;
    return found;
  }

  const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

  function drawChart(found) {
    const figure = byName.get(charted.value);
    const place = document.querySelector("[data-chart=leaderboard-chart]");
    const length = innerWidth < 640 ? 16 : 44;
    const bars = found.filter((row) => row.cells[figure.name]).reverse();
    const cells = bars.map((row) => row.cells[figure.name]);
    const at = bars.map((row, place) => place);
    const side = (end) => cells.map((cell) => (cell.low === undefined ? 0 : Math.abs(cell[end] - cell.mean)));
    const seeds = bars.flatMap((row, place) => row.cells[figure.name].values.map((value) => [place, value]));
    place.style.height = `${140 + 26 * bars.length}px`;
    report.data("charts")["leaderboard-chart"] = {
      data: [
        { type: "bar", orientation: "h", x: cells.map((cell) => cell.mean), y: at, name: "mean over seeds", marker: { color: "#4c8fcf" },
          error_x: { type: "data", symmetric: false, array: side("high"), arrayminus: side("low"), color: "#c2571a", thickness: 2 },
          customdata: bars.map((row) => report.plain(row.label)), hovertemplate: "%{customdata}: %{x}<extra></extra>" },
        { type: "scatter", mode: "markers", x: seeds.map((seed) => seed[1]), y: seeds.map((seed) => seed[0]), name: "a seed",
          marker: { symbol: "diamond-open", size: 8, color: "#c2571a" }, hovertemplate: "%{x}<extra>a seed</extra>" },
      ],
      layout: {
        title: { text: report.plain(`${figure.title}, with ${100 * confidence} % intervals over experiences`), font: { size: innerWidth < 640 ? 12 : 16 } },
        xaxis: { title: { text: report.plain(figure.axis) } }, height: 140 + 26 * bars.length,
        yaxis: { tickvals: at, ticktext: bars.map((row) => report.plain(cut(row.label, length))), showgrid: false, title: { text: "" } },
        legend: { orientation: "h", y: 1, yanchor: "bottom" }, margin: { t: innerWidth < 640 ? 120 : 90, r: 10, b: 50, l: 10 }, bargap: 0.35,
      },
    };
    report.draw(place);
  }

  function draw() { drawHead(); drawChart(drawBody()); }

  function chooser() {
    const place = document.querySelector("#leaderboard-figures > div");
    for (const figure of figures) {
      const box = make("input", null, { type: "checkbox", value: figure.name });
      box.checked = shown.has(figure.name);
      box.addEventListener("change", () => {
        if (box.checked) shown.add(figure.name); else shown.delete(figure.name);
        draw();
      });
      const label = make("label", null);
      label.append(box, ` ${figure.title}`);
      place.append(label);
      charted.append(make("option", figure.title, { value: figure.name }));
    }
    charted.value = first.name;
  }

  chooser();
  filter.addEventListener("input", draw);
  system.addEventListener("change", draw);
  charted.addEventListener("change", () => drawChart(visible()));
  draw();
})();
