// The editor without full page loads: line numbers, buttons that insert, a preview that follows, saves by themselves.
// Everything here replaces a button or a fold that works without it.

const part = (id, page = document) => page.getElementById(id);
const { save, preview, secret, insert: inserting } = document.querySelector("script[data-save]").dataset;
const [form, text, base] = [part("ed"), part("src"), part("ed").elements.base];
const kept = `engram:${location.pathname}`;
const PREVIEW_AFTER = 600, SAVE_AFTER = 8000, STORE_AFTER = 400; // milliseconds after the last key

let saved = text.value; // what the server is known to have
let stopped = false; // after a clash nothing is saved without being asked
let asking = null;

// State: one place that says what became of the text.

function tell(state, more = "") {
  const mark = part("states").content.querySelector(`[data-state=${state}]`).firstChild.cloneNode(true);
  if (more) mark.append(` ${more}`);
  part("state").replaceChildren(mark);
}

// Line numbers, with a mark at lines that have a message.

function numbers() {
  const lines = text.value.split("\n").length;
  const list = part("no");
  while (list.children.length > lines) list.lastChild.remove();
  while (list.children.length < lines) {
    list.append(Object.assign(document.createElement("li"), { textContent: list.children.length + 1 }));
  }
  text.rows = Math.max(lines + 1, 24);
}

function marks() {
  for (const item of part("no").children) item.className = "";
  for (const link of document.querySelectorAll("#msgs [data-line]")) {
    const item = part("no").children[link.dataset.line - 1];
    if (item && item.className !== "bad") item.className = link.parentElement.querySelector(".st").classList.contains("bad") ? "bad" : "part";
  }
}

function goTo(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  text.focus({ preventScroll: true });
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const item = part("no").children[line - 1];
  const frame = text.closest(".editor");
  if (item) frame.scrollTop = item.offsetTop - frame.offsetTop - frame.clientHeight / 3;
  frame.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  goTo(Number(link.dataset.line));
});

// Buttons that insert the snippets of the fold. What is selected takes the place of the words between the marks.

function insert(snippet) {
  const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
  const wrap = /^(\*\*|\*|`|\[)(.+?)(\*\*|\*|`|\]\(.*\))$/s.exec(snippet);
  const before = text.value.slice(0, text.selectionStart) + chosen;
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const block = snippet.startsWith("\n") ? gap + snippet.slice(1) : snippet;
  text.focus();
  document.execCommand("insertText", false, wrap ? wrap[1] + (chosen || wrap[2]) + wrap[3] : chosen + block);
}

function toolbar() {
  const bar = Object.assign(document.createElement("div"), { className: "row" });
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", inserting);
  bar.setAttribute("aria-controls", "src");
  for (const one of document.querySelectorAll("[data-snippet]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn sm" });
    button.textContent = one.dataset.snippet;
    button.tabIndex = bar.children.length ? -1 : 0;
    button.addEventListener("click", () => insert(one.textContent));
    bar.append(button);
  }
  if (bar.children.length) form.before(bar);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] * (document.dir === "rtl" ? -1 : 1);
    const buttons = [...bar.children];
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    if (!step || !next) return;
    event.preventDefault();
    for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
}

// The preview follows what is typed; an older question gives way to a newer one.

async function renew() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(preview, { method: "POST", body: new FormData(form), signal: asking.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["preview", "msgs", "words", "lines"]) {
      part(id).replaceChildren(...[...part(id, page).childNodes].map((node) => document.adoptNode(node)));
    }
    const here = document.querySelector("svg:has(symbol)");
    for (const symbol of page.querySelectorAll("symbol")) {
      if (here && !part(symbol.id)) here.append(document.adoptNode(symbol));
    }
    marks();
  } catch {
    // the next key asks again
  }
}

// Saves. What the server has not acknowledged stays in the form, and in this browser unless it holds keys.

// One at a time: a second one would begin from a revision that the first has replaced, and clash with its own author.

let way = null; // the save that is on its way
let more = false; // whether another was asked for meanwhile

function keep() {
  more = way !== null;
  way ??= send().finally(() => {
    way = null;
    if (more) keep();
  });
  return way;
}

async function send() {
  if (stopped || text.value === saved) return;
  const [data, sent] = [new FormData(form), text.value];
  tell("saving");
  let answer, done;
  try {
    answer = await fetch(save, { method: "POST", body: data });
    if (answer.redirected) {
      tell("out");
      return;
    }
    done = await answer.json();
  } catch {
    tell("offline");
    again("save", keep, SAVE_AFTER);
    return;
  }
  if (!answer.ok) {
    tell("refused", done.message);
    return;
  }
  acknowledge(done, sent);
}

function acknowledge(done, sent) {
  if (done.outcome === "clash") {
    stopped = true;
    tell("clash");
    return;
  }
  const untouched = text.value === sent;
  saved = sent;
  base.value = done.mine;
  if (done.outcome === "merged" && untouched) {
    const at = text.selectionStart;
    text.value = saved = done.text;
    base.value = done.version;
    text.setSelectionRange(at, at);
    numbers();
    renew();
  }
  if (untouched) localStorage.removeItem(kept);
  tell(...(done.outcome === "merged" ? ["merged"] : ["saved", done.at]));
}

function store() {
  if (!secret && text.value !== saved) localStorage.setItem(kept, JSON.stringify({ text: text.value, base: base.value }));
}

function offer() {
  const here = new URL(location);
  if (here.searchParams.has("said")) { // the server has the form's text; what is typed from now on is not said of it
    localStorage.removeItem(kept);
    here.searchParams.delete("said");
    history.replaceState(null, "", here);
    return;
  }
  let old = null;
  try {
    old = JSON.parse(localStorage.getItem(kept));
  } catch {
    // what can't be read is of no use
  }
  if (!old || old.text === text.value) {
    localStorage.removeItem(kept);
    return;
  }
  part("kept").hidden = false;
  part("back").addEventListener("click", () => {
    [text.value, base.value, part("kept").hidden] = [old.text, old.base, true];
    changed();
    text.focus();
  });
  part("drop").addEventListener("click", () => {
    localStorage.removeItem(kept);
    part("kept").hidden = true;
  });
}

const timers = {};
function again(name, act, pause) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, pause);
}

function changed() {
  numbers();
  if (!stopped) tell("changed");
  again("preview", renew, PREVIEW_AFTER);
  again("save", keep, SAVE_AFTER);
  again("store", store, STORE_AFTER);
}

text.addEventListener("input", changed);
form.addEventListener("submit", async (event) => {
  clearTimeout(timers.save);
  store();
  if (!way) {
    saved = text.value;
    return;
  }
  event.preventDefault();
  more = false;
  await way;
  form.requestSubmit(event.submitter);
});
addEventListener("beforeunload", (event) => {
  if (text.value !== saved) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  keep();
});
form.ownerDocument.querySelector('[form="ed"][value="preview"]').addEventListener("click", (event) => {
  event.preventDefault();
  renew();
});

toolbar();
numbers();
marks();
offer();
