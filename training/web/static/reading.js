// Keeps the place while a module is read, and offers a note at the paragraph under the pointer. Without this, the list of
// sections keeps the place, and each section ends with a link to write a note.
const { reading, notes, note } = document.querySelector("[data-reading]").dataset;
const text = document.querySelector(".prose"), inView = new Set(), way = document.createElement("a");
let seen, sent, last = 0, timer = 0;

for (const link of document.querySelectorAll(".toc a[href*='#s']")) link.href = link.hash;

function send() {
  timer = clearTimeout(timer);
  if (!seen || seen === sent) return;
  [sent, last] = [seen, Date.now()];
  const body = new URLSearchParams({ csrf_token: document.querySelector("[name=csrf_token]").value, mark: seen });
  fetch(reading, { method: "POST", body, keepalive: true }).catch(() => { sent = ""; }); // again with the next one
}

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) inView[isIntersecting ? "add" : "delete"](target);
  const first = [...inView].sort((a, b) => a.offsetTop - b.offsetTop)[0];
  if (!first || scrollY < 200) return; // to open a page is not to read it
  seen = first.id.slice(2);
  timer ||= setTimeout(send, Math.max(2000, last + 15000 - Date.now()));
}, { rootMargin: "-10% 0px -50%" });
for (const one of text.querySelectorAll(":scope > [id^='p-']")) watch.observe(one);
addEventListener("visibilitychange", () => document.hidden && send());
addEventListener("pagehide", send);

way.className = "btn sm noteway";
way.textContent = note;
way.tabIndex = -1; // by keyboard the link at the end of the section leads to the same page
text.addEventListener("pointerover", ({ target, pointerType }) => {
  const at = target.closest(".prose > [id^='p-']");
  if (!at || pointerType !== "mouse" || innerWidth < 900) return;
  way.href = `${notes}?at=${at.id.slice(2)}`;
  way.style.insetBlockStart = `${at.offsetTop}px`;
  way.style.insetInlineStart = `${at.offsetWidth + 8}px`;
  text.append(way);
});
