// Lists to choose from above the charts that have some: what is chosen is merged into the figure, which is drawn again.
"use strict";
(() => {
  const figures = report.data("charts");
  const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  function merged(base, change) {
    const whole = { ...base };
    for (const [key, value] of Object.entries(change)) {
      whole[key] = isMap(value) && isMap(whole[key]) ? merged(whole[key], value) : value;
    }
    return whole;
  }

  // Lines and the bands behind them, from the values of each line.
  function bands(figure, axis) {
    figure.data.forEach((line, place) => {
      if (line.meta.band) return;
      const { values } = line.meta;
      const spread = figure.data[place - 1];
      Object.assign(line, { x: values ? values.x[axis] : [], y: values ? values.y : [], showlegend: values !== null });
      const x = values && values.low ? line.x : [];
      spread.x = [...x, ...[...x].reverse()];
      spread.y = x.length ? [...values.high, ...[...values.low].reverse()] : [];
    });
    marks(figure.layout, axis);
  }

  // Where stages begin: a line and a name each; every other one is shaded.
  function marks(layout, axis) {
    const found = layout.meta && layout.meta.marks;
    layout.shapes = [];
    layout.annotations = [];
    if (!found) return;
    const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
    found.x[axis].forEach((start, place, starts) => {
      const area = { yref: "paper", y0: 0, y1: 1, layer: "below" };
      if (place) {
        layout.shapes.push({ ...area, type: "line", x0: start, x1: start, line: { width: 1, dash: "dash", color: colour("--faint") } });
      }
      if (place % 2 && place + 1 < starts.length) {
        layout.shapes.push({ ...area, type: "rect", x0: start, x1: starts[place + 1], line: { width: 0 }, fillcolor: colour("--panel") });
      }
      layout.annotations.push({
        x: start, y: 1, yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false,
        text: found.numbers[place], font: { size: 11, color: colour("--faint") },
      });
    });
  }

  // The stages in words.
  function told(figure, axis) {
    const found = figure.layout.meta && figure.layout.meta.marks;
    if (!found) return "";
    const unit = axis === "step" ? "step" : "epoch";
    const stages = found.names.map((name, place) => `${name} from ${unit} ${Number(found.x[axis][place].toPrecision(4))}`);
    return `Stages: ${stages.join("; ")}.`;
  }

  const composers = { bands };

  function setUp(place) {
    const base = figures[place.dataset.chart];
    if (!base || !base.choices) return;
    const first = { data: base.data, layout: base.layout };
    const lists = base.choices.map((choice) => {
      const list = report.make("select", null, { "data-choice": choice.label });
      choice.options.forEach((option, number) => list.append(report.make("option", option.label, { value: number })));
      return list;
    });

    function compose() {
      const chosen = base.choices.map((choice, number) => choice.options[lists[number].value]);
      const figure = { ...first, layout: merged(first.layout, { uirevision: "kept" }) };
      let axis = null;
      for (const option of chosen) {
        figure.data = figure.data.map((trace, number) => merged(trace, option.traces[number] || {}));
        figure.layout = merged(figure.layout, option.layout);
        axis = option.x_of || axis;
      }
      const view = lists.map((list) => list.value).join();
      for (const name of ["xaxis", "yaxis"]) figure.layout[name] = { ...figure.layout[name], uirevision: view };
      if (composers[base.compose]) composers[base.compose](figure, axis);
      if (base.compose) words.textContent = told(figure, axis);
      Object.assign(base, figure);
    }

    const row = report.make("div", null, { class: "controls" });
    base.choices.forEach((choice, number) => {
      if (choice.options.length < 2) return;
      const label = report.make("label", choice.label);
      label.append(lists[number]);
      row.append(label);
      lists[number].addEventListener("change", () => { compose(); report.draw(place); });
    });
    const words = report.make("p", null, { class: "note" });
    const { title } = base.layout.meta;
    if (place.closest("section").querySelector("h2").textContent !== title) place.before(report.make("h3", title));
    place.before(row);
    if (base.compose) place.after(words);
    if (base.layout.height) place.dataset.height = base.layout.height;
    compose();
    if (!base.compose) return;
    report.onTheme(() => {
      compose(); // marks have colours of their own
      if (place.classList.contains("js-plotly-plot")) report.draw(place);
    });
  }

  document.querySelectorAll("[data-chart]").forEach(setUp);
})();
