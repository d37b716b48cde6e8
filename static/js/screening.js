// To screen by keys: move, decide, pick, look, undo. Every key presses a button or follows a link that is on the page.
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const rows = () => [...document.querySelectorAll("[data-row]")];
let place = 0, anchor = -1;
let busy = false, held = null; // while the inbox is on its way: the key pressed meanwhile, and what was typed after "o"

const here = () => rows()[place];
const picked = () => document.querySelectorAll("[data-row] [name=pick]:checked").length;

function stand(at, focus = true) {
  const all = rows();
  if (!all.length) return;
  place = Math.min(Math.max(at, 0), all.length - 1);
  for (const row of all) row.classList.toggle("now", row === all[place]);
  if (focus) { all[place].focus({ preventScroll: true }); all[place].scrollIntoView({ block: "nearest" }); }
}

function tell() {
  const count = document.querySelector("[data-picked-count]"), n = picked();
  if (count) count.textContent = n === 1 ? count.dataset.one : count.dataset.many.replace("%n", n);
  document.getElementById("several")?.classList.toggle("some", n > 0);
  const all = document.querySelector("[data-pick-all]");
  if (all) { all.checked = n > 0 && n === rows().length; all.indeterminate = n > 0 && n < rows().length; }
}

function show() {
  document.getElementById("several")?.classList.add("ready");
  for (const hidden of document.querySelectorAll("#inbox [data-needs-script]")) hidden.hidden = false;
  tell();
}

function pick(on, from = place, to = place) {
  for (const row of rows().slice(Math.min(from, to), Math.max(from, to) + 1)) {
    const box = row.querySelector("[name=pick]");
    if (box) box.checked = on ?? !box.checked;
  }
  tell();
}

function toGroup() {
  if (!picked()) pick(true);
  const choice = document.getElementById("many-group") ?? document.querySelector("#several a[data-new]");
  choice?.focus();
  choice?.scrollIntoView({ block: "nearest" });
}

const press = (selector, root = here()) => root?.querySelector(selector)?.click();
const keys = {
  j: () => stand(place + 1), ArrowDown: () => stand(place + 1),
  k: () => stand(place - 1), ArrowUp: () => stand(place - 1),
  a: () => (picked() ? press("[value=take_in]", document.getElementById("several")) : press("[data-key=a]")),
  o: () => (picked() ? document.getElementById("many-reason") : here()?.querySelector("[data-reason]"))?.focus(),
  g: toGroup,
  m: () => press("[data-likes]"),
  u: () => press("[data-key=u]", document),
  x: () => { anchor = place; pick(); },
  X: () => pick(true, anchor < 0 ? place : anchor, place),
  Enter: () => press("[data-open]"),
};

// Rows that are about to be replaced take no key: it waits, and a reason typed ahead is text, never keys.
function wait(event) {
  if (held?.key === "o") {
    if (event.key.length === 1) held.text += event.key;
    else if (event.key === "Backspace") held.text = held.text.slice(0, -1);
  } else if (!held && event.key in keys) held = { key: event.key, text: "" };
  if (held && event.key !== "Tab") event.preventDefault();
}

function goOn() {
  busy = false;
  if (!held) return;
  const { key, text } = held;
  held = null;
  if (!rows().length && key !== "u") return;
  keys[key]();
  if (text && typing(document.activeElement)) document.activeElement.value += text;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.closest("#inbox") && typing(event.target)) { stand(place); return; }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (busy) { wait(event); return; }
  if (event.key === "Enter") {
    if (event.target === document.body || event.target.matches("[data-row]")) { event.preventDefault(); keys.Enter(); }
    return;
  }
  if (event.shiftKey && /^Arrow(Up|Down)$/.test(event.key)) {
    event.preventDefault();
    if (anchor < 0) anchor = place;
    stand(place + (event.key === "ArrowDown" ? 1 : -1));
    pick(true, anchor, place);
    return;
  }
  const act = keys[event.key];
  if (act && rows().length + (event.key === "u")) { event.preventDefault(); act(); }
});
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-row] [name=pick]");
  if (!box) return;
  const at = rows().indexOf(box.closest("[data-row]"));
  if (event.shiftKey && anchor >= 0) pick(box.checked, anchor, at);
  anchor = at;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) pick(event.target.checked, 0, rows().length - 1);
  else if (event.target.matches("[name=pick]")) tell();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) stand(rows().indexOf(row), false);
});
document.addEventListener("htmx:beforeRequest", (event) => { busy = event.target.closest("#inbox") !== null; });
for (const failed of ["htmx:sendError", "htmx:swapError", "htmx:timeout", "htmx:responseError"])
  document.addEventListener(failed, () => { busy = false; held = null; });
document.addEventListener("htmx:afterSettle", () => {
  anchor = -1;
  show();
  const wrong = document.querySelector("#inbox [data-focus]");
  if (wrong) wrong.focus(); else stand(place);
  goOn();
});
show();
