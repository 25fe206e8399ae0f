// Sorting, filtering and other weights inside the page. Without it the page reads the same, in the original order.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const cards = document.getElementById("cards");
  const table = document.getElementById("lead-list");
  if (!cards || !table) return;
  document.documentElement.classList.add("js");
  const controls = document.getElementById("controls");
  const body = table.tBodies[0];
  const byRank = new Map(data.leads.map((lead) => [lead.rank, lead]));
  for (const row of body.rows) byRank.get(Number(row.cells[0].textContent)).row = row;
  for (const card of cards.children) byRank.get(Number(card.dataset.rank)).card = card;

  // The formula of rank-compounds: weighted geometric mean, unknown terms neutral, each at least `floor`.
  function scoreOf(lead, weights) {
    let sum = 0, total = 0;
    for (const [term, weight] of Object.entries(weights)) {
      const value = lead.terms[term] === null ? data.unknown : lead.terms[term];
      sum += weight * Math.log(Math.max(value, data.floor));
      total += weight;
    }
    return total > 0 ? Math.exp(sum / total) : 0;
  }

  function weightsNow() {
    const weights = {};
    for (const slider of controls.querySelectorAll("[data-weight]")) {
      weights[slider.dataset.weight] = Number(slider.value);
      slider.nextElementSibling.textContent = Number(slider.value).toFixed(1);
    }
    return weights;
  }

  function visible(lead) {
    const checked = (name) => controls.querySelector(`[data-filter="${name}"]`).checked;
    const text = controls.querySelector('[data-filter="text"]').value.trim();
    if (checked("picked") && !lead.picked) return false;
    if (checked("domain") && lead.in_domain !== true) return false;
    if (checked("alerts") && lead.alerts !== 0) return false;
    for (const box of controls.querySelectorAll("[data-most]")) {
      const value = lead[box.dataset.most];
      if (box.value !== "" && !(typeof value === "number" && value <= Number(box.value))) return false;
    }
    return !text || lead.id.toLowerCase().includes(text.toLowerCase()) || lead.smiles.includes(text);
  }

  function rankAgain() {
    const weights = weightsNow();
    const changed = Object.entries(weights).some(([term, weight]) => Math.abs(weight - data.weights[term]) > 0.049);
    const order = data.leads.slice();
    for (const lead of order) lead.now = changed ? scoreOf(lead, weights) : lead.score;
    order.sort((a, b) => (changed ? b.now - a.now : 0) || a.rank - b.rank);
    let shown = 0;
    order.forEach((lead, index) => {
      const hide = !visible(lead);
      shown += hide ? 0 : 1;
      lead.card.hidden = lead.row.hidden = hide;
      lead.card.querySelector(".place").textContent = changed ? `#${index + 1} (was ${lead.rank})` : `#${lead.rank}`;
      lead.card.querySelector(".score-value").textContent = lead.now.toFixed(2);
      cards.append(lead.card);
      body.append(lead.row);
    });
    document.getElementById("shown-count").textContent =
      `${shown} of ${order.length} leads shown` + (changed ? "; order by the weights set here, among these leads only." : ".");
    for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
  }

  function sortBy(head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    const rows = Array.from(body.rows);
    const key = (row) => row.cells[column].textContent.trim().replace("−", "-");
    rows.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const [p, q] = [parseFloat(x), parseFloat(y)];
      const order = Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y, "en") : p - q;
      return down ? -order : order;
    });
    rows.forEach((row) => body.append(row));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }

  function save() {
    const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const shown = Array.from(cards.children).filter((card) => !card.hidden).map((card) => byRank.get(Number(card.dataset.rank)));
    const lines = shown.map((lead) => [lead.rank, quoted(lead.id), quoted(lead.smiles), lead.now.toFixed(6)].join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([["rank,id,smiles,score_here", ...lines].join("\n") + "\n"], { type: "text/csv" }));
    link.download = "leads-shown.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(head, column));
    head.append(button);
  });
  controls.addEventListener("input", rankAgain);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(rankAgain));
  document.getElementById("save").addEventListener("click", save);
  rankAgain();
})();
