// What every section may use: the page's data, elements made of text, and the theme.
"use strict";
const report = (() => {
  const everything = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const listeners = [];

  // The data of a section.
  const data = (id) => everything[id];

  // An element with text, never HTML, in it: make("td", "text", {class: "number"}).
  function make(tag, text = null, attributes = {}) {
    const element = document.createElement(tag);
    if (text !== null) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // Text for a chart, whose labels know some tags.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  const theme = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");

  // Calls a function whenever the theme changes.
  const onTheme = (listener) => listeners.push(listener);

  function shown() {
    button.textContent = theme() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `switch to ${button.textContent} colours`);
    listeners.forEach((listener) => listener());
  }

  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
    shown();
  });
  dark.addEventListener("change", shown);
  shown();
  return { data, make, plain, theme, onTheme };
})();
