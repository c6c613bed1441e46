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
    await lifted;
    const seen = item.classList.contains("on");
    fresh.className = item.className; // another run may have been chosen while the answer was on its way
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
    morph(item, fresh);
    follow(item, Math.min(pause * 1.4, 8000));
  }, pause);
}

// Drafts: what is typed is kept a moment after the last key, and before the page is left. Whatever changes something is
// sent when the one before it has been answered: an older draft never comes to the server after a newer one.
let dirty = false;
let waiting;
let sending = Promise.resolve();
const typing = () => part("answer") ?? part("ask");

function alone(post) {
  const made = sending.then(post);
  sending = made.catch(() => {});
  return made;
}

// What is taken along in a body is no longer unsaved; what is typed or ticked from here on is.
function taken() {
  clearTimeout(waiting);
  dirty = false;
  return fields(typing());
}

async function draft() {
  if (!dirty || !typing()) return;
  let kept;
  try {
    const came = await fetch(bench.dataset.draft, { method: "POST", body: taken(), keepalive: true, signal: AbortSignal.timeout(30000) });
    kept = came.status < 500; // else a full disk, or a server that is going down
  } catch {
    kept = false;
  }
  if (kept) return;
  dirty = true;
  clearTimeout(waiting);
  waiting = setTimeout(keep, 5000);
}

function keep() {
  clearTimeout(waiting);
  return alone(draft);
}

if (bench.dataset.draft) {
  addEventListener("input", ({ target }) => {
    if (!target.form || target.form !== typing() || target === line) return;
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1200);
  });
  addEventListener("pagehide", draft); // at once: nobody waits any more
}

// Enter in the finding means the finding, although the command line is part of the same form.
addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || target.tagName !== "INPUT" || target.form?.id !== "answer" || target === line) return;
  event.preventDefault();
  target.form.requestSubmit(target.form.querySelector("[data-check]"));
});
