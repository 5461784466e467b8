// The browser of experiences: one at a time, a row for each step, a column for each system.
"use strict";
(() => {
  const { make } = report;
  const { at, haystack, passing, fillTopics, fillSystems } = report.filters;
  const { systems, experiences, nouns, shown, baseline } = report.data("browser");
  const texts = experiences.map(haystack);
  const first = [...systems.keys()].sort((a, b) => (systems[b].label === baseline) - (systems[a].label === baseline));
  const chosen = fillSystems(systems, first.slice(0, shown), filtered);
  let found = [];
  let current = null;

  // The run of a system that is shown: that of the chosen seed, else the first.
  function runOf(system, experience) {
    const there = system.runs.filter(({ number }) => number in experience.written);
    return there.find(({ seed }) => String(seed) === at("seed").value) || there[0];
  }

  // What a system wrote: the chosen text, else its last.
  function column(system, experience) {
    const run = runOf(system, experience);
    if (!run) return { label: system.label, told: "not tested on this experience", lines: [] };
    const { texts: written, attention, keywords } = experience.written[run.number];
    const number = Math.min(Number(at("text").value), written.length - 1);
    const told = `seed ${run.seed}` + (written.length > 1 ? `, text ${number + 1} of ${written.length}` : "");
    return { label: system.label, told, lines: written[number] || [], attention, keywords };
  }

  function head(columns) {
    const row = make("tr");
    row.append(make("th", "step", { scope: "col" }), make("th", "reference", { scope: "col" }));
    columns.forEach(({ label, told }) => {
      const cell = make("th", label, { scope: "col" });
      cell.append(make("br"), make("span", told, { class: "faint" }));
      row.append(cell);
    });
    const whole = make("thead");
    whole.append(row);
    return whole;
  }

  // The step itself: picture, text, and what is planned.
  function stepCell(experience, step) {
    const cell = make("th", step + 1, { scope: "row" });
    const [picture, text] = [experience.pictures[step], experience.texts[step]];
    if (picture) cell.append(make("img", null, { src: picture, alt: `picture of step ${step + 1}` }));
    if (text) cell.append(make("span", text, { class: "line" }));
    const planned = (experience.plan || [])[step] || [];
    if (planned.length) cell.append(make("span", `plan: ${planned.join(", ")}`, { class: "faint" }));
    return cell;
  }

  function table(experience, columns) {
    const { steps, lines: each, plan } = experience;
    const body = make("tbody");
    const longest = Math.max(experience.reference.length, ...columns.map(({ lines }) => lines.length));
    for (let step = 0; step < steps || step * each < longest; step++) {
      const row = make("tr");
      row.append(step < steps ? stepCell(experience, step) : make("th", "more lines", { scope: "row" }));
      for (const lines of [experience.reference, ...columns.map((column) => column.lines)]) {
        row.append(report.experience.lines(lines.slice(step * each, (step + 1) * each), step, plan, nouns));
      }
      body.append(row);
    }
    if (columns.some(({ keywords }) => keywords)) body.append(keywordRow(columns));
    const whole = make("table", null, { class: "experience" });
    whole.append(head(columns), body);
    return whole;
  }

  function keywordRow(columns) {
    const row = make("tr");
    row.append(make("th", "keywords found", { scope: "row" }), make("td"));
    columns.forEach(({ keywords }) => row.append(make("td", (keywords || []).join(", "))));
    return row;
  }

  function scrolling(element, label) {
    const box = make("div", null, { class: "scroll", tabindex: 0, role: "region", "aria-label": label });
    box.append(element);
    return box;
  }

  function draw() {
    const place = at("experience");
    place.replaceChildren();
    const number = found.indexOf(current);
    at("list").value = current ? experiences.indexOf(current) : "";
    at("count").textContent = current
      ? `${number + 1} of ${found.length}` + (found.length < experiences.length ? ` that match, of ${experiences.length}` : "")
      : "no experience matches";
    at("previous").disabled = number <= 0;
    at("next").disabled = number < 0 || number === found.length - 1;
    if (!current) return;
    const columns = chosen().map((system) => column(system, current));
    place.append(make("h3", current.topic || "(no topic)"), make("p", current.id, { class: "note" }));
    if (current.note) place.append(make("p", current.note, { class: "note" }));
    place.append(scrolling(table(current, columns), "steps, reference and poems"));
    const heat = report.experience.heatMap(current, columns);
    if (heat) place.append(scrolling(heat, "attention and raters"));
  }

  // After a change of what passes: the list anew, and the experience that was shown if it still passes.
  function filtered() {
    at("chosen").textContent = `(${chosen().length} of ${systems.length} shown)`;
    found = passing(experiences, texts, chosen().flatMap(({ runs }) => runs.map(({ number }) => number)));
    at("list").replaceChildren(...found.map((experience) =>
      make("option", `${experience.id}: ${experience.topic}`, { value: experiences.indexOf(experience) })));
    current = found.includes(current) ? current : found[0] || null;
    draw();
  }

  function move(by) {
    const next = found[found.indexOf(current) + by];
    if (!next) return;
    current = next;
    draw();
  }

  function fill(name, options) {
    options.forEach(([value, text]) => at(name).append(make("option", text, { value })));
    at(name).addEventListener("change", draw);
  }

  const seeds = [...new Set(systems.flatMap(({ runs }) => runs.map(({ seed }) => seed)))].sort((a, b) => a - b);
  const most = Math.max(1, ...experiences.flatMap(({ written }) => Object.values(written).map((of) => of.texts.length)));
  fill("seed", [["", "first of each system"], ...seeds.map((seed) => [seed, String(seed)])]);
  fill("text", [...Array(most).keys()].map((number) => [number, String(number + 1)]));
  fillTopics(experiences);
  ["search", "topic", "rating", "from", "to"].forEach((name) => at(name).addEventListener("input", filtered));
  at("list").addEventListener("change", () => { current = experiences[at("list").value]; draw(); });
  at("previous").addEventListener("click", () => move(-1));
  at("next").addEventListener("click", () => move(1));

  // Arrow keys move while the browser is in sight, and where they mean nothing else.
  const own = "input, select, textarea, .scroll, .chart, [contenteditable]";
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.(own)) return;
    const { top, bottom } = document.getElementById("experience-browser").getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) return;
    event.preventDefault();
    move(by);
  });
  filtered();
})();
