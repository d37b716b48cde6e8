// The grid by keyboard: move, edit a cell, decide with Y N ?, each row saved by itself. Without scripts every row has
// its form page; the grid posts the same form ("only" names the fields typed in), parks the same draft.
const PAUSE = 1200;
const PARK_AFTER = 1200;
const PANEL_AFTER = 220;
const TEXTS = new Set(["reason", "implementation", "proof"]);
const table = document.querySelector("table[data-soa]");
const told = document.querySelector("[data-soa-told]");
const panel = document.getElementById("inspect");
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
const rowOf = (element) => element.closest("tr[data-code]");
const allRows = () => [...document.querySelectorAll("table.soa tr[data-code]")];
const cellsOf = (row) => [...row.querySelectorAll(":scope > td")];
const tell = (text) => { if (told) told.textContent = text; };

/** What is stored in a cell, as a form field would hold it. */
function rawOf(cell) {
  const name = cell.dataset.f;
  if (name === "applies") return rowOf(cell).dataset.applies;
  if (TEXTS.has(name)) return cell.querySelector(".v")?.textContent ?? "";
  return cell.dataset.v ?? "";
}

class Row {
  static known = new Map();
  static of(element) {
    const { code } = rowOf(element).dataset;
    if (!Row.known.has(code)) Row.known.set(code, new Row(code));
    return Row.known.get(code);
  }

  constructor(code) { this.code = code; this.pending = new Map(); this.original = new Map(); this.timer = 0; this.sending = null; }
  get tr() { return document.getElementById(this.code); }
  cell(name) { return this.tr.querySelector(`td[data-f="${name}"]`); }

  /** Note values ({name: [..]}) to be saved together after a pause, or when the row is left. */
  note(values) {
    for (const [name, list] of Object.entries(values)) {
      if (!this.original.has(name)) this.original.set(name, this.stored(name));
      this.pending.set(name, list);
    }
    this.tr.classList.add("waiting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.soon(), PAUSE);
  }

  /** Save unless a cell of the row is still open: what is done in a row in one go is one entry. */
  soon() {
    if (!this.tr.querySelector("td.edit")) this.flush();
  }

  body(values) {
    const body = new URLSearchParams({ version: this.tr.dataset.version, draft_ticket: this.tr.dataset.ticket });
    for (const [name, list] of values) {
      body.append("only", name);
      for (const value of list) body.append(name, value);
    }
    return body;
  }

  async flush() {
    clearTimeout(this.timer);
    if (!this.pending.size || this.sending) return;
    const values = this.pending;
    this.pending = new Map();
    const before = Object.fromEntries([...values.keys()].map((name) => [name, this.original.get(name)]));
    try {
      this.sending = fetch(this.tr.dataset.row, {
        method: "POST", body: this.body(values), credentials: "same-origin",
        headers: { "X-CSRFToken": csrf(), "HX-Request": "true", Accept: "application/json" },
      });
      await this.answered(await this.sending, values, before);
    } catch {
      for (const [name, list] of values) if (!this.pending.has(name)) this.pending.set(name, list);
      this.keepHere();
      this.say(table.dataset.failed);
    } finally { this.sending = null; }
    if (this.pending.size && navigator.onLine) this.timer = setTimeout(() => this.flush(), PAUSE * 4);
  }

  get key() { return `unsent ${table.dataset.for} ${this.tr.dataset.row}`; }

  /** Everything typed in the row and not saved, as a draft holds it. */
  typed() {
    const open = this.tr.querySelector("td.edit");
    const all = { ...Object.fromEntries(this.pending), ...(open && read(open)) };
    return JSON.stringify({ only: Object.keys(all), ...all });
  }

  keepHere() { window.unsent.keep(this.key, this.tr.dataset.version, this.typed()); }

  stored(name) {
    const cell = this.cell(name === "grounds" ? "drivers" : name);
    const raw = rawOf(cell);
    return name === "drivers" || name === "grounds" ? raw.split(" ").filter(Boolean) : [raw];
  }

  async answered(answer, values, before) {
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) return this.signedOut(values);
    const found = await answer.json();
    if (answer.ok) {
      if (String(found.version) !== this.tr.dataset.version) undoable.push({ code: this.code, values: before });
      for (const name of values.keys()) if (!this.pending.has(name)) this.original.delete(name);
      window.unsent.drop(this.key);
      this.show(found);
      tell(`${this.code} ${found.saved}`);
      return;
    }
    const name = [...values.keys()].find((one) => TEXTS.has(one)) ?? [...values.keys()][0];
    if (found.version) this.tr.dataset.version = found.version;
    if (found.conflict) this.conflict(name, values, found.conflict);
    else this.refuse(name, values, found.told ?? "");
  }

  /** Put the row as stored in the page; an editor that was opened meanwhile stays as it is. */
  show(found) {
    const old = this.tr;
    const open = old.querySelector("td.edit");
    const focused = !open && old.contains(document.activeElement) ? document.activeElement.closest("td")?.dataset.f : null;
    const holder = document.createElement("template");
    holder.innerHTML = found.row.trim();
    const fresh = holder.content.querySelector("tr");
    if (open) fresh.querySelector(`td[data-f="${open.dataset.f}"]`).replaceWith(open);
    if (old.classList.contains("now")) { fresh.classList.add("now"); inspect(fresh); }
    old.replaceWith(fresh);
    prepare(fresh);
    for (const [name, list] of this.pending) {
      const cell = this.cell(name === "grounds" ? "drivers" : name);
      if (!cell.classList.contains("edit")) preview(cell, list);
    }
    if (focused) focus(fresh.querySelector(`td[data-f="${focused}"]`));
    const tally = document.getElementById("tally");
    if (tally && found.tally) tally.outerHTML = found.tally;
  }

  say(text, alert = true) {
    const cell = this.tr.querySelector("td.edit .keys, td[data-f='reason']");
    this.tr.querySelector(".soa-said")?.remove();
    const said = document.createElement("span");
    said.className = "soa-said";
    said.textContent = text;
    cell.append(said);
    if (alert) tell(`${this.code}: ${text}`);
    return said;
  }

  signedOut(values) {
    for (const [name, list] of values) if (!this.pending.has(name)) this.pending.set(name, list);
    clearTimeout(this.timer);
    const said = this.say(`${table.dataset.out} `);
    const link = document.createElement("a");
    link.href = table.dataset.signin;
    link.textContent = table.dataset.in;
    said.append(link);
    leaving = true;
  }

  refuse(name, values, text) {
    const editor = edit(this.cell(name === "grounds" ? "drivers" : name), values.get(name));
    this.say(text);
    editor?.focus();
  }

  /** Somebody else saved the row: what was typed stays; the person chooses. */
  conflict(name, values, html) {
    edit(this.cell(name === "grounds" ? "drivers" : name), values.get(name));
    const cell = this.tr.querySelector("td.edit") ?? this.cell("reason");
    cell.querySelector(".soa-conflict")?.remove();
    cell.insertAdjacentHTML("beforeend", html);
    cell.querySelector("[data-soa-mine]").addEventListener("click", () => {
      cell.querySelector(".soa-conflict").remove();
      const typed = read(cell);
      this.note({ ...Object.fromEntries(values), ...(typed ?? {}) });
      close(cell);
      this.flush();
    });
    cell.querySelector("[data-soa-theirs]").addEventListener("click", () => this.reload());
    cell.querySelector("[data-soa-mine]").focus();
  }

  async reload() {
    const open = this.tr.querySelector("td.edit");
    const name = open?.dataset.f;
    if (open) close(open);
    this.original.clear();
    const answer = await fetch(this.tr.dataset.row, { credentials: "same-origin", headers: { Accept: "application/json" } });
    this.show(await answer.json());
    focus(this.cell(name ?? "reason"));
  }
}

let leaving = false;
const undoable = [];

// Moving ---------------------------------------------------------------------------------------------------------------

function prepare(row) {
  for (const cell of cellsOf(row)) cell.tabIndex = -1;
}

function focus(cell) {
  if (!cell) return;
  table.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
  cell.focus({ preventScroll: false });
}

function entered(cell) {
  const row = rowOf(cell);
  const before = table.querySelector("tr.now");
  if (before === row) return;
  before?.classList.remove("now");
  row.classList.add("now");
  if (before?.dataset.code && before.dataset.row) Row.of(before).flush();
  inspect(row);
}

let panelTimer = 0;
function inspect(row) {
  clearTimeout(panelTimer);
  if (!panel || !window.matchMedia("(min-width: 1000px)").matches) return;
  panelTimer = setTimeout(async () => {
    try {
      const answer = await fetch(row.dataset.panel, { credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return;
      panel.innerHTML = await answer.text();
      panel.hidden = false;
    } catch { /* the panel is a comfort */ }
  }, PANEL_AFTER);
}

function move(cell, key) {
  const row = rowOf(cell);
  const cells = cellsOf(row);
  const at = cells.indexOf(cell);
  const rows = allRows();
  const line = rows.indexOf(row);
  const to = {
    ArrowLeft: () => cells[at - 1], ArrowRight: () => cells[at + 1], Home: () => cells[0], End: () => cells.at(-1),
    ArrowUp: () => rows[line - 1] && cellsOf(rows[line - 1])[at], ArrowDown: () => rows[line + 1] && cellsOf(rows[line + 1])[at],
  }[key]?.();
  if (to) focus(to);
}

function nextUndecided(from) {
  const rows = allRows();
  const start = from ? rows.indexOf(rowOf(from)) : -1;
  const found = [...rows.slice(start + 1), ...rows.slice(0, start + 1)].find((row) => row.querySelector(".yn.q"));
  if (found) focus(found.querySelector("td[data-f='applies']"));
}

// Editing --------------------------------------------------------------------------------------------------------------

const may = (name) => !table.dataset.soa || table.dataset.soa.split(" ").includes(name);

function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function control(cell, typed) {
  const name = cell.dataset.f;
  const row = rowOf(cell);
  if (TEXTS.has(name)) {
    const area = document.createElement("textarea");
    area.value = typed?.[0] ?? (rawOf(cell) || cell.dataset.drafted || "");
    return area;
  }
  if (name === "status" || name === "owner") {
    const select = fromTemplate(`soa-${name}`);
    select.value = typed?.[0] ?? rawOf(cell);
    return select;
  }
  if (name === "drivers") {
    const group = fromTemplate(row.dataset.applies === "no" ? "soa-grounds" : "soa-drivers");
    const held = typed ?? rawOf(cell).split(" ");
    for (const box of group.querySelectorAll("input")) box.checked = held.includes(box.value);
    return group;
  }
  if (name === "next_review") {
    const input = document.createElement("input");
    input.type = "text";
    input.className = "form-control";
    input.placeholder = "31 March 2027";
    input.value = typed?.[0] ?? rawOf(cell);
    return input;
  }
  return null;
}

/** Open the editor of a cell with what is stored, drafted or typed; return what takes the focus. */
function edit(cell, typed = null) {
  const row = rowOf(cell);
  if (!row.dataset.row || !cell.dataset.f || !may(cell.dataset.f) || cell.dataset.f === "applies") return null;
  if (cell.classList.contains("edit")) return cell.querySelector("textarea, select, input");
  const element = control(cell, typed);
  if (!element) { leaving = false; window.location.assign(`${row.dataset.edit}#id_${cell.dataset.f}`); return null; }
  for (const open of table.querySelectorAll("td.edit")) commit(open, false);
  const kept = document.createElement("div");
  kept.hidden = true;
  kept.className = "kept";
  kept.append(...cell.childNodes);
  const takes = element.matches("textarea, select, input") ? element : element.querySelector("input");
  takes.setAttribute("aria-label", `${row.dataset.code} ${cell.dataset.l}`);
  cell.classList.add("edit");
  cell.append(kept, element, keysOf(cell));
  takes.focus();
  takes.setSelectionRange?.(takes.value.length, takes.value.length);
  element.addEventListener("input", () => parkSoon(cell));
  return takes;
}

function keysOf(cell) {
  const keys = document.createElement("div");
  keys.className = "keys";
  const say = table.dataset;
  const parts = [["Enter", say.keep], ["Esc", say.back]];
  if (TEXTS.has(cell.dataset.f)) parts.push(["Shift Enter", say.line]);
  if (cell.dataset.drafted && !cell.querySelector(".v")) {
    const drafted = document.createElement("span");
    drafted.textContent = say.drafted;
    keys.append(drafted);
  }
  for (const [key, text] of parts) {
    const part = document.createElement("span");
    const mark = document.createElement("kbd");
    mark.textContent = key;
    part.append(mark, ` ${text}`);
    keys.append(part);
  }
  return keys;
}

/** What an open editor holds, as {name: [..]}. */
function read(cell) {
  const name = cell.dataset.f;
  const boxes = [...cell.querySelectorAll(":scope > .boxes input")];
  if (boxes.length) return { [boxes[0].name]: boxes.filter((box) => box.checked).map((box) => box.value) };
  const element = cell.querySelector(":scope > textarea, :scope > select, :scope > input");
  return element ? { [name]: [element.value] } : null;
}

function close(cell) {
  const kept = cell.querySelector(".kept");
  if (!kept) return;
  cell.classList.remove("edit");
  cell.replaceChildren(...kept.childNodes);
}

function commit(cell, stay = true) {
  const row = rowOf(cell);
  const typed = read(cell);
  const drafted = cell.dataset.drafted && cell.dataset.f === "reason" && !cell.querySelector(".kept .v");
  close(cell);
  clearTimeout(parkTimer);
  if (stay) focus(cell);
  const state = Row.of(cell);
  if (!typed) return;
  const [name, values] = Object.entries(typed)[0];
  if (!drafted && String(state.stored(name)) === String(values) && !state.pending.has(name)) {
    if (state.pending.size) state.note({});
    return;
  }
  if (drafted) {
    if (row.dataset.applies === "undecided") typed.applies = ["yes"];
    if (!rawOf(state.cell("drivers"))) typed.drivers = cell.dataset.drivers.split(" ").filter(Boolean);
  }
  state.note(typed);
  preview(cell, values);
}

/** Show what was typed until the answer comes. */
function preview(cell, values) {
  if (TEXTS.has(cell.dataset.f)) {
    const text = document.createElement("span");
    text.className = "v";
    text.textContent = values[0];
    cell.replaceChildren(text);
  } else if (cell.dataset.f === "status" || cell.dataset.f === "owner") {
    const select = fromTemplate(`soa-${cell.dataset.f}`);
    select.value = values[0];
    cell.textContent = values[0] ? select.selectedOptions[0]?.textContent ?? "" : "";
  } else if (cell.dataset.f === "next_review") cell.textContent = values[0];
}

function cancel(cell) {
  close(cell);
  clearTimeout(parkTimer);
  window.unsent.drop(Row.of(cell).key);
  if (parked.delete(rowOf(cell).dataset.code)) discard(rowOf(cell));
  if (Row.of(cell).pending.size) Row.of(cell).note({});
  focus(cell);
}

function decide(cell, value) {
  const row = rowOf(cell);
  if (!row.dataset.row || !may("applies") || row.dataset.applies === value) return;
  const mark = row.querySelector(".yn");
  mark.className = `yn ${{ yes: "y", no: "n", undecided: "q" }[value]}`;
  Row.of(cell).note({ applies: [value] });
}

function undo() {
  const last = undoable.pop();
  if (!last) return;
  const row = Row.of(document.getElementById(last.code));
  focus(row.cell(Object.keys(last.values)[0] === "grounds" ? "drivers" : Object.keys(last.values)[0]));
  row.note(last.values);
  row.flush().then(() => undoable.pop());
}

// Parking what is typed ------------------------------------------------------------------------------------------------

let parkTimer = 0;
const parked = new Set();

function parkSoon(cell) {
  clearTimeout(parkTimer);
  parkTimer = setTimeout(() => park(cell, false), PARK_AFTER);
}

async function park(cell, keepalive) {
  const typed = cell?.classList.contains("edit") ? read(cell) : null;
  if (!typed) return;
  const row = rowOf(cell);
  const fields = Row.of(row).typed();
  if (!navigator.onLine) Row.of(row).keepHere();
  const body = new URLSearchParams({ ticket: row.dataset.ticket, version: row.dataset.version, fields });
  try {
    const answer = await fetch(table.dataset.park, {
      method: "POST", body, credentials: "same-origin", redirect: "error", keepalive: keepalive && fields.length < 60000,
      headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
    });
    if (answer.ok) { parked.add(row.dataset.code); window.unsent.drop(Row.of(row).key); Row.of(row).say((await answer.json()).told, false); }
    else if (answer.status === 401) Row.of(row).say((await answer.json()).told);
    else { Row.of(row).keepHere(); Row.of(row).say(table.dataset.failed); }
  } catch { Row.of(row).keepHere(); if (!keepalive) Row.of(row).say(table.dataset.failed); }
}

/** Park what an earlier page could not, and show the page that names it. */
async function takeUp() {
  let found = false;
  for (const row of allRows().filter((one) => one.dataset.row)) {
    const held = window.unsent.read(Row.of(row).key);
    if (!held) continue;
    const body = new URLSearchParams({ ticket: row.dataset.ticket, version: held.version, fields: held.fields });
    const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
    const answer = await fetch(table.dataset.park, { method: "POST", body, credentials: "same-origin", redirect: "error", headers }).catch(() => null);
    if (answer?.ok) { window.unsent.drop(Row.of(row).key); found = true; }
  }
  if (found) location.reload();
}

function discard(row) {
  const body = new URLSearchParams({ ticket: row.dataset.ticket, next: "/" });
  fetch(table.dataset.discard, { method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-CSRFToken": csrf() } })
    .catch(() => {});
}

// Keys and the mouse ---------------------------------------------------------------------------------------------------

function onEditorKey(event, cell) {
  if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); cancel(cell); }
  else if (event.key === "Enter" && !event.shiftKey && !event.target.matches("button")) { event.preventDefault(); commit(cell); }
  else if (event.key === "Tab") {
    event.preventDefault();
    commit(cell);
    move(cell, event.shiftKey ? "ArrowLeft" : "ArrowRight");
  }
}

function onKey(event) {
  const cell = event.target.closest("td");
  if (!cell) return;
  if (cell.classList.contains("edit")) { if (!event.target.closest(".soa-conflict")) onEditorKey(event, cell); return; }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { event.preventDefault(); undo(); return; }
  if (event.target !== cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const ways = {
    y: () => decide(cell, "yes"), n: () => decide(cell, "no"), "?": () => decide(cell, "undecided"),
    u: () => nextUndecided(cell), Enter: () => open(cell), F2: () => open(cell),
  };
  if (key.startsWith("Arrow") || key === "Home" || key === "End") { event.preventDefault(); move(cell, key); }
  else if (ways[key]) { event.preventDefault(); event.stopPropagation(); ways[key](); }
}

function open(cell) {
  if (edit(cell)) return;
  const link = cell.dataset.f ? null : cell.querySelector("a");
  if (link) link.focus();
}

/** The row the address names ("#A.10.3"), if any. */
function named() {
  const found = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  return found?.matches("tr[data-code]") ? found : null;
}

function toNamed() {
  const row = named();
  if (row && !table.querySelector("td.edit")) focus(row.querySelector("td"));
}

function start() {
  table.setAttribute("role", "grid");
  for (const row of allRows()) prepare(row);
  const cell = (named() ?? allRows()[0])?.querySelector("td");
  if (cell) cell.tabIndex = 0;
  // Going to the row of an address takes the focus away, so it is given once the browser is there.
  if (document.readyState === "complete") toNamed(); else window.addEventListener("load", () => setTimeout(toNamed));
  window.addEventListener("hashchange", toNamed);
  table.addEventListener("keydown", onKey);
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("td, input, textarea, select, [contenteditable]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "u") return;
    event.preventDefault(); nextUndecided(table.querySelector("tr.now td"));
  });
  table.addEventListener("focusin", (event) => { const at = event.target.closest("td"); if (at && rowOf(at)) entered(at); });
  table.addEventListener("click", (event) => {
    const at = event.target.closest("td");
    if (at && rowOf(at) && !at.classList.contains("edit") && !event.target.closest("a, button, input, select, textarea")) focus(at);
  });
  table.addEventListener("dblclick", (event) => {
    const at = event.target.closest("td");
    if (at && rowOf(at) && !at.classList.contains("edit")) open(at);
  });
  panel?.addEventListener("click", (event) => {
    if (event.target.closest("[data-soa-next]")) { event.preventDefault(); nextUndecided(table.querySelector("tr.now td")); }
  });
  window.addEventListener("online", () => { for (const row of Row.known.values()) row.flush(); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    const at = table.querySelector("td.edit");
    if (at) park(at, true);
    for (const row of Row.known.values()) {
      if (!navigator.onLine && row.pending.size) row.keepHere();
      row.flush();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (table.querySelector("td.edit") || [...Row.known.values()].some((row) => row.pending.size || row.sending))) {
      event.preventDefault();
    }
  });
}

if (table) { start(); takeUp(); }
