// Draws the charts, each when it comes into sight, and again when the theme changes.
"use strict";
(() => {
  const figures = report.data("charts");
  const places = [...document.querySelectorAll("[data-chart]")];
  const drawn = new Set();
  const options = {
    responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"],
    showSendToCloud: false, plotlyServerURL: "", // Plotly's own button would send the chart to another machine
  };

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  function themed(layout) {
    const axes = Object.fromEntries(
      Object.keys(layout).filter((key) => /^[xyz]axis/.test(key)).map((key) => [
        key, { gridcolor: colour("--line"), zerolinecolor: colour("--line"), automargin: true, ...layout[key] },
      ]));
    const clear = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("--text") },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--text") } };
    return { ...clear, ...layout, ...axes };
  }

  // A trace in the colour of its series, which the style sheet gives for either theme; areas let what is behind shine.
  function coloured(trace) {
    const number = trace.meta?.series;
    if (number === undefined) return trace;
    const own = colour(`--series-${number % 8}`);
    return {
      ...trace,
      line: { color: own, ...trace.line },
      marker: { color: own, ...trace.marker },
      ...(trace.fill ? { fillcolor: own + "33" } : {}),
    };
  }

  function draw(place) {
    const figure = figures[place.dataset.chart];
    if (!figure || typeof Plotly === "undefined") return;
    drawn.add(place);
    Plotly.react(place, figure.data.map(coloured), themed(figure.layout), { ...options, ...figure.config });
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "300px" });
  places.forEach((place) => seen.observe(place));
  report.onTheme(() => drawn.forEach(draw));
  report.draw = draw; // after a script has changed figures[NAME]
})();
