// Runs under way: ask with growing pauses. When one ends that is looked at, its result comes in place.
const followed = new WeakSet();

function watch() {
  for (const one of document.querySelectorAll("#rows :is(a, button)")) one.tabIndex = -1;
  for (const item of document.querySelectorAll("[data-live]")) {
    if (!followed.has(item)) follow(item, 700);
    followed.add(item);
  }
}

function follow(item, pause) {
  setTimeout(async () => {
    if (!item.isConnected || !item.dataset.live) { followed.delete(item); return; }
    let answer;
    try {
      answer = await fetch(item.dataset.live);
    } catch {
      follow(item, Math.min(pause * 2, 15000));
      return;
    }
    if (!answer.ok) return;
    const fresh = parsed(`<ul>${await answer.text()}</ul>`).querySelector("li");
    const seen = item.classList.contains("on");
    if (!fresh.dataset.live) {
      if (seen && !document.querySelector("#shown .ev-tbl")) then(async () => { if (!(await go(spot, { quiet: true }))) follow(item, 4000); });
      else morph(item, fresh);
      say(fresh.innerText);
      return;
    }
    const now = document.querySelector(`[data-now="${item.id.slice(4)}"]`);
    if (now) now.textContent = fresh.querySelector(".st").textContent.trim();
    const bar = document.querySelector(`progress[data-of="${item.id.slice(4)}"]`);
    if (bar) bar.value = fresh.dataset.share ?? 0;
    fresh.className = item.className;
    morph(item, fresh);
    follow(item, Math.min(pause * 1.4, 8000));
  }, pause);
}

// Drafts: what is typed is kept a moment after the last key, and before the page is left.
let dirty = false;
let waiting;
const typing = () => part("answer") ?? part("ask");

async function keep() {
  clearTimeout(waiting);
  if (!dirty || !typing()) return;
  dirty = false;
  try {
    const came = await fetch(bench.dataset.draft, { method: "POST", body: fields(typing()), keepalive: true });
    dirty = came.status >= 500; // a full disk, or a server that is going down
  } catch {
    dirty = true;
  }
  if (dirty) waiting = setTimeout(keep, 5000);
}

if (bench.dataset.draft) {
  addEventListener("input", ({ target }) => {
    if (!target.form || target.form !== typing() || target === line) return;
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1200);
  });
  addEventListener("pagehide", keep);
}

// Enter in the finding means the finding, although the command line is part of the same form.
addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || target.tagName !== "INPUT" || target.form?.id !== "answer" || target === line) return;
  event.preventDefault();
  target.form.requestSubmit(target.form.querySelector("[data-check]"));
});
