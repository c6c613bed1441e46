// Rows are cited beside the workbench without leaving the place: the form is sent as it would be without a script, and
// what came back is put where it stood, so that the row under the eye stays there.
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
const main = () => document.querySelector("#main > .stack");
let under = false; // one press at a time
let plainly = false; // what can't be put in place goes the way without a script

// What stays where it is: the row or the form that was pressed, known again by what it leads to.
const anchor = (button) => button.closest("tr")?.querySelector("[id]")?.id ?? button.form.id;

function put(fresh, id) {
  const top = () => document.getElementById(id)?.getBoundingClientRect().top;
  const before = top();
  const scrolled = [...main().querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  main().replaceWith(document.adoptNode(fresh));
  [...main().querySelectorAll(".scroll")].forEach((one, at) => { [one.scrollLeft, one.scrollTop] = scrolled[at] ?? [0, 0]; });
  if (before !== undefined && top() !== undefined) scrollBy({ top: top() - before, behavior: "instant" });
  const place = document.getElementById(id);
  const next = (place?.closest("tr") ?? place)?.querySelector(".cite, button, a");
  next?.focus({ preventScroll: true });
}

function icons(page) {
  const here = document.querySelector("svg:has(symbol)");
  for (const symbol of page.querySelectorAll("symbol")) {
    if (here && !document.getElementById(symbol.id)) here.append(document.adoptNode(symbol));
  }
}

addEventListener("submit", async (event) => {
  const { target: form, submitter: button } = event;
  if (event.defaultPrevented || plainly || form.method !== "post" || !form.elements.back || !button) return;
  event.preventDefault();
  if (under) return;
  under = true;
  const id = anchor(button);
  try {
    const to = button.hasAttribute("formaction") ? button.formAction : form.action;
    const answer = await fetch(to, { method: "POST", body: new FormData(form, button) });
    const page = parsed(await answer.text());
    const fresh = page.querySelector("#main > .stack");
    const there = new URL(answer.url);
    if (!answer.ok || !fresh || there.pathname !== location.pathname) {
      plainly = true;
      form.requestSubmit(button);
      return;
    }
    const said = [...page.querySelectorAll("#main > .say")].map((one) => one.textContent.trim()).join(" ");
    icons(page);
    put(fresh, id);
    document.getElementById("told").textContent = said;
  } catch {
    plainly = true;
    form.requestSubmit(button);
  } finally {
    under = false;
  }
});
