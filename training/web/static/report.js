// Keeps what is typed into a report while it is typed. Without it the buttons of the forms do the same.
const { kept, not } = document.querySelector("script[data-kept]").dataset;
for (const form of document.querySelectorAll("form[data-keep]")) {
  const said = form.querySelector("[data-kept]");
  let timer, busy = false, dirty = false, pressed = null;
  const send = async () => {
    busy = true;
    dirty = false;
    const headers = { "X-Engram": "keep" };
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers, redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      form.elements.seen.value = (await answer.json()).seen;
      said.textContent = kept.replace("{}", new Date().toISOString().slice(11, 19) + "Z");
    } catch {
      dirty = true;
      said.textContent = not;
    }
    busy = false;
    if (pressed) form.requestSubmit(pressed);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => (busy ? later() : send()), 1500);
  };
  form.addEventListener("input", () => {
    dirty = true;
    later();
  });
  // The version that the server gave must be in the form before it is sent: an answer under way is waited for.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    dirty = false;
    if (!busy) return;
    event.preventDefault();
    pressed = event.submitter;
  });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}
