// Sorting, filters and the long table. Without scripts every table is there, unsorted.
"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const plain = { paging: false, info: false, searching: false, order: [], autoWidth: false, layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null } };

  // The first press of a heading puts the best on top.
  function sequences(table) {
    return [...table.tHead.rows[0].cells].flatMap((cell, index) =>
      cell.classList.contains("num") && cell.dataset.better !== "lower"
        ? [{ targets: index, orderSequence: ["desc", "asc", ""] }] : []);
  }

  const known = new Map();
  function sortable(table) {
    if (!known.has(table)) known.set(table, new DataTable(table, { ...plain, columnDefs: sequences(table) }));
    return known.get(table);
  }
  // A table is made sortable when it is nearly in sight, so that the page opens at once.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      sortable(target);
    }
  }, { rootMargin: "150% 0px" });
  for (const table of document.querySelectorAll("table.sortable")) near.observe(table);

  const element = (name, text, classes) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (classes) made.className = classes;
    return made;
  };

  const CELL = { model: 0, method: 1, family: 2, metric: 3, value: 4, text: 5, interval: 6, bar: 7, skill: 8, n: 9, failed: 10, lead: 11, kind: 12, rank: 13 };

  function drawn(row) {
    const box = document.createElement("div");
    box.append(element("span", row[CELL.text], "value"));
    if (row[CELL.bar]) {
      const bar = element("span", "", "bar");
      bar.style.cssText = row[CELL.bar];
      bar.setAttribute("aria-hidden", "true");
      box.append(bar);
    }
    box.append(element("span", row[CELL.interval], "interval"));
    return box;
  }

  function longTable(board, rows, metrics, headings) {
    const text = DataTable.render.text();
    return new DataTable(board.querySelector(".long-table"), {
      data: rows,
      deferRender: true,
      autoWidth: false,
      pageLength: 25,
      order: [],
      layout: { topStart: "pageLength", topEnd: null, bottomStart: "info", bottomEnd: "paging" },
      language: { info: "_START_ to _END_ of _TOTAL_ rows", infoFiltered: "(of _MAX_)", lengthMenu: "_MENU_ rows a page" },
      columns: [
        { title: "model", data: CELL.model, render: text },
        { title: "method", data: CELL.method, render: text },
        { title: "family", data: CELL.family, render: text },
        { title: "metric", data: CELL.metric, render: { display: (k) => element("span", headings[metrics[k]]), sort: (k) => k, filter: (k) => metrics[k] } },
        { title: "mean and interval", className: "num", data: CELL.value, type: "num", orderSequence: ["desc", "asc", ""],
          render: { display: (value, kind, row) => drawn(row), sort: (value) => (value === null ? "" : value) } },
        { title: "rank", className: "num", data: CELL.rank, type: "num", render: (k) => k ?? "" },
        { title: "skill or place", className: "num", data: CELL.skill, type: "num", orderSequence: ["desc", "asc", ""], render: text },
        { title: "n", className: "num", data: CELL.n },
        { title: "without a score", className: "num", data: CELL.failed },
      ],
      createdRow: (tr, row) => {
        if (row[CELL.kind] & 1) tr.classList.add("control");
        if (row[CELL.kind] & 2) tr.classList.add("caveat");
        if (row[CELL.lead]) tr.cells[4].classList.add(row[CELL.lead]);
      },
    });
  }

  for (const board of document.querySelectorAll(".board")) {
    const form = board.querySelector(".filters");
    const { names: metrics, headings } = JSON.parse(board.querySelector("script[data-metrics]").textContent);
    const families = [...board.querySelectorAll(".family")];
    const shown = board.querySelector("[data-shown]");
    const read = () => Object.fromEntries([...form.querySelectorAll("[data-filter]")]
      .filter((field) => field.type !== "radio" || field.checked)
      .map((field) => [field.dataset.filter, field.type === "checkbox" ? field.checked : field.value]));
    let long = null;
    let wanted = read();

    const fits = (model, method, control) =>
      (!wanted.model || model === wanted.model) && (wanted.controls || !control) &&
      method.toLowerCase().includes(wanted.method.trim().toLowerCase());

    function apply() {
      wanted = read();
      const found = new Set();
      for (const family of families) {
        const table = family.querySelector("table");
        const names = family.dataset.metrics.split(" ");
        family.hidden = wanted.metric ? !names.includes(wanted.metric) : !!wanted.family && family.dataset.family !== wanted.family;
        if (family.hidden) continue;
        if (wanted.metric || known.has(table)) sortable(table).columns().every(function (index) {
          const wants = index < 2 || !wanted.metric || names[index - 2] === wanted.metric;
          if (this.visible() !== wants) this.visible(wants, false);
        });
        for (const row of table.tBodies[0].rows) {
          const fit = fits(row.dataset.group, row.dataset.name, row.classList.contains("control"));
          row.hidden = !fit;
          if (fit) found.add(`${row.dataset.group}\n${row.dataset.name}`);
        }
      }
      shown.textContent = `${found.size} ${found.size === 1 ? "row" : "rows"}`;
      board.classList.toggle("with-skill", wanted.skill);
      if (long) long.draw();
    }

    const wants = (_, row) =>
      fits(row[CELL.model], row[CELL.method], row[CELL.kind] & 1) &&
      (wanted.metric ? metrics[row[CELL.metric]] === wanted.metric : !wanted.family || row[CELL.family] === wanted.family);
    board.querySelector("[data-long]").addEventListener("toggle", async () => {
      const rows = await unpack(board.querySelector("script[data-rows]").textContent).json();
      if (long) return;
      long = longTable(board, rows, metrics, headings);
      long.search.fixed("filters", wants).draw();
    }, { once: true });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", apply);
    apply();
  }

  // The page opens with what is in sight; the rest is laid out a section at a time after that.
  const waiting = [...document.querySelectorAll("main > section")];
  const idle = window.requestIdleCallback ?? ((done) => setTimeout(done, 1)); // Safari has none
  const layOut = () => {
    const one = waiting.shift();
    if (!one) return;
    one.classList.add("laid-out");
    idle(layOut);
  };
  addEventListener("load", () => idle(layOut));

  // The contents list marks the section that is read.
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);
})();
