"use strict";
(() => {
  const form = document.getElementById("controls");
  if (!form) return;
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const none = document.getElementById("none");
  const bodies = [...document.querySelectorAll("#list > section")].map((body) => {
    const path = body.querySelector("h3 code").textContent.toLowerCase();
    const rows = [...body.querySelectorAll("tr[data-s]")].map((row) => ({
      row, severity: row.dataset.s, group: row.dataset.g, text: null,
    }));
    return { body, path, rows };
  });
  const total = bodies.reduce((sum, body) => sum + body.rows.length, 0);
  const chosen = (name) => new Set([...form.elements[name]].filter((box) => box.checked).map((box) => box.value));
  const apply = () => {
    const severities = chosen("s");
    const groups = chosen("g");
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { body, path, rows } of bodies) {
      let here = 0;
      for (const item of rows) {
        let match = severities.has(item.severity) && groups.has(item.group);
        if (match && words.length) {
          item.text ??= path + " " + item.row.textContent.toLowerCase();
          match = words.every((word) => item.text.includes(word));
        }
        if (item.row.hidden === match) item.row.hidden = !match;
        if (match) here += 1;
      }
      body.hidden = here === 0;
      shown += here;
    }
    status.textContent = shown + " of " + total + " shown";
    none.hidden = shown > 0;
  };
  const open = () => {
    let id;
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const row = id.startsWith("f-") && document.getElementById(id);
    if (!row) return;
    row.hidden = false;
    row.closest("section").hidden = false;
    row.querySelector("details").open = true;
    // The heights of parts that were never shown are guesses, so the row is sought again once it is laid out.
    const seek = () => row.scrollIntoView({ block: "center" });
    seek();
    requestAnimationFrame(() => { seek(); requestAnimationFrame(seek); });
  };
  let timer;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 80); });
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("list").addEventListener("toggle", (event) => {
    const row = event.target.closest("tr");
    if (row && event.target.open) history.replaceState(null, "", "#" + row.id);
  }, true);
  window.addEventListener("hashchange", open);
  history.scrollRestoration = "manual";
  form.hidden = false;
  apply();
  open();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
