// Shows the description of the chosen rating under its radios; the server has already printed the one chosen before.
export function startSays(root) {
  for (const group of root.querySelectorAll(".seg[data-says]")) {
    const line = group.querySelector(".says");
    if (!line) continue;
    group.addEventListener("change", (event) => { line.textContent = event.target.dataset.says ?? ""; });
  }
}
