"use strict";
// Filters only: everything is readable without it.
for (const panel of document.querySelectorAll(".filter")) {
  const section = panel.parentElement;
  const search = panel.querySelector("[data-search]");
  const apply = () => {
    const off = new Set([...panel.querySelectorAll("[data-verdict]")].filter((box) => !box.checked).map((box) => box.dataset.verdict));
    const word = search.value.trim().toLowerCase();
    for (const row of section.querySelectorAll("[data-row]")) {
      row.hidden = off.has(row.dataset.row) || (word !== "" && !row.textContent.toLowerCase().includes(word));
    }
    for (const clause of section.querySelectorAll("details.clause")) {
      clause.hidden = !clause.querySelector("[data-row]:not([hidden])");
    }
  };
  panel.hidden = false;
  panel.addEventListener("input", apply);
  panel.addEventListener("change", apply);
  for (const button of panel.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => {
      for (const details of section.querySelectorAll("details.clause, details.scenario")) {
        details.open = button.dataset.open !== "";
      }
    });
  }
}
// Older browsers do not open what a link leads into.
const reveal = () => {
  const goal = document.getElementById(location.hash.slice(1));
  for (let at = goal; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
  }
  if (goal) goal.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
