// How an experience is shown: lines with planned concepts marked, and attention beside raters' scores.
"use strict";
(() => {
  const { make } = report;
  const RATERS = [["img_rel", "picture", 1, 5], ["r_rel", "text", 1, 5], ["cmp_rel", "matters more", 0, 2]];
  const MORE = ["picture", "tie", "text"];

  // Words for a concept; none for a name that the world does not know, whatever it is.
  const nounsOf = (name, nouns) => (Object.hasOwn(nouns, name) ? nouns[name] : []);

  // Words that name a concept of the plan: [noun, concept, steps it is planned for], longest first.
  function plannedWords(plan, nouns) {
    const steps = new Map();
    (plan || []).forEach((names, step) => names.forEach((name) => steps.set(name, [...(steps.get(name) || []), step])));
    return [...steps].flatMap(([name, of]) => nounsOf(name, nouns).map((noun) => [noun, name, of]))
      .sort((a, b) => b[0].length - a[0].length);
  }

  function sentence(name, steps, step) {
    if (steps.includes(step)) return `${name}: planned for this step`;
    return `${name}: planned for step ${steps.map((other) => other + 1).join(", ")}`;
  }

  // A line as elements, with the words of planned concepts marked.
  function line(text, step, words) {
    const shown = make("span", null, { class: "line" });
    let plain = "";
    for (let place = 0; place < text.length;) {
      const found = words.find(([noun]) => text.startsWith(noun, place));
      if (!found) {
        plain += text[place++];
        continue;
      }
      shown.append(plain);
      plain = "";
      const [noun, name, steps] = found;
      const kind = steps.includes(step) ? "here" : "elsewhere";
      shown.append(make("mark", noun, { class: kind, title: sentence(name, steps, step) }));
      place += noun.length;
    }
    shown.append(plain);
    return shown;
  }

  // The lines of a step, and which of its planned concepts they name.
  function lines(texts, step, plan, nouns) {
    const cell = make("td");
    const words = plannedWords(plan, nouns);
    texts.forEach((text) => cell.append(line(text, step, words)));
    const known = ((plan || [])[step] || []).filter((name) => nounsOf(name, nouns).length);
    if (texts.length && known.length) {
      const told = known.map((name) =>
        (nounsOf(name, nouns).some((noun) => texts.some((text) => text.includes(noun))) ? "✓ " : "– ") + name);
      cell.append(make("span", told.join(", "), { class: "faint", title: "✓ the concept is named, – it is not" }));
    }
    return cell;
  }

  function shaded(text, share, attributes = {}) {
    const cell = make("td", text, { ...attributes, class: `shaded ${attributes.class || ""}` });
    cell.style.setProperty("--share", Math.max(0, Math.min(1, share)));
    return cell;
  }

  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

  function ratings(row, scores) {
    RATERS.forEach(([name, , low, high], place) => {
      const given = (scores || {})[name] || [];
      const first = place ? "" : "first";
      if (!given.length) return row.append(make("td", "–", { class: first }));
      const text = name === "cmp_rel" ? given.map((score) => MORE[score] || score).join(", ") : given.join(", ");
      row.append(name === "cmp_rel" ? make("td", text) : shaded(text, (mean(given) - low) / (high - low), { class: first }));
    });
  }

  function weights(row, attention) {
    (attention || [null, null, null]).forEach((weight, place) => {
      const first = place ? "" : "first";
      row.append(weight === null ? make("td", "–", { class: first }) : shaded(weight.toFixed(2), weight, { class: first }));
    });
  }

  function heads(columns, rated) {
    const [groups, names] = [make("tr"), make("tr")];
    groups.append(make("th", "step", { rowspan: 2, scope: "col" }));
    const group = (title, below) => {
      groups.append(make("th", title, { colspan: below.length, scope: "colgroup", class: "first" }));
      below.forEach((name, place) => names.append(make("th", name, { scope: "col", class: place ? "" : "first" })));
    };
    if (rated) group("raters", RATERS.map(([, title]) => title));
    columns.forEach(({ label }) => group(`attention of ${label}`, ["topic", "picture", "text"]));
    const head = make("thead");
    head.append(groups, names);
    return head;
  }

  // Attention over steps and modalities, beside raters' scores; null where there is neither.
  function heatMap(experience, columns) {
    const attending = columns.filter(({ attention }) => attention);
    if (!attending.length && !experience.scores) return null;
    const table = make("table", null, { class: "weights" });
    table.append(make("caption", "Attention and raters: the stronger the colour, the larger the number", { class: "faint" }));
    const body = make("tbody");
    for (let step = 0; step < experience.steps; step++) {
      const row = make("tr");
      row.append(make("th", step + 1, { scope: "row" }));
      if (experience.scores) ratings(row, experience.scores[step]);
      attending.forEach(({ attention }) => weights(row, attention[step]));
      body.append(row);
    }
    table.append(heads(attending, Boolean(experience.scores)), body);
    return table;
  }

  report.experience = { lines, heatMap, mean };
})();
