// A page that waits for runs looks again by itself, with growing pauses; without this there is a link for it.
let pause = 2000;

async function again() {
  const waiting = document.querySelector("[data-again]");
  if (!waiting) return;
  const typing = waiting.contains(document.activeElement); // whoever is at a field or a button there is left alone
  const answer = typing ? null : await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#main > .stack");
    if (fresh) waiting.replaceWith(document.adoptNode(fresh));
    const here = document.querySelector("svg:has(symbol)");
    for (const symbol of page.querySelectorAll("symbol")) {
      if (here && !document.getElementById(symbol.id)) here.append(document.adoptNode(symbol));
    }
  }
  pause = Math.min(pause * 1.5, 15000);
  setTimeout(again, pause);
}

setTimeout(again, pause);
