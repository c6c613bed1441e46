// The workbench without full page loads. Everything here replaces a form or a link that works without it: a press is
// sent as the form would send it, the server answers with the parts of the page that it changed, and they are put in
// place so that nothing else moves. Whatever is no such answer (an ended sign-in, a page of errors) takes the way
// without a script.

const bench = document.querySelector(".bench");
const part = (id) => document.getElementById(id);
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
const { here } = bench.dataset;
const line = part("cmd");
let spot = new URL(here + bench.dataset.at, location.origin); // what is shown, as an address
let shown = location.search; // the same as the browser's own address has it

// Has a field been changed since the server sent it?
function typed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
}

// Make an element like another without touching what is alike: focus, selection, scroll and open folds stay, and a
// field keeps what was typed into it.
const OURS = ["open", "tabindex", "aria-busy"];

function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  const field = old.matches("input:not([type=hidden]), select, textarea");
  const value = field && typed(old) ? old.value : null;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.includes(name)) old.removeAttribute(name);
  for (const { name, value: given } of fresh.attributes) if (old.getAttribute(name) !== given) old.setAttribute(name, given);
  children(old, fresh);
  if (!field) return;
  if (value === null) [old.value, old.checked] = [fresh.value, fresh.checked];
  else if (old.type !== "checkbox" && old.type !== "radio") old.value = value;
}

function children(old, fresh) {
  const ids = new Set([...fresh.children].map((one) => one.id));
  for (const one of [...old.children]) if (one.id && !ids.has(one.id)) one.remove();
  let at = old.firstChild;
  for (const one of [...fresh.childNodes]) {
    const same = one.id
      ? [...old.children].find((other) => other.id === one.id && other.nodeName === one.nodeName)
      : at && !at.id && at.nodeName === one.nodeName ? at : null;
    if (!same) {
      old.insertBefore(document.adoptNode(one), at);
      continue;
    }
    if (same === at) at = at.nextSibling;
    else old.insertBefore(same, at);
    morph(same, one);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// The tab of what is shown stands in sight, beside the first one, which is pinned.
function tabbed() {
  const [list, on] = [part("tabs"), document.querySelector("#tabs .on")];
  if (!on) return;
  const [all, first, own] = [list, list.firstElementChild, on].map((one) => one.getBoundingClientRect());
  const [from, to] = getComputedStyle(list).direction === "rtl" ? [all.left, first.left] : [first.right, all.right];
  list.scrollLeft += Math.max(0, own.right - to) || Math.min(0, own.left - from);
}

// A name by which an element is found again in the part that takes its place.
function named(one) {
  if (one.id) return `#${CSS.escape(one.id)}`;
  const [name, value] = [one.getAttribute?.("name"), one.getAttribute?.("value")];
  return name && `${one.tagName}[name="${CSS.escape(name)}"]${value ? `[value="${CSS.escape(value)}"]` : ""}`;
}

// Entries of a list stand in the order of their numbers.
function fit(fresh, old, list) {
  if (old && (!list || old.parentElement === list)) return morph(old, fresh);
  old?.remove();
  const number = (one) => Number(one.id.match(/\d+$/));
  list?.insertBefore(document.adoptNode(fresh), [...list.children].find((one) => number(one) > number(fresh)) ?? null);
}

// Put parts in place. What had focus and what was typed is looked for again where a part had to be made anew.
function put(page) {
  const at = document.activeElement;
  const [again, row] = [named(at), at.closest("tr")?.id];
  const left = [...document.querySelectorAll(".bench :is(input:not([type=hidden]), select, textarea)")]
    .filter(typed).map((one) => [one, named(one), one.value, one.checked]);
  for (const { content, dataset } of page.querySelectorAll("template")) {
    for (const id of dataset.gone?.split(" ") ?? []) part(id)?.remove();
    const fresh = content.firstElementChild;
    if (fresh) fit(fresh, part(fresh.id), part(dataset.into));
  }
  for (const one of document.querySelectorAll("#ticked + p, #others, #log + p")) one.hidden = Boolean((one.id ? part("unticked") : one.previousElementSibling).children.length) !== Boolean(one.id);
  for (const [one, list] of [["others-n", "unticked"], ["older", "log"]]) {
    const many = part(one)?.querySelector(".num");
    if (many) many.textContent = part(list).children.length;
  }
  const icons = document.querySelector("svg:has(symbol)");
  for (const symbol of page.querySelectorAll("symbol")) if (!part(symbol.id)) icons.append(document.adoptNode(symbol));
  for (const [one, name, value, checked] of left) {
    const other = !one.isConnected && name && document.querySelector(name);
    if (other) [other.value, other.checked] = [value, checked];
  }
  if (document.activeElement !== at) {
    const next = (again && document.querySelector(again)) || (row && part(row)?.querySelector(".cite")) || part("rows");
    next?.focus({ preventScroll: true });
  }
  if (part("cmd-said")) for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", "cmd-said"]]) line.setAttribute(name, value);
  else line?.removeAttribute("aria-invalid");
  tabbed();
  watch();
}
