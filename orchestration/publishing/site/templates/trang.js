"use strict";
// Language, sorting, search and comparison. The pages are whole without it; it loads and keeps nothing.
(() => {
  const english = () => document.documentElement.lang === "en";
  const collator = new Intl.Collator("vi", { numeric: true });
  const titles = { vi: document.title, en: document.body.dataset.title };

  // "1.234,56" and "1,234.56": the same figure to readers of the two languages.
  const swap = (text) => text.replace(/[.,]/g, (sign) => (sign === "." ? "," : "."));

  function turnFigures() {
    for (const element of document.querySelectorAll(".n, .num td:not(.t)")) {
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) texts.currentNode.data = swap(texts.currentNode.data);
    }
  }

  function setLanguage(language) {
    if (document.documentElement.lang === language) return;
    document.documentElement.lang = language;
    document.title = titles[language];
    turnFigures();
    // The address carries the language on; nothing is stored.
    for (const link of document.links) {
      if (link.pathname.endsWith(".html")) link.search = language === "en" ? "?lang=en" : "";
    }
  }

  const shown = (element) => {
    const unseen = english() ? "v-n" : "e-n";
    let text = "";
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (!texts.currentNode.parentElement.closest(unseen)) text += texts.currentNode.data;
    return text.trim();
  };
  const folded = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/\p{M}/gu, "");

  function sortBy(table, heading) {
    const column = [...heading.parentElement.children].indexOf(heading);
    const falls = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => {
      const cell = row.cells[column];
      return { row, value: cell.dataset.v, text: shown(cell) };
    });
    // What has no value stands last whichever way.
    rows.sort((one, other) => {
      if (one.value === undefined) return (falls ? -1 : 1) * collator.compare(one.text, other.text);
      if (one.value === "" || other.value === "") return (one.value === "") - (other.value === "");
      return (falls ? -1 : 1) * (one.value - other.value);
    });
    body.append(...rows.map(({ row }) => row));
  }

  for (const table of document.querySelectorAll("table.sort")) {
    for (const heading of table.tHead.rows[0].cells) {
      if (heading.classList.contains("x")) continue;
      const button = document.createElement("button");
      button.type = "button";
      const link = heading.querySelector("a");
      if (link) {
        // The link stays; what sorts stands beside it and takes its words.
        const words = document.createElement("span");
        words.className = "unseen";
        words.append(...[...link.childNodes].map((node) => node.cloneNode(true)));
        button.append(words);
        heading.append(" ", button);
      } else {
        button.append(...heading.childNodes);
        heading.append(button);
      }
      button.addEventListener("click", () => sortBy(table, heading));
    }
  }

  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
  for (const field of document.querySelectorAll("input[data-table]")) {
    const table = document.getElementById(field.dataset.table);
    const count = field.closest(".tools").querySelector("output");
    field.addEventListener("input", () => {
      const wanted = folded(field.value.trim());
      let found = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !folded(row.querySelector("th").textContent).includes(wanted);
        found += !row.hidden;
      }
      count.textContent = wanted ? `${found}/${table.tBodies[0].rows.length}` : "";
    });
  }

  for (const table of document.querySelectorAll("table.compare")) {
    const panel = document.getElementById("so-sanh");
    const chosen = [];
    const copy = (source, name, scope) => {
      const cell = document.createElement(name);
      if (scope) cell.scope = scope;
      else cell.className = source.className;
      cell.append(...[...source.childNodes].map((node) => node.cloneNode(true)));
      return cell;
    };
    const words = (cell) => cell.querySelector("a, button") || cell;
    const show = () => {
      panel.hidden = chosen.length < 2;
      const side = document.createElement("table");
      const caption = side.createCaption();
      caption.id = "so-sanh-ten";
      caption.append(...[...table.caption.childNodes].map((node) => node.cloneNode(true)));
      [...table.tHead.rows[0].cells].forEach((heading, column) => {
        // Names on top, then a line for each other column.
        const row = column === 1 ? side.createTHead().insertRow() : document.createElement("tr");
        if (column !== 1) side.append(row);
        row.append(copy(words(heading), "th", column === 1 ? "col" : "row"));
        for (const line of chosen) {
          row.append(column === 1 ? copy(words(line.cells[1]), "th", "col") : copy(line.cells[column], "td"));
        }
      });
      panel.querySelector(".wide").replaceChildren(side);
    };
    for (const row of table.tBodies[0].rows) {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.setAttribute("aria-label", shown(row.querySelector("th a")));
      row.querySelector("th").prepend(box);
      box.addEventListener("change", () => {
        if (box.checked) chosen.push(row);
        else chosen.splice(chosen.indexOf(row), 1);
        if (chosen.length > 3) chosen.shift().querySelector("input").checked = false;
        show();
      });
    }
  }

  const button = document.getElementById("ngon-ngu");
  button.hidden = false;
  button.addEventListener("click", () => {
    setLanguage(english() ? "vi" : "en");
  });
  if (new URLSearchParams(location.search).get("lang") === "en") setLanguage("en");
})();
