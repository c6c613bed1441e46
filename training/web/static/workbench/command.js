// The command line: completion of plugins and options as a combobox, and earlier commands by the arrow keys.
const earlier = () => [...new Set([...document.querySelectorAll("#typed .again")].map((one) => new URLSearchParams(one.getAttribute("href").split("#")[0].slice(1)).get("command")))];
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
  about();
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
  const all = earlier();
  const next = Math.min(back + step, all.length - 1);
  if (next < -1 || next === back) return;
  if (back === -1) kept = line.value;
  back = next;
  line.value = back === -1 ? kept : all[back];
  line.setSelectionRange(line.value.length, line.value.length);
  about();
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

// The plugins to choose from, below the command line instead of on a page of their own; `words` leaves those that have
// them.
async function choose(button, words) {
  const here = part("chooser");
  if (here && words === undefined) { here.remove(); button.setAttribute("aria-expanded", "false"); return; }
  const address = new URL(button.formAction);
  if (words) address.searchParams.set("words", words);
  try {
    const fresh = parsed(await (await fetch(address)).text()).getElementById("chooser");
    here?.remove();
    button.closest("div").after(document.adoptNode(fresh));
    button.setAttribute("aria-expanded", "true");
    if (here) fresh.querySelector("[name=words]").focus();
    fresh.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = new FormData(event.target);
      if (form.has("words")) { choose(button, form.get("words")); return; }
      const [plugin, pid] = ["plugin", "pid"].map((name) => form.get(name)?.trim());
      if (plugin) line.value = pid ? `${plugin.replace(/ --pid \d+/, "")} --pid ${pid}` : plugin;
      choose(button);
      if (plugin && event.submitter.name !== "fill") { line.closest(".con").querySelector("button").click(); return; }
      line.focus();
      about();
    });
  } catch {
    location.assign(address);
  }
}

// The card of the plugin that stands in the line, beside it, whose checks take over what options were typed: a moment
// after the last key, and never before an act.
let told = part("h-card")?.textContent ?? "";
let later;

function about() {
  clearTimeout(later);
  later = setTimeout(async () => {
    const data = await words();
    const given = line.value.split(/\s+/);
    const plugin = data?.plugins.some((one) => given.includes(one.name));
    const text = plugin ? line.value.trim().slice(0, 1000) : "";
    if (!data || text === told || document.querySelector("[aria-busy]")) return;
    told = text;
    const to = new URL(spot);
    to.searchParams.set("command", text);
    if (plugin) go(to, { names: "card", quiet: true });
    else {
      part("card").replaceChildren();
      part("card").removeAttribute("aria-labelledby");
    }
  }, 300);
}

if (line) {
  list = document.createElement("ul");
  Object.assign(list, { className: "comp", id: "comp", role: "listbox", hidden: true });
  list.setAttribute("aria-label", line.dataset.list);
  line.closest(".con").append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "comp"], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) {
    line.setAttribute(name, value);
  }
  part("choose").setAttribute("aria-expanded", "false");
  part("choose").addEventListener("click", (event) => { event.preventDefault(); choose(event.currentTarget); });
  line.addEventListener("focus", words, { once: true });
  line.addEventListener("input", () => { back = -1; offer(); about(); });
  line.addEventListener("blur", close);
  line.addEventListener("keydown", keys);
}

watch();
