// The risk form: "Today" follows "Before controls" until somebody rates it; parts that do not apply stay quiet.
// Without this script the server does both when the draft is saved.
const form = document.getElementById("risk-form");

function chosen(name) {
  return form.querySelector(`input[name="${name}"]:checked`)?.value ?? null;
}

function choose(name, value) {
  const radio = form.querySelector(`input[name="${name}"][value="${value}"]`);
  if (!radio || radio.checked) return;
  radio.checked = true;
  const says = radio.closest("[data-says]")?.querySelector(".says");
  if (says) says.textContent = radio.dataset.says ?? "";
}

function showUnknown() {
  const part = form.querySelector("[data-unknown]");
  if (!part) return;
  const unknown = ["before", "today", "target"].some((when) => chosen(`${when}_likelihood`) === "0");
  const text = part.querySelector("textarea");
  part.hidden = !unknown && !text.value && !part.querySelector(".error");
}

function onChange(event) {
  const follows = form.elements.today_follows;
  const { name } = event.target;
  if (name?.startsWith("today_") && follows) follows.value = "";
  if (name?.startsWith("before_") && event.target.type === "radio" && follows?.value === "yes") {
    choose(name.replace("before_", "today_"), event.target.value);
  }
  showUnknown();
}

if (form) {
  // Listens while the event travels down, so that the preview asked for afterwards sees what follows.
  form.addEventListener("change", onChange, true);
  showUnknown();
}
