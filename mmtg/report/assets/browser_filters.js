// Which experiences and systems are shown: what the controls say, and what passes them.
"use strict";
(() => {
  const { make } = report;
  const at = (name) => document.getElementById(`browser-${name}`);
  const words = (topic) => topic.split(/[，,、;；\s]+/).filter(Boolean);

  // Everything that can be searched for in an experience, in small letters.
  function haystack(experience) {
    const written = Object.values(experience.written).flatMap(({ texts }) => texts.flat());
    return [experience.id, experience.topic, ...experience.texts, ...experience.reference, ...written].join("\n").toLowerCase();
  }

  // Mean of a kind of score over steps; null where there is none.
  function rating(experience, kind) {
    const given = (experience.scores || []).map((step) => step[kind]).filter((scores) => scores.length);
    return given.length ? report.experience.mean(given.map(report.experience.mean)) : null;
  }

  function passesRating(experience) {
    const kind = at("rating").value;
    if (!kind) return true;
    const found = rating(experience, kind);
    const [low, high] = [at("from").value, at("to").value];
    return found !== null && (low === "" || found >= Number(low)) && (high === "" || found <= Number(high));
  }

  // The experiences that pass: tested on by a system that is shown, and as the other controls say.
  function passing(experiences, texts, runs) {
    const wanted = at("search").value.trim().toLowerCase();
    const topic = at("topic").value;
    return experiences.filter((experience, number) =>
      runs.some((run) => run in experience.written)
      && (!topic || words(experience.topic).includes(topic))
      && (!wanted || texts[number].includes(wanted))
      && passesRating(experience));
  }

  function fillTopics(experiences) {
    const counts = new Map();
    experiences.forEach(({ topic }) => words(topic).forEach((word) => counts.set(word, (counts.get(word) || 0) + 1)));
    at("topic").append(make("option", "any", { value: "" }));
    [...counts].sort((a, b) => b[1] - a[1]).forEach(([word, count]) =>
      at("topic").append(make("option", `${word} (${count})`, { value: word })));
  }

  // A box for each system, those that are shown at first ticked.
  function fillSystems(systems, shown, changed) {
    systems.forEach(({ label, system }, number) => {
      const [name, box] = [make("label"), make("input", null, { type: "checkbox", value: number })];
      box.checked = shown.includes(number);
      box.addEventListener("change", changed);
      name.append(box, make("span", label === system ? label : `${label} (${system})`));
      at("labels").append(name);
    });
    const boxes = [...at("labels").querySelectorAll("input")];
    const named = (box) => box.parentElement.textContent.toLowerCase();
    at("find").addEventListener("input", () => boxes.forEach((box) => {
      box.parentElement.hidden = !named(box).includes(at("find").value.trim().toLowerCase());
    }));
    for (const [name, ticked] of [["all", true], ["none", false]]) {
      at(name).addEventListener("click", () => {
        boxes.filter((box) => !box.parentElement.hidden).forEach((box) => { box.checked = ticked; });
        changed();
      });
    }
    return () => boxes.filter((box) => box.checked).map((box) => systems[box.value]);
  }

  report.filters = { at, haystack, passing, fillTopics, fillSystems };
})();
