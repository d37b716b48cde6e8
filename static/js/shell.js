// Keys, menus, copy buttons, focus: small comforts of every page. Nothing here is needed for a core task.
// Modules do not import each other: each file is served under the hash of its own content.

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
  if (event.key === "?") {
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

function sayWhatFailed(event) {
  // A part of the page could not be replaced: say in words what the answer said, and leave it there.
  const note = document.getElementById("swap-failed");
  if (!note) return;
  const answer = new DOMParser().parseFromString(event.detail.xhr?.responseText ?? "", "text/html");
  const words = [...answer.querySelectorAll("h1, .lead")].map((part) => part.textContent.trim()).filter(Boolean);
  note.textContent = words.length ? words.join(". ") : note.dataset.else;
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", onKey);
document.addEventListener("htmx:responseError", sayWhatFailed);
document.addEventListener("htmx:sendError", sayWhatFailed);
document.addEventListener("click", explainRefusals, true);
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.pop")));
document.addEventListener("htmx:afterSwap", (event) => startCopy(event.detail.elt));
document.querySelector("[data-focus]")?.focus();
startCopy(document);
