// A press is whole before anything moves under it: what comes meanwhile is put in place when the pointer is up again.
let lifted = Promise.resolve();
let lift = () => {};

addEventListener("pointerdown", ({ button }) => {
  lift();
  if (!button) lifted = new Promise((done) => { lift = done; });
}, true);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(lift), true);

// Send something and say what came: its parts, and the address of what they show.
async function send(address, options, names = "") {
  const headers = { "X-Engram": names ? `parts=${names}` : "parts" };
  const came = await fetch(address, { ...options, headers, signal: AbortSignal.timeout(30000) });
  if (came.status >= 500) throw new Error("no room, or a server that is going down");
  const at = came.headers.get("X-Engram-At");
  const text = await came.text();
  await lifted;
  return { at: at && new URL(at, location.origin), page: parsed(text), fine: came.ok };
}

// The address follows what is shown. Another table begins at its top.
const table = (one) => one.search.replace(/&(row|cell)=[^&]*/g, "");

function stand(at) {
  if (at.search === spot.search) return;
  if (table(at) !== table(spot)) part("rows")?.scrollTo({ top: 0 });
  keepSeen();
  history.pushState(null, "", at);
  [spot, shown] = [at, at.search];
}

function say(text) {
  part("said-live").textContent = text.trim().replace(/\s+/g, " ");
}

// One after the other: each sends what the one before has left.
let queue = Promise.resolve();
const then = (act) => { queue = queue.then(act, act); };

// Show something else: another run, page, order, filter.
async function go(to, { names: wanted, form, quiet } = {}) {
  const address = new URL(to);
  const same = address.searchParams.get("run") === spot.searchParams.get("run");
  const names = wanted ?? (same && !quiet ? "result" : "tabs,result"); // of the same run the tabs stay as they are
  if (document.querySelector("#columns [open]")) address.searchParams.set("columns", "1");
  if (part("log").dataset.every !== undefined) address.searchParams.set("every", "1");
  for (const one of document.querySelectorAll("#log textarea")) address.searchParams.append("note", one.id.slice(5));
  const sent = form && String(new URLSearchParams(new FormData(form)));
  const came = await send(address, {}, names).catch(() => null);
  if (!came) {
    part("cut").hidden = Boolean(quiet);
    return false;
  }
  if (came.at) {
    if (form && sent === String(new URLSearchParams(new FormData(form)))) form.reset();
    part("cut").hidden = true;
    put(came.page);
    if (names === "strip") {
      history.replaceState(null, "", came.at);
      [spot, shown] = [came.at, came.at.search];
      point();
    }
    if (wanted) return true;
    if (quiet) [spot, shown] = [came.at, location.search];
    else stand(came.at);
    if (came.at.searchParams.has("row")) await go(spot, { names: "strip", quiet: true });
    if (!quiet) document.querySelector("#rows [aria-current]")?.scrollIntoView({ block: "nearest" });
    say((part("cap") ?? part("h-r")).textContent);
    return true;
  }
  if (!quiet) location.assign(to);
  return false;
}

// What a form would send, without the notes that nobody has changed.
function fields(form) {
  const body = new FormData(form);
  for (const one of form.elements) if (one.name.startsWith("note-") && !typed(one)) body.delete(one.name);
  return body;
}

const sentTo = (form, button) => new URL(button?.hasAttribute("formaction") ? button.formAction : form.action);
// What answers an act in the pane of the finding is brought into sight, without a movement, and said: whole where there
// is room, and in any case where it begins. What comes by itself moves nothing.
function reveal(reply) {
  reply?.scrollIntoView({ block: "nearest" });
  (reply?.querySelector("b") ?? reply)?.scrollIntoView({ block: "nearest" });
  if (reply && reply.getAttribute("role") !== "alert" && reply !== document.activeElement) say(reply.innerText);
}

const ACTS = /^\/(runs|cite|uncite|note|pen|use|check|hints|verify|findings|runs\/\d+\/(end|again))$/;
let plainly = false;

async function press(given, button) {
  const form = given.isConnected ? given : typing();
  const address = sentTo(form, button);
  const judging = address.pathname.endsWith("/findings");
  address.search = spot.search;
  const command = line?.value;
  const [name, number] = [button?.name, button?.value]; // what is put in place may make another button of it
  const using = name === "use";
  const asked = button?.closest("#finding") && !using && (name === "hint" ? "#finding p:has(> .hint)" : "#read");
  const value = part("ans")?.value;
  const cut = (judging && part("unsent")) || part("cut");
  cut.hidden = true;
  const came = await alone(() => {
    const body = form === typing() ? taken() : fields(form);
    if (name) body.append(name, number);
    return send(address, { method: "POST", body });
  }).catch(() => null);
  if (!came) {
    button?.removeAttribute("aria-busy");
    cut.hidden = false;
    dirty = true;
    return;
  }
  try {
    if (judging && came.page.getElementById("verdict")) return await judged(came.page);
    const elsewhere = using && came.at?.searchParams.get("question") !== spot.searchParams.get("question");
    if (elsewhere && came.fine) {
      location.assign(`${came.at}#finding`);
      return;
    }
    if (came.at && !elsewhere) {
      // what the cell was put in the place of was given up, unless it has been changed since
      if (using && came.fine && part("ans")?.value === value) part("ans").defaultValue = value;
      put(came.page);
      stand(came.at);
      if (asked) reveal([...document.querySelectorAll(asked)].at(-1));
      if (using) (came.fine ? part("ans") : document.querySelector("#read button"))?.focus();
      if (name === "pen") part(`note-${number}`)?.focus();
      if ((name === "begin" || address.pathname === `${here}/runs`) && came.fine) {
        if (line.value === command && name !== "begin") line.value = "";
        about();
        say(document.querySelector("#tabs .on")?.innerText ?? "");
      }
      return;
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
  plainly = true;
  form.requestSubmit(button);
}

// The verdict on a finding comes alone and at once, then what stands around it.
async function judged(told) {
  part("read")?.remove();
  part("verdict")?.remove();
  part("answer").before(document.adoptNode(told.getElementById("verdict")));
  put(told);
  await go(spot, { names: "finding,questions,score,own", quiet: true });
  const seen = part("verdict");
  seen.tabIndex = -1;
  seen.focus({ preventScroll: true });
  reveal(seen);
  await go(spot, { names: "notebook", quiet: true });
}

addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (event.defaultPrevented || plainly || form.closest("#chooser")) return;
  const address = sentTo(form, button);
  const act = address.pathname.startsWith(here) && address.pathname.slice(here.length);
  if (form.method === "get" && act === "") {
    event.preventDefault();
    address.search = new URLSearchParams(new FormData(form));
    then(() => go(address, { form }));
  } else if (form.method === "post" && ACTS.test(act)) {
    event.preventDefault();
    if (button?.hasAttribute("aria-busy")) return;
    button?.setAttribute("aria-busy", "true");
    then(() => press(form, button));
  } else if (dirty) {
    event.preventDefault();
    keep().then(() => {
      const left = dirty;
      dirty = false;
      form.requestSubmit(button);
      dirty = left;
    });
  }
});

// Folds that come when they are opened.
const FOLDS = ["brief", "columns"];

// How each run was seen last, its filters, order and page, for its tab to lead there again.
const seen = JSON.parse(sessionStorage.getItem(here) ?? "{}");

function keepSeen() {
  seen[spot.searchParams.get("run")] = spot.search;
  sessionStorage.setItem(here, JSON.stringify(seen));
}

function lastly(run) {
  keepSeen();
  const left = new URLSearchParams(seen[run] ?? { run });
  for (const name of ["row", "cell", "question", "pid"]) left.delete(name);
  for (const name of ["question", "pid"]) if (spot.searchParams.has(name)) left.set(name, spot.searchParams.get(name));
  return left;
}

addEventListener("pagehide", keepSeen);

// Where a link leads from what is shown now: those that stand beside the table were made when another was.
function moved(link) {
  const href = link.getAttribute("href");
  const to = new URL(href.startsWith("?") ? here + href : href, location.href);
  if (to.pathname !== here || link.closest("#shown")) return to;
  if (link.closest("#tabs")) { to.search = lastly(to.searchParams.get("run")); return to; }
  const [next, run] = [new URL(spot), to.searchParams.get("run")];
  if (!link.closest("#asked, #verdict") && run !== next.searchParams.get("run")) next.search = lastly(run);
  for (const name of ["command", ...FOLDS]) if (to.searchParams.has(name)) next.searchParams.set(name, to.searchParams.get(name));
  if (link.closest("#asked, #verdict")) next.searchParams.set("question", to.searchParams.get("question"));
  next.hash = to.hash;
  return next;
}

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.getAttribute("href").startsWith("#")) return;
  const to = moved(link);
  const bench = to.pathname === here;
  const row = to.pathname.startsWith(here) && /^\/runs\/\d+\/rows\//.test(to.pathname.slice(here.length));
  if (row && !link.closest("#strip")) {
    event.preventDefault();
    to.searchParams.set("question", spot.searchParams.get("question"));
    then(() => go(to));
  } else if (bench && link.closest("#rows, #strip") && table(to) === table(spot)) {
    event.preventDefault();
    then(() => go(to, { names: "strip" }));
  } else if (bench && link.matches(".again")) {
    event.preventDefault();
    line.value = to.searchParams.get("command");
    line.focus();
    about();
  } else if (bench && FOLDS.some((one) => to.searchParams.has(one))) {
    event.preventDefault();
    then(() => go(to, { names: FOLDS.find((one) => to.searchParams.has(one)) }));
  } else if (bench && to.searchParams.get("question") === spot.searchParams.get("question")) {
    event.preventDefault();
    then(() => go(to));
  } else if (bench || dirty) {
    event.preventDefault();
    if (bench && line?.value && line.value.length < 4000) to.searchParams.set("command", line.value);
    keep().then(() => location.assign(to));
  }
});

addEventListener("popstate", () => {
  if (location.search === shown) return;
  const to = new URL(location.href);
  shown = to.search;
  const question = to.searchParams.get("question");
  if (to.pathname !== here || (question && question !== spot.searchParams.get("question"))) location.reload();
  else then(() => go(to, { quiet: true }));
});

// What the finding stands on is said anew when its value or what is ticked for it has changed. What was ticked comes
// with its row, and what no longer is goes to the others, which are opened.
addEventListener("change", ({ target }) => {
  if (target.form?.id !== "answer" || !(target.name === "cited" || target.id === "ans")) return;
  const ticked = target.name === "cited";
  if (ticked && !target.checked) part("others").open = true;
  then(async () => {
    await keep();
    await go(spot, { names: ticked ? "support" : "stands", quiet: true });
  });
});
