// Parts of a page that ask every few seconds whether anything is new: the board, the wall, what staff says to all.
// Without this, each page shows what it showed when it was opened, and has a link that opens it again.
const PAUSE = 5000, QUIET = 20 * 60 * 1000;
let touched = Date.now();
for (const act of ["pointerdown", "pointermove", "keydown"]) addEventListener(act, () => { touched = Date.now(); }, { passive: true });

const later = (part, factor = 1) => setTimeout(ask, PAUSE * factor * (0.8 + 0.4 * Math.random()), part, factor);
const busy = (part) => part.querySelector(":is(input:not([type=hidden]), select, textarea):focus");

function cut(on) {
  for (const said of document.querySelectorAll("[data-cut]")) said.hidden = !on;
}

// Nobody at the page: a sign-in shall end by itself. A wall has nobody at it.
const away = (part) => document.hidden || (!("wall" in part.dataset) && Date.now() - touched > QUIET);

async function ask(part, factor) {
  if (away(part) || busy(part)) return later(part);
  let answer;
  try {
    answer = await fetch(part.dataset.poll, { headers: { "If-None-Match": `W/"${part.dataset.mark}"` }, cache: "no-store", redirect: "manual" });
  } catch {
    cut(factor > 1); // once may be chance
    return later(part, Math.min(factor * 1.6, 6));
  }
  cut(false);
  if (answer.status === 200) show(part, await answer.text(), answer.headers.get("ETag"));
  else if (answer.status !== 304 && answer.status < 500) return; // signed out (a redirect, 0), or no more in the session
  later(part);
}

function show(part, text, tag) {
  if (busy(part) || asking) return;
  const page = new DOMParser().parseFromString(text, "text/html"), at = document.activeElement?.id;
  const boxes = [...part.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const here = document.querySelector("svg:has(symbol)");
  for (const symbol of page.querySelectorAll("symbol")) {
    if (here && !document.getElementById(symbol.id)) here.append(document.adoptNode(symbol));
  }
  for (const sprite of page.querySelectorAll("body > svg")) sprite.remove();
  part.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
  part.querySelectorAll(".scroll").forEach((box, n) => boxes[n] && box.scrollTo(...boxes[n]));
  if (at) document.getElementById(at)?.focus({ preventScroll: true });
  part.dataset.mark = tag.replace(/^W\/"|"$/g, "");
}

for (const part of document.querySelectorAll("[data-poll]")) later(part);

// A form that is sent where nothing answers leads off the page, and what was typed is gone. So the server is asked first;
// when it doesn't answer, the page stays and says that nothing went out. Other scripts see a form when it really goes.
// A button that stays on its page has a script that does so by itself.
let asking = false, goes;

addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter, polled = document.querySelector("[data-poll]");
  if (form === goes || !polled || (button && "stays" in button.dataset) || (button?.getAttribute("formmethod") || form.getAttribute("method")) !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (asking) return;
  asking = true;
  const said = document.querySelector("[data-unsent]");
  try {
    await fetch(polled.dataset.poll, { method: "HEAD", cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(8000) });
  } catch {
    cut(true);
    if (said) said.hidden = false;
    said?.scrollIntoView({ block: "nearest" });
    return;
  } finally {
    asking = false;
  }
  if (said) said.hidden = true;
  goes = form;
  form.requestSubmit(button);
  goes = undefined;
}, { capture: true });

addEventListener("click", (event) => {
  if (asking && event.target.closest("a[href]")) event.preventDefault(); // it would overtake the form
}, { capture: true });
