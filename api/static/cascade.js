// What pages do better with scripts; every one of them works without. No library, nothing fetched from elsewhere.
"use strict";

// The part of a page that a form or a link with data-swap="#id" is about, put in place of what stands there.
let asking = null;
async function swap(selector, url, options = {}) {
  const here = document.querySelector(selector);
  if (!here) return;
  asking?.abort();
  asking = new AbortController();
  here.classList.add("busy");
  here.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { ...options, signal: asking.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector(selector) ?? page.querySelector("main");
    if (answer.redirected && !page.querySelector(selector)) return location.assign(answer.url);
    here.replaceWith(part.matches(selector) ? part : Object.assign(here, { innerHTML: part.innerHTML }));
    if (!options.method) history.replaceState(null, "", url);
    ready(document.querySelector(selector));
    silent(false);
  } catch (error) {
    if (error.name !== "AbortError") silent(true);
  } finally {
    document.querySelector(selector)?.classList.remove("busy");
    document.querySelector(selector)?.removeAttribute("aria-busy");
  }
}

// Where nothing answers the page stays: going to the address would lose what was typed.
function silent(is) {
  document.getElementById("silent").hidden = !is;
}

function filled(form) {
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...fields]) if (value === "" || value === form.elements[name]?.dataset?.was) fields.delete(name);
  const text = fields.toString();
  return form.getAttribute("action").replace(/#.*/, "") + (text ? "?" + text : "");
}

// Numbers are typed as the page shows them.
const marks = document.documentElement.dataset;
function number(text) {
  return parseFloat(text.replace(/[\s'’]/g, "").replaceAll(marks.group, "").replace(marks.decimal, "."));
}

let waiting = 0;
document.addEventListener("input", (event) => {
  const field = event.target, form = field.form;
  if (field.dataset.pair) {
    const other = document.getElementById(field.dataset.pair);
    other.value = field.type === "range" ? field.value.replace(".", marks.decimal) + (other.dataset.unit ?? "") : number(field.value);
    field.closest(".number-field")?.classList.toggle("changed", document.getElementById(field.dataset.text ?? field.id)?.value !== document.getElementById(field.dataset.text ?? field.id)?.dataset.was);
  }
  if (!form?.dataset.live) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => live(form), field.type === "range" ? 120 : 300);
});

function live(form) {
  if (form.method === "post") return swap(form.dataset.live, form.dataset.check ?? form.action, { method: "POST", body: new FormData(form) });
  return swap(form.dataset.live, filled(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.live && form.method !== "post") { event.preventDefault(); live(form); }
  if (form.dataset.swap) { event.preventDefault(); swap(form.dataset.swap, filled(form)); }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  swap(link.dataset.swap, link.href);
});

// A file is sent from here, so that the page is still there when the service is not; the answer says where to go on.
document.addEventListener("submit", (event) => {
  if (event.target.enctype !== "multipart/form-data") return;
  event.preventDefault();
  send(event.target);
});

async function send(form) {
  if (form.hasAttribute("aria-busy")) return;
  const unsent = form.querySelector(".unsent"), main = document.querySelector("main");
  form.classList.add("busy");
  form.setAttribute("aria-busy", "true");
  unsent.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html", "Sent-By": "script" } });
    const next = answer.headers.get("Location"), page = await answer.text();
    if (next) return location.assign(next);
    main.innerHTML = new DOMParser().parseFromString(page, "text/html").querySelector("main").innerHTML;
    ready(main);
    dropping(main);
    main.focus();
  } catch {
    unsent.hidden = false;
  }
  form.classList.remove("busy");
  form.removeAttribute("aria-busy");
}

// Files may be dropped; the form is sent when one is chosen, before this script was there too: but not when going back brings it again.
const fresh = performance.getEntriesByType("navigation")[0]?.type === "navigate";
function dropping(part) {
  for (const area of part.querySelectorAll(".drop")) {
    const input = area.querySelector("input[type=file]");
    for (const kind of ["dragover", "dragenter"]) area.addEventListener(kind, (e) => { e.preventDefault(); area.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) area.addEventListener(kind, () => area.classList.remove("over"));
    area.addEventListener("drop", (e) => { e.preventDefault(); input.files = e.dataTransfer.files; input.form.requestSubmit(); });
    input.addEventListener("change", () => input.form.requestSubmit());
    if (fresh && input.files.length) input.form.requestSubmit();
  }
}
dropping(document);

// A run under way says how far it is, and the page is loaded again when it has ended.
function follow(bar) {
  const events = new EventSource(bar.dataset.events);
  const again = () => { events.close(); location.reload(); };
  events.addEventListener("progress", (e) => {
    const said = JSON.parse(e.data);
    if (typeof said.share === "number") bar.value = said.share;
    const stage = document.getElementById("stage");
    if (stage && said.stage) stage.textContent = said.stage;
  });
  for (const kind of ["end", "state"]) events.addEventListener(kind, (e) => { if (kind === "end" || !/queued|running/.test(e.data)) again(); });
}

// Times in the reader's own zone and way of writing.
function ready(part) {
  if (innerWidth < 960) for (const fold of part?.querySelectorAll("details.fold") ?? []) fold.open = false;
  for (const time of part?.querySelectorAll("time[datetime]") ?? []) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    time.title = time.dateTime;
    const whole = time.dateTime.length === 10; // a day is the same day everywhere
    time.textContent = whole ? at.toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" }) : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
  for (const bar of part?.querySelectorAll("progress[data-events]") ?? []) follow(bar);
}
ready(document);

// What was typed before this script was there counts as well.
function typed(field) {
  if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
  return field.matches("textarea, [type=text], [type=search], input:not([type])") && field.value !== field.defaultValue;
}
for (const form of document.querySelectorAll("form[data-live]")) if ([...form.elements].some(typed)) live(form);
