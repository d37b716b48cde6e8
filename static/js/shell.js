// Keys, menus, copy buttons, focus: small comforts of every page. Nothing here is needed for a core task.
import { startDrafts } from "./draft.js";
import { startSays } from "./says.js";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
const openMenus = () => document.querySelectorAll("details.pop[open]");

function closeMenus(except) {
  for (const menu of openMenus()) if (menu !== except) menu.open = false;
}

function onKey(event) {
  if (event.key === "Escape") {
    const menu = document.activeElement?.closest("details.pop[open]");
    closeMenus(null);
    if (menu) menu.querySelector("summary").focus();
    else if (document.activeElement?.matches("input[type=search]")) document.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-key-focus='/']");
    if (search && search.offsetParent !== null) { event.preventDefault(); search.focus(); search.select(); }
  } else if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys && !keys.open) { event.preventDefault(); keys.showModal(); }
  }
}

function startCopy(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(source.dataset.value ?? source.textContent.trim());
      const told = button.parentElement.querySelector("[data-copied]");
      if (told) told.textContent = told.dataset.copied;
    });
  }
}

function explainRefusals(event) {
  // A button that cannot act now keeps its focus and leads to its reason.
  const button = event.target.closest?.("[aria-disabled='true']");
  if (button) event.preventDefault();
}

function start(root) {
  startCopy(root);
  startSays(root);
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", explainRefusals, true);
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.pop")));
document.addEventListener("htmx:afterSwap", (event) => start(event.detail.elt));
document.querySelector("[data-focus]")?.focus();
start(document);
startDrafts(document);
