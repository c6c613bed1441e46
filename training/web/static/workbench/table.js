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

// What the address points at is marked in the table.
function point() {
  const [row, name] = ["row", "cell"].map((one) => spot.searchParams.get(one));
  for (const one of document.querySelectorAll("#rows tr[aria-current], #rows .at")) {
    one.removeAttribute("aria-current");
    one.classList.remove("at");
  }
  const line = row && (part(`row-${row}`) ?? part(`line-${row}`));
  line?.setAttribute("aria-current", "true");
  line?.scrollIntoView({ block: "nearest" });
  const at = [...document.querySelectorAll("#rows th")].findIndex((one) => name && one.textContent === name);
  if (line && at > 0) line.cells[at].classList.add("at");
}

tabbed();
// Who comes back finds the row that is pointed at, or, where the table scrolls by itself, the first that is cited.
document.querySelector("#rows tr[aria-current]")?.scrollIntoView({ block: "nearest" });
const cited = document.querySelector("#rows:not(:has([aria-current])) .cited");
if (cited) part("rows").scrollTop += cited.getBoundingClientRect().top - part("rows").getBoundingClientRect().top - 99;

// Point at a cell: the strip below the table says what can be done with it. To use it at once is to press its button.
async function pick(cell, { use, focus } = {}) {
  const row = cell?.closest("tbody tr")?.id.match(/\d+$/)?.[0];
  if (!row) return;
  const to = new URL(spot);
  to.searchParams.set("row", row);
  to.searchParams.set("cell", cell.closest("table").rows[0].cells[cell.cellIndex].querySelector("bdi")?.textContent ?? "");
  if (!(await go(to, { names: "strip" }))) return;
  const strip = part("strip");
  const now = use && strip.querySelector("[data-now]");
  if (now) now.click();
  else if (focus || use) ((use && strip.querySelector(".uses button")) || strip.querySelector("button") || strip.querySelector("a"))?.focus();
  else strip.scrollIntoView({ block: "nearest" });
}

const LETTERS = {
  c: (cell) => cell?.parentElement.querySelector("button.cite")?.click(),
  a: (cell) => then(() => pick(cell, { use: true })),
  "/": () => document.querySelector("#shown [name=text]")?.focus(),
  "?": () => part("keys").showModal(),
  Escape: () => line?.focus(),
  Enter: (cell) => { const own = cell?.querySelector("button, a"); if (own) own.click(); else then(() => pick(cell, { focus: true })); },
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

// Out of the strip, back to the cell.
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#strip")) (document.querySelector("#rows .at") ?? part("rows"))?.focus();
});

addEventListener("click", ({ target }) => {
  const cell = target.closest?.("#rows tbody td:not(.pin)");
  if (!cell || target.closest("a, button") || !getSelection().isCollapsed) return;
  cell.tabIndex = -1;
  then(() => pick(cell));
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
