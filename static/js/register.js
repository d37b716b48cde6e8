// Registers: counting what is picked, j k x, all on this page, columns in another order. Lists, filters, sorting and steps work without it.
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const boxes = () => [...document.querySelectorAll("#picked [name=pick]")];

function tell() {
  const count = document.querySelector("[data-picked-count]");
  if (!count) return;
  const n = boxes().filter((box) => box.checked).length;
  const every = document.querySelector("#picked [name=all]:checked");
  const chosen = every ? every.dataset.total : String(n);
  count.textContent = chosen === "1" ? count.dataset.one : count.dataset.many.replace("%n", chosen);
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = n > 0 && n === boxes().length;
    all.indeterminate = n > 0 && n < boxes().length;
  }
}

function show(root) {
  for (const hidden of root.querySelectorAll("[data-pick-all], [data-pick-none], [data-needs-script]")) hidden.hidden = false;
  tell();
}

function pick(on) {
  for (const box of boxes()) box.checked = on;
  tell();
}

function move(step) {
  const rows = [...document.querySelectorAll("#list tbody tr")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  const target = next?.querySelector("th a, td a, [name=pick]");
  if (target) { target.focus(); next.scrollIntoView({ block: "nearest" }); }
}

// Columns change places where they stand; "Show" then asks for them in this order.
function shift(item, by) {
  const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  if (by < 0) other.before(item); else other.after(item);
  focused.focus();
  item.scrollIntoView({ block: "nearest" });
  const told = item.closest("form").querySelector("[data-moved]"), all = [...item.parentElement.children];
  told.textContent = told.dataset.moved.replace("%name", item.dataset.label)
    .replace("%n", all.indexOf(item) + 1).replace("%m", all.length);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) pick(event.target.checked);
  else if (event.target.matches("[name=pick], #picked [name=all]")) tell();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order] button");
  if (button) { event.preventDefault(); shift(button.closest("li"), button.name === "up" ? -1 : 1); return; }
  if (!event.target.closest("[data-pick-none]")) return;
  const all = document.querySelector("#picked [name=all]");
  if (all) all.checked = false;
  pick(false);
});
document.addEventListener("keydown", (event) => {
  const item = event.altKey && /^Arrow(Up|Down)$/.test(event.key) && event.target.closest("[data-order] > li");
  if (item) { event.preventDefault(); shift(item, event.key === "ArrowUp" ? -1 : 1); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x") {
    const box = event.target.closest("#list tbody tr")?.querySelector("[name=pick]");
    if (box) { box.checked = !box.checked; tell(); event.preventDefault(); }
  }
});
document.addEventListener("htmx:afterSettle", () => show(document));
show(document);
