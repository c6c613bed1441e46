// The console of a live machine without full page loads. A line is sent as its form would send it, and the server answers
// with the parts that moved; between lines the page asks again, seldom where nothing happens. The record is the server's:
// after a reload, or when the server comes back, everything is there again.
const main = document.querySelector("[data-poll]");
const part = (id) => document.getElementById(id);
const [form, line, log, clock] = ["type", "line", "log", "reference"].map(part);
const QUICK = 300, SLOW = 6000;
let pause = QUICK, timer, busy = false;

// What stands there whole: the last line of which all before it are finished need not come again.
function after() {
  const first = log.querySelector(".entry.runs") ?? log.querySelector(".entry:last-child");
  return first ? Number(first.id.slice(1)) - 1 : 0;
}

function put(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const [head, ...parts] = page.querySelectorAll("template");
  if (!head?.dataset.mark) return false;
  const down = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  for (const { content } of parts) for (const fresh of [...content.children]) {
    if (fresh.id === "log") lines(fresh);
    else {
      const old = part(fresh.id);
      if (old && !old.isEqualNode(fresh) && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
    }
  }
  const icons = document.querySelector("svg:has(symbol)");
  for (const symbol of page.querySelectorAll("symbol")) if (icons && !part(symbol.id)) icons.append(document.adoptNode(symbol));
  Object.assign(main.dataset, { mark: head.dataset.mark, runs: head.dataset.runs });
  if (clock) ahead = new Date(head.dataset.reference) - Date.now();
  if (down) log.scrollTop = log.scrollHeight;
  if (head.dataset.stage !== main.dataset.stage && !leaving) location.reload();
  return true;
}

// Lines that are as they were stay untouched, so that nothing is read out twice and no selection is lost.
function lines(fresh) {
  for (const one of [...fresh.firstElementChild.children]) {
    const old = part(one.id);
    button(one);
    if (!old) log.firstElementChild.append(document.adoptNode(one));
    else if (!old.isEqualNode(one)) old.replaceWith(document.adoptNode(one));
  }
}

// Copy the output of a line. Browsers keep the clipboard for safe addresses; elsewhere the text is selected and copied.
function button(entry) {
  if (!entry.querySelector(".printed") || entry.querySelector(".copy")) return;
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn sm copy", textContent: log.dataset.copy });
  entry.querySelector(".about").append(" ", made);
}

log.addEventListener("click", async ({ target }) => {
  if (!target.matches(".copy")) return;
  const outs = [...target.closest(".entry").querySelectorAll(".printed")];
  try {
    await navigator.clipboard.writeText(outs.map((one) => one.innerText).join("\n"));
  } catch {
    const range = document.createRange();
    range.setStartBefore(outs[0]);
    range.setEndAfter(outs.at(-1));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
});

function cut(on) {
  part("cut").hidden = !on;
}

function again(next) {
  clearTimeout(timer);
  pause = next;
  timer = setTimeout(ask, document.hidden ? SLOW : pause);
}

async function ask() {
  if (busy) return again(pause);
  const to = new URL(main.dataset.poll, location.origin);
  to.searchParams.set("after", after());
  try {
    const came = await fetch(to, { headers: { "If-None-Match": `W/"${main.dataset.mark}"` }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(20000) });
    if (came.status === 200 && !busy) put(await came.text());
    else if (came.type === "opaqueredirect" || came.status === 404) return; // signed out, or no more the reader's
    cut(came.status >= 500);
  } catch {
    cut(true);
  }
  again(Math.min(pause * 1.4, main.dataset.runs ? 1500 : SLOW));
}

// Lines of before, by the arrow keys, as a shell has them.
const sent = [...log.querySelectorAll(".line")].filter((one) => one.dataset.kind !== "key").map((one) => one.textContent);
let back = 0, draft = "";

function recall(step) {
  const next = Math.min(Math.max(back + step, 0), sent.length);
  if (next === back) return;
  if (back === 0) draft = line.value;
  back = next;
  line.value = back ? sent[sent.length - back] : draft;
  line.setSelectionRange(line.value.length, line.value.length);
}

async function send(key) {
  const body = new FormData(form);
  const typed = line.value;
  if (key) {
    body.set("key", key);
    body.delete("line");
  }
  busy = true;
  try {
    const to = new URL(form.action);
    to.searchParams.set("after", after());
    const came = await fetch(to, { method: "POST", body, headers: { "X-Engram": "parts" }, signal: AbortSignal.timeout(20000) });
    if (came.status >= 500) throw new Error("no room, or a server that is going down");
    const text = await came.text();
    if (!came.ok || !put(text)) {
      plainly = true; // the page says what was wrong, with what was typed
      form.requestSubmit(key ? form.querySelector(`[value="${key}"]`) : undefined);
      return;
    }
    form.request_key.value = crypto.getRandomValues(new Uint32Array(4)).join("-");
    if (!key) {
      if (typed.trim()) sent.push(typed);
      [back, draft] = [0, ""];
      if (line.value === typed) line.value = "";
    }
    log.scrollTop = log.scrollHeight;
    cut(false);
  } catch {
    cut(true);
  } finally {
    busy = false;
    line.readOnly = false;
    again(QUICK);
  }
}

// A form that is on its way is not overtaken by the page that shows what it did.
let leaving = false;
addEventListener("submit", (event) => { leaving ||= !event.defaultPrevented; });

let plainly = false, ahead = clock ? new Date(clock.dataset.at) - Date.now() : 0;

form?.addEventListener("submit", (event) => {
  if (plainly) return;
  event.preventDefault();
  if (busy) return;
  line.readOnly = true;
  send(event.submitter?.name === "key" ? event.submitter.value : "");
});

line?.addEventListener("keydown", (event) => {
  const { key } = event;
  if (key === "ArrowUp" || key === "ArrowDown") {
    event.preventDefault();
    recall(key === "ArrowUp" ? 1 : -1);
  } else if (event.ctrlKey && !event.altKey && key === "d" && !line.value) {
    event.preventDefault();
    if (!busy) send("d");
  } else if (event.ctrlKey && !event.altKey && key === "c" && line.selectionStart === line.selectionEnd && !getSelection().toString()) {
    event.preventDefault();
    if (!busy) send("c");
  }
});

if (clock) setInterval(() => {
  const now = new Date(Date.now() + ahead).toISOString();
  clock.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)}Z`;
}, 1000);

for (const one of log.firstElementChild.children) button(one);
log.scrollTop = log.scrollHeight;
document.addEventListener("visibilitychange", () => { if (!document.hidden) again(QUICK); });
again(QUICK);
