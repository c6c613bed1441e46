// The workbench without full page loads: waiting for runs, completion of plugin names, drafts that keep themselves.
// Everything here replaces a form or a link that works without it.

const bench = document.querySelector(".bench");
const part = (page, id) => page.getElementById(id);

// Runs under way: ask with growing pauses; when one ends, bring its result in place. Typed text and scroll stay.
async function renew() {
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [part(document, "result"), part(page, "result")];
  if (!old || !fresh) return;
  old.replaceWith(document.adoptNode(fresh));
  icons(page);
  watch();
}

// A renewed part may use icons that this page has not yet.
function icons(page) {
  const here = document.querySelector("svg:has(symbol)");
  for (const symbol of page.querySelectorAll("symbol")) {
    if (here && !part(document, symbol.id)) here.append(document.adoptNode(symbol));
  }
}

function watch() {
  for (const item of document.querySelectorAll("[data-live]")) follow(item, 700);
}

function follow(item, pause) {
  setTimeout(async () => {
    if (!item.isConnected) return;
    let answer;
    try {
      answer = await fetch(item.dataset.live);
    } catch {
      follow(item, Math.min(pause * 2, 15000));
      return;
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    const fresh = page.querySelector("li");
    if (!fresh.dataset.live) {
      await renew();
      part(document, "said-live").textContent = fresh.innerText.trim().replace(/\s+/g, " ");
      return;
    }
    item.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    follow(item, Math.min(pause * 1.4, 8000));
  }, pause);
}

// Drafts: what is typed is kept a moment after the last key, and before the page is left.
const answer = part(document, "answer");
let dirty = false;
let waiting;

async function keep() {
  clearTimeout(waiting);
  if (!dirty) return;
  dirty = false;
  try {
    await fetch(bench.dataset.draft, { method: "POST", body: new FormData(answer), keepalive: true });
  } catch {
    dirty = true;
  }
}

if (answer && bench.dataset.draft) {
  answer.addEventListener("input", () => {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1200);
  });
  addEventListener("pagehide", keep);
  // Another form or a link leads away: first keep what is typed, then go.
  addEventListener("submit", async (event) => {
    if (event.target === answer) dirty = false;
    if (!dirty) return;
    event.preventDefault();
    await keep();
    dirty = false;
    event.target.requestSubmit(event.submitter);
  });
  addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !dirty || event.ctrlKey || event.metaKey || event.shiftKey || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    await keep();
    location.assign(link.href);
  });
}

// Completion from the plugin picker, which is on the page already.
const line = part(document, "cmd");
const cards = [...document.querySelectorAll(".plugs label")].map((label) => ({
  name: label.querySelector("input").value,
  about: label.querySelector("span").textContent,
}));
let list;
let at = -1;

function close() {
  list.hidden = true;
  at = -1;
  line.setAttribute("aria-expanded", "false");
  line.removeAttribute("aria-activedescendant");
}

function offer() {
  const typed = line.value.trim().split(/\s+/).pop().toLowerCase();
  const complete = line.value.endsWith(" ");
  const fits = typed.length > 1 && !complete ? cards.filter((card) => card.name.includes(typed) && card.name !== typed) : [];
  if (!fits.length || /\s-/.test(line.value)) { close(); return; }
  list.replaceChildren(...fits.slice(0, 6).map((card, index) => {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    const about = document.createElement("span");
    Object.assign(item, { id: `comp-${index}`, role: "option" });
    [name.dir, name.textContent, about.textContent] = ["ltr", card.name, card.about];
    item.append(name, about);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(card.name); });
    return item;
  }));
  list.hidden = false;
  at = -1;
  line.setAttribute("aria-expanded", "true");
}

function take(name) {
  line.value = `${line.value.trim().split(/\s+/).slice(0, -1).concat(name).join(" ")} `;
  close();
}

function move(step) {
  const items = [...list.children];
  at = (at + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
  line.setAttribute("aria-activedescendant", items[at].id);
}

if (line) {
  list = document.createElement("ul");
  Object.assign(list, { className: "comp", id: "comp", role: "listbox", hidden: true });
  list.setAttribute("aria-label", document.querySelector(".plugs").getAttribute("aria-label"));
  line.closest(".con").append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "comp"], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) {
    line.setAttribute(name, value);
  }
  line.addEventListener("input", offer);
  line.addEventListener("blur", close);
  line.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Tab" && !event.shiftKey) { event.preventDefault(); take(list.children[Math.max(at, 0)].firstChild.textContent); }
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); take(list.children[at].firstChild.textContent); }
    if (event.key === "Escape") close();
  });
}

watch();
