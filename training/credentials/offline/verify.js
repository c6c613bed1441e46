"use strict";
// Checks the signed square code of a certificate without a network. Everything it needs stands in this file.
const DATA = JSON.parse(document.getElementById("data").textContent);
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-./:";
const FIELDS = ["code", "kind", "language", "holder", "host", "title", "place", "starts", "ends", "issued", "hours",
  "attended", "half_days", "examinations", "competencies"];
const STALE_DAYS = 30;

// SHA-512 (FIPS 180-4); its constants are the fractions of the roots of the first primes.
const M64 = (1n << 64n) - 1n;
function root(n, power) {
  let low = 0n, high = 1n << 90n;
  while (high - low > 1n) { const mid = (low + high) >> 1n; if (mid ** power <= n) low = mid; else high = mid; }
  return low;
}
const PRIMES = [];
for (let n = 2; PRIMES.length < 80; n += 1) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
const K = PRIMES.map((p) => root(BigInt(p) << 192n, 3n) & M64);
const H = PRIMES.slice(0, 8).map((p) => root(BigInt(p) << 128n, 2n) & M64);
const turn = (x, n) => ((x >> n) | (x << (64n - n))) & M64;
function sha512(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 17) / 128) * 128);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  const view = new DataView(padded.buffer), state = H.slice();
  for (let at = 0; at < padded.length; at += 128) {
    const w = [];
    for (let t = 0; t < 16; t += 1) w.push(view.getBigUint64(at + 8 * t));
    for (let t = 16; t < 80; t += 1) {
      const a = w[t - 15], b = w[t - 2];
      const s0 = turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n), s1 = turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n);
      w.push((w[t - 16] + s0 + w[t - 7] + s1) & M64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t += 1) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = (h + s1 + ((e & f) ^ (~e & M64 & g)) + K[t] + w[t]) & M64;
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & M64;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & M64, c, b, a, (one + two) & M64];
    }
    [a, b, c, d, e, f, g, h].forEach((x, n) => { state[n] = (state[n] + x) & M64; });
  }
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((x, n) => out.setBigUint64(8 * n, x));
  return new Uint8Array(out.buffer);
}

// Ed25519 (RFC 8032): points of the twisted Edwards curve in extended coordinates.
const P = (1n << 255n) - 19n, L = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (x, m = P) => ((x % m) + m) % m;
function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}
const invert = (x) => power(x, P - 2n);
const D = mod(-121665n * invert(121666n)), I = power(2n, (P - 1n) / 4n);
function add(p, q) {
  const a = mod((p[1] - p[0]) * (q[1] - q[0])), b = mod((p[1] + p[0]) * (q[1] + q[0]));
  const c = mod(2n * p[3] * q[3] * D), d = mod(2n * p[2] * q[2]);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
function times(n, point) {
  let result = [0n, 1n, 1n, 0n];
  for (let p = point, e = n; e > 0n; e >>= 1n, p = add(p, p)) if (e & 1n) result = add(result, p);
  return result;
}
const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function point(bytes) {
  const all = number(bytes), sign = all >> 255n, y = all & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const square = mod((y * y - 1n) * invert(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * I);
  if (mod(x * x - square) !== 0n || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
}
const BASE = point(new Uint8Array([0x58, ...new Array(31).fill(0x66)]));
const same = (p, q) => mod(p[0] * q[2] - q[0] * p[2]) === 0n && mod(p[1] * q[2] - q[1] * p[2]) === 0n;
function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => { out.set(part, at); return at + part.length; }, 0);
  return out;
}
function holds(key, signature, message) {
  if (signature.length !== 64) return false;
  const a = point(key), r = point(signature.slice(0, 32)), s = number(signature.slice(32));
  if (!a || !r || s >= L) return false;
  const k = mod(number(sha512(joined(signature.slice(0, 32), key, message))), L);
  return same(times(s, BASE), add(r, times(k, a)));
}

// The text of the code, taken apart.
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (digits) => Uint8Array.from(digits.match(/../g) || [], (pair) => parseInt(pair, 16));
function decoded(letters) {
  const out = [];
  for (let at = 0; at < letters.length; at += 3) {
    const part = Array.from(letters.slice(at, at + 3), (one) => ALPHABET.indexOf(one));
    const value = part.reduceRight((sum, one) => sum * ALPHABET.length + one, 0);
    if (part.length === 1 || part.includes(-1) || value >= 256 ** (part.length - 1)) throw new Error("no base 41");
    if (part.length === 3) out.push(value >> 8);
    out.push(value & 255);
  }
  return Uint8Array.from(out);
}
function read(typed) {
  const kept = typed.replace(/\s+/g, "").toUpperCase();
  if (!kept.startsWith("ENGRAM1:")) throw new Error("another text");
  const data = decoded(kept.slice(8)), signed = data.slice(72);
  const row = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(signed));
  if (!Array.isArray(row) || row.length !== FIELDS.length) throw new Error("other fields");
  const facts = Object.fromEntries(FIELDS.map((name, n) => [name, row[n]]));
  return { key: hex(data.slice(0, 8)), signature: data.slice(8, 72), signed, facts };
}
const utf8 = (text) => new TextEncoder().encode(text);
function judge(typed) {
  let code;
  try { code = read(typed); } catch { return { state: "unread" }; }
  const key = DATA.keys.find((one) => one.id === code.key);
  if (!key) return { state: "stranger", facts: code.facts };
  if (!holds(bytes(key.key), code.signature, joined(utf8("engram certificate 1\n"), code.signed))) return { state: "forged" };
  const revoked = LIST.codes.includes(hex(sha512(utf8(code.facts.code))).slice(0, 16));
  return { state: revoked ? "revoked" : "held", facts: code.facts };
}
const LIST = JSON.parse(DATA.list.text);
const listed = DATA.keys.some((key) => holds(bytes(key.key), bytes(DATA.list.signature), utf8("engram revocations 1\n" + DATA.list.text)));
const age = (Date.now() - Date.parse(LIST.at)) / 86400000;

// The page.
const at = (id) => document.getElementById(id);
let words = DATA.words[DATA.language];
const day = (text) => String(text).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
function line(list, label, value) {
  if (value === "" || value === undefined) return;
  const term = document.createElement("dt"), said = document.createElement("dd"), apart = document.createElement("bdi");
  term.textContent = label;
  apart.textContent = String(value);
  apart.dir = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(apart.textContent) ? "rtl" : "ltr";
  said.append(apart);
  list.append(term, said);
}
function facts(said) {
  const list = document.createElement("dl");
  line(list, words.code, said.code.replace(/.{5}(?=.)/g, "$&-"));
  line(list, words.kind, words[said.kind]);
  line(list, words.holder, said.holder);
  line(list, words.session, said.title);
  line(list, words.dates, day(said.starts) + " – " + day(said.ends));
  line(list, words.place, said.place);
  line(list, words.host, said.host);
  line(list, words.hours, said.hours.replace(".", words.point));
  line(list, words.presence, said.attended + " / " + said.half_days);
  for (const [name, result] of said.examinations) line(list, words.examinations, name + " – " + result);
  for (const [name, level, shown] of said.competencies) line(list, words.competencies, name + ", " + words.level + " " + level + ", " + day(shown));
  line(list, words.issued, day(said.issued));
  return list;
}
function show(found) {
  const box = at("answer"), title = document.createElement("h2"), more = document.createElement("p");
  box.replaceChildren(title, more);
  box.className = found.state;
  title.textContent = words["is_" + found.state];
  const on = LIST.at.slice(0, 10);
  more.textContent = (found.state === "held" ? words.not_revoked.replace("{0}", on) : words["say_" + found.state]);
  if (found.state === "held" && (age > STALE_DAYS || !listed)) {
    const old = document.createElement("p");
    old.className = "old";
    old.textContent = listed ? words.stale.replace("{0}", String(Math.floor(age))) : words.unlisted;
    box.append(old);
  }
  if (found.facts && found.state !== "stranger") {
    try { box.append(facts(found.facts)); } catch { show({ state: "unread" }); return; }
    const note = document.createElement("p");
    note.textContent = words.compare;
    box.append(note);
  }
  box.focus();
}
function speak(language) {
  words = DATA.words[language];
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = words[one.dataset.say];
  at("keys").replaceChildren(...DATA.keys.map((key) => {
    const item = document.createElement("li");
    item.textContent = key.did;
    item.dir = "ltr";
    return item;
  }));
  at("listed").textContent = words.listed.replace("{0}", LIST.at.slice(0, 10)).replace("{1}", String(LIST.codes.length));
  at("answer").replaceChildren();
  at("answer").className = "";
}
for (const button of document.querySelectorAll("button[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
at("form").addEventListener("submit", (event) => { event.preventDefault(); show(judge(at("code").value)); });
if ("BarcodeDetector" in window) {
  at("picture").hidden = false;
  at("photo").addEventListener("change", async () => {
    try {
      const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(at("photo").files[0]));
      const text = found.map((one) => one.rawValue).find((one) => one.startsWith("ENGRAM1:"));
      at("code").value = text || "";
      show(text ? judge(text) : { state: "unread" });
    } catch { show({ state: "unread" }); }
  });
}
speak(DATA.language);
