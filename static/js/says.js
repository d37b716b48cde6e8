// Shows the description of the chosen rating under its radios; the server has already printed the one chosen before.
document.addEventListener("change", (event) => {
  const line = event.target.closest(".seg[data-says]")?.querySelector(".says");
  if (line) line.textContent = event.target.dataset.says ?? "";
});
