// The palette: Ctrl K or / opens it, arrows choose, Enter goes. Without scripts the search in the bar does the same.
const palette = document.getElementById("palette");
const field = document.getElementById("palette-q");
const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
const options = () => [...palette.querySelectorAll("a[role=option]")];

function choose(at) {
  const all = options();
  for (const one of all) one.setAttribute("aria-selected", "false");
  const chosen = all[(at + all.length) % all.length];
  if (!chosen) { field.removeAttribute("aria-activedescendant"); return; }
  chosen.setAttribute("aria-selected", "true");
  chosen.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", chosen.id);
}

const chosenAt = () => options().findIndex((one) => one.getAttribute("aria-selected") === "true");

function go() {
  const chosen = options()[chosenAt()];
  if (chosen) window.location.assign(chosen.href);
}

function open() {
  if (palette.open) return;
  palette.showModal();
  delete palette.dataset.go;
  field.select();
  field.dispatchEvent(new Event("palette-open"));
}

function onKey(event) {
  const wanted = event.key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
  if (wanted || slash) { if (!document.querySelector("dialog[open]:not(#palette)")) { event.preventDefault(); open(); } return; }
  if (!palette.open || event.target !== field || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(chosenAt() + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (palette.dataset.for === field.value) go();
    else palette.dataset.go = "yes"; // what was typed last is still being looked up
  } else if (event.key === "Escape") {
    event.preventDefault();
    palette.close();
  }
}

if (palette && field) {
  document.addEventListener("keydown", onKey);
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  palette.addEventListener("htmx:afterSwap", (event) => {
    palette.dataset.for = event.detail.requestConfig?.parameters?.q ?? field.value;
    choose(0);
    if (palette.dataset.go && palette.dataset.for === field.value) go();
    const told = document.getElementById("palette-told"), n = options().length;
    told.textContent = n === 1 ? told.dataset.one : told.dataset.many.replace("%n", n);
  });
}
