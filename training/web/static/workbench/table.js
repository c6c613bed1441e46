// The table by keys: it is one stop of the tab key, arrows go from cell to cell, letters act on the row. They are heard
// in the table alone, where nobody types.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function step(table, cell, [down, right]) {
  const rows = [...table.querySelectorAll("tr")];
  const row = rows[cell ? Math.max(0, Math.min(rows.length - 1, rows.indexOf(cell.parentElement) + down)) : 1];
  const next = row?.cells[Math.max(0, Math.min(row.cells.length - 1, cell ? cell.cellIndex + right : 1))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
}

function fill(cell) {
  const field = part("ans");
  const text = cell?.innerText.trim();
  if (!field || !text || cell.matches("th, .pin, .gone") || text.endsWith("\u2026")) return;
  field.focus();
  if (field.tagName === "INPUT") field.select();
  else field.setSelectionRange(field.value.length, field.value.length);
  document.execCommand("insertText", false, (field.tagName !== "INPUT" && field.value ? "\n" : "") + text); // can be undone
}

const LETTERS = {
  c: (cell) => cell?.parentElement.querySelector("button.cite")?.click(),
  a: fill,
  "/": () => document.querySelector("#shown [name=text]")?.focus(),
  "?": () => part("keys").showModal(),
  Escape: () => line?.focus(),
  Enter: (cell) => cell?.querySelector("button, a")?.click(),
};

addEventListener("keydown", (event) => {
  const table = event.target.closest?.("#rows");
  if (!table || event.ctrlKey || event.metaKey || event.altKey) return;
  const cell = event.target.closest("td, th");
  if (event.key === "Enter" && event.target !== cell) return;
  if (STEPS[event.key]) step(table, cell, STEPS[event.key]);
  else if (LETTERS[event.key]) LETTERS[event.key](cell);
  else return;
  event.preventDefault();
});

addEventListener("click", (event) => {
  const href = event.target.closest?.("a[href^='#']")?.getAttribute("href");
  const field = href === "#finding" && document.querySelector("#answer :is(#ans, input:not([type=hidden]), select)");
  if (href !== "#keys" && !field && !event.target.closest?.("#keys a")) return;
  event.preventDefault();
  if (field) field.focus();
  else if (href === "#keys") part("keys").showModal();
  else part("keys").close();
});
