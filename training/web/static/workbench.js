// The workbench without full page loads: waiting for runs, completion of commands, drafts that keep themselves.
// Everything here replaces a form or a link that works without it.

const bench = document.querySelector(".bench");
const part = (page, id) => page.getElementById(id);

// Runs under way: ask with growing pauses; when one ends, bring its result in place. Typed text and scroll stay.
async function renew() {
  const answer = await fetch(bench.dataset.shown + location.search, { headers: { "X-Requested-With": "fetch" } });
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
    const now = document.querySelector(`[data-now="${item.id.slice(4)}"]`);
    if (now) now.textContent = fresh.querySelector(".st").textContent.trim();
    item.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    follow(item, Math.min(pause * 1.4, 8000));
  }, pause);
}

// Drafts: what is typed is kept a moment after the last key, and before the page is left.
let answer = part(document, "answer");
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

function listen() {
  // Enter in the finding means the finding, although the command line is part of the same form.
  answer.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    answer.requestSubmit(answer.querySelector("[data-check]"));
  });
  answer.addEventListener("input", () => {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1200);
  });
}

// A finding is submitted in place: its verdict comes alone and at once, then what stands around it is renewed. Whatever
// is no verdict (a refusal, an ended sign-in, no connection) takes the way without a script, and so does a question that
// is settled. Sending a form twice is safe: its request key makes one finding of it.
let sending = false;
let plainly = false;

async function submit(button) {
  sending = true;
  const body = new FormData(answer);
  if (button.name) body.append(button.name, button.value);
  try {
    const came = await fetch(button.formAction, { method: "POST", body, headers: { "X-Engram": "fragment" } });
    if (came.status === 200 && !came.redirected && (await judged(await came.text()))) return;
  } catch {
    // no connection: the browser says so better
  } finally {
    sending = false;
  }
  plainly = true;
  answer.requestSubmit(button);
}

async function judged(text) {
  const told = new DOMParser().parseFromString(text, "text/html");
  const verdict = part(told, "verdict");
  if (!verdict) return false;
  part(document, "read")?.remove();
  part(document, "verdict")?.remove();
  answer.before(document.adoptNode(verdict));
  icons(told);
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  if (!part(page, "answer")) return false;
  for (const id of ["questions", "finding"]) part(document, id).replaceWith(document.adoptNode(part(page, id)));
  document.querySelector(".tagline").replaceWith(document.adoptNode(page.querySelector(".tagline")));
  icons(page);
  answer = part(document, "answer");
  listen();
  const seen = part(document, "verdict");
  seen.tabIndex = -1;
  seen.focus();
  return true;
}

if (answer && bench.dataset.draft) {
  listen();
  addEventListener("pagehide", keep);
  // Another form or a link leads away: first keep what is typed, then go.
  addEventListener("submit", async (event) => {
    if (event.target === answer) {
      clearTimeout(waiting);
      dirty = false;
      if (!plainly && event.submitter?.formAction.split("?")[0].endsWith("/findings")) {
        event.preventDefault();
        if (!sending) submit(event.submitter);
        return;
      }
    }
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

// The command line: completion of plugins and options as a combobox, and earlier commands by the arrow keys.
const line = part(document, "cmd");
const earlier = [...new Set([...document.querySelectorAll(".typed .again")].map((one) => new URL(one.href).searchParams.get("command")))];
let list;
let known;
let at = -1;
let back = -1;
let kept = "";

async function words() {
  if (!known) known = fetch(bench.dataset.words).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  return known;
}

function close() {
  list.hidden = true;
  at = -1;
  line.setAttribute("aria-expanded", "false");
  line.removeAttribute("aria-activedescendant");
}

// What fits the word before the cursor: options and their choices once a plugin stands there, else names of plugins.
function fitting(data, before) {
  const parts = before.split(/\s+/);
  const word = parts.pop().toLowerCase();
  const plugin = data.plugins.find((one) => parts.includes(one.name));
  const given = (list) => list.filter((one) => one.name.startsWith(word) && one.name !== word && !parts.includes(one.name));
  if (!plugin && word.startsWith("-")) return given(data.words).map((one) => [one.name, one.means]);
  if (!plugin) {
    const named = data.plugins.filter((one) => word.length > 1 && one.name.toLowerCase().includes(word) && one.name !== word);
    return named.map((one) => [one.name, one.means]);
  }
  const options = plugin.options.map((number) => data.options[number]);
  const last = options.find((one) => one.name === parts.at(-1));
  if (last?.choices) return last.choices.filter((one) => one.toLowerCase().startsWith(word)).map((one) => [one, last.means]);
  if (last && last.usage !== last.name) return [];
  return word.startsWith("-") ? given(options).map((one) => [one.name, `${one.usage}: ${one.means}`]) : [];
}

async function offer() {
  const before = line.value.slice(0, line.selectionStart);
  const data = await words();
  if (!data || document.activeElement !== line || before !== line.value.slice(0, line.selectionStart)) return;
  const fits = fitting(data, before).slice(0, 8);
  if (!fits.length) { close(); return; }
  list.replaceChildren(...fits.map(([name, about], index) => {
    const [item, word, means] = ["li", "bdi", "span"].map((tag) => document.createElement(tag));
    Object.assign(item, { id: `comp-${index}`, role: "option", ariaSelected: "false" });
    [word.dir, word.textContent, means.textContent] = ["ltr", name, about];
    item.append(word, means);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
    return item;
  }));
  list.hidden = false;
  at = -1;
  line.setAttribute("aria-expanded", "true");
  line.removeAttribute("aria-activedescendant");
}

function take(name) {
  const before = line.value.slice(0, line.selectionStart);
  const rest = line.value.slice(line.selectionStart);
  const start = before.slice(0, before.length - before.split(/\s+/).pop().length) + name + " ";
  line.value = start + rest.trimStart();
  line.setSelectionRange(start.length, start.length);
  close();
}

function move(step) {
  const items = [...list.children];
  at = (at + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
  items[at].scrollIntoView({ block: "nearest" });
  line.setAttribute("aria-activedescendant", items[at].id);
}

// Up: the command before; down: the one after, and at the end what was typed.
function recall(step) {
  const next = Math.min(back + step, earlier.length - 1);
  if (next < -1 || next === back) return;
  if (back === -1) kept = line.value;
  back = next;
  line.value = back === -1 ? kept : earlier[back];
  line.setSelectionRange(line.value.length, line.value.length);
}

function keys(event) {
  const { key } = event;
  const open = !list.hidden;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    if (open) move(key === "ArrowDown" ? 1 : -1);
    else recall(key === "ArrowUp" ? 1 : -1);
  } else if (open && ((key === "Tab" && !event.shiftKey) || (key === "Enter" && at >= 0))) {
    event.preventDefault();
    take(list.children[Math.max(at, 0)].firstChild.textContent);
  } else if (open && key === "Escape") close();
}

if (line) {
  list = document.createElement("ul");
  Object.assign(list, { className: "comp", id: "comp", role: "listbox", hidden: true });
  list.setAttribute("aria-label", document.querySelector(".plugs").getAttribute("aria-label"));
  line.closest(".con").append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "comp"], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) {
    line.setAttribute(name, value);
  }
  line.addEventListener("focus", words, { once: true });
  line.addEventListener("input", () => { back = -1; offer(); });
  line.addEventListener("blur", close);
  line.addEventListener("keydown", keys);
}

watch();
