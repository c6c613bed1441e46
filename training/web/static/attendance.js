// The screen of check-in fetches its next code when the server says that it changes; a lost network is said, and tried
// again. Without this the page reloads itself.
function later() {
  const screen = document.getElementById("screen");
  if (screen) setTimeout(next, (Number(screen.dataset.seconds) + 0.3) * 1000);
}

async function next() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const fresh = page?.getElementById("screen");
  if (fresh) {
    document.getElementById("screen").replaceWith(document.adoptNode(fresh));
    const here = document.querySelector("svg:has(symbol)");
    for (const symbol of page.querySelectorAll("symbol")) {
      if (here && !document.getElementById(symbol.id)) here.append(document.adoptNode(symbol));
    }
    return later();
  }
  document.getElementById("offline").hidden = false;
  setTimeout(next, 3000);
}

later();
