// Bring in: files dropped anywhere on the page join those chosen; each is sent by itself and says what became of it.
// Without this script the browser's own control and button do the work.
const form = document.querySelector("[data-bring]");
const input = form?.querySelector("input[type=file]");
const list = document.getElementById("files");
const over = document.getElementById("drop");
let sending = false, depth = 0;

const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const sameFile = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
const written = (number, digits) => number.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const size = (bytes) => (bytes < 1e6 ? `${written(Math.max(1, bytes / 1e3), 0)} kB` : `${written(bytes / 1e6, 1)} MB`);

function choose(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  input.files = chosen.files;
  show();
}

function line(file) {
  const row = document.getElementById("file-row").content.firstElementChild.cloneNode(true);
  row.querySelector("[data-name]").textContent = file.name;
  row.querySelector("[data-size]").textContent = size(file.size);
  const remove = row.querySelector("button");
  remove.setAttribute("aria-label", `${remove.textContent.trim()} ${file.name}`);
  remove.addEventListener("click", () => {
    const at = [...input.files].findIndex((one) => sameFile(one, file));
    choose([...input.files].filter((one) => !sameFile(one, file)));
    (list.querySelectorAll("li:not([data-done]) button")[Math.max(0, at - 1)] ?? input).focus();
  });
  return row;
}

function show() {
  for (const row of list.querySelectorAll("li:not([data-done])")) row.remove();
  list.append(...[...input.files].map(line));
  list.hidden = !list.children.length;
}

// Swallowed outside, a dropped file would replace the page and all that was typed.
function enter(event) { if (carries(event)) { event.preventDefault(); depth += 1; over.hidden = sending; } }
function leave(event) { if (carries(event)) { depth = Math.max(0, depth - 1); if (!depth) over.hidden = true; } }
function drop(event) {
  if (!carries(event)) return;
  event.preventDefault();
  depth = 0;
  over.hidden = true;
  if (sending) return;
  const had = [...input.files];
  choose([...had, ...[...event.dataTransfer.files].filter((file) => !had.some((one) => sameFile(one, file)))]);
  list.scrollIntoView({ block: "nearest" });
}

function send(file, row) {
  const state = row.querySelector("[data-state]"), bar = row.querySelector("progress");
  row.querySelector("button").remove();
  bar.hidden = false;
  const content = new FormData(form);
  content.delete(input.name);
  content.append(input.name, file, file.name);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.bring);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((100 * event.loaded) / event.total);
      bar.max = event.total;
      bar.value = event.loaded;
      state.textContent = percent < 100 ? list.dataset.sending.replace("%n", percent) : list.dataset.reading;
      if (percent === 100) bar.removeAttribute("value");
    });
    request.addEventListener("loadend", () => {
      row.dataset.done = "yes";
      bar.remove();
      if (request.status === 200) state.innerHTML = request.responseText;
      else state.textContent = list.dataset.failed;
      window.htmx?.process(state);
      done(request.status === 200 && row.querySelector("a[href*='/ART-']"));
    });
    request.send(content);
  });
}

async function submit(event) {
  if (event.submitter?.name === "look" || !input.files.length) return;
  event.preventDefault();
  if (sending) return;
  sending = true;
  const buttons = [...form.querySelectorAll("button[type=submit]")];
  for (const button of buttons) button.disabled = true;
  const files = [...input.files], rows = [...list.querySelectorAll("li:not([data-done])")];
  const links = [];
  for (const [at, file] of files.entries()) links.push(await send(file, rows[at]));
  sending = false;
  for (const button of buttons) button.disabled = false;
  input.value = "";
  if (files.length === 1 && links[0]) location.assign(links[0].href);
  else document.getElementById("all-done").hidden = false;
}

if (form && input && list && over) {
  input.addEventListener("change", show);
  form.addEventListener("submit", submit);
  document.addEventListener("dragenter", enter);
  document.addEventListener("dragleave", leave);
  document.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  document.addEventListener("drop", drop);
  window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
  form.classList.add("drops");
  show();
}
