// Parks what a person types, so that nothing is lost with a closed tab, a signed-out session or a restart.
// <form data-draft="/drafts/"> with its ticket in <input name="draft_ticket">; [data-draft-told] says "Saved 12:03".
const PAUSE = 1200;
const LONGEST = 256 * 1024;
const LEFT_FOR = 7 * 24 * 3600 * 1000;

// What the network kept from being parked stays in this browser, under its person, until it is parked or given up.
const unsent = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  keep(key, version, fields) {
    try { localStorage.setItem(key, JSON.stringify({ version, fields, at: Date.now() })); } catch { /* no room */ }
  },
  drop(key) { try { localStorage.removeItem(key); } catch { /* no storage */ } },
  tidy() {
    try {
      for (const key of Object.keys(localStorage).filter((one) => one.startsWith("unsent ")))
        if (!(Date.now() - this.read(key)?.at < LEFT_FOR)) this.drop(key);
    } catch { /* no storage */ }
  },
};
unsent.tidy();
window.unsent = unsent;

function collect(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || name === "csrfmiddlewaretoken" || name === "version" || name === "draft_ticket") continue;
    const control = form.elements[name];
    if (control && control.type === "password") continue;
    (fields[name] ??= []).push(value);
  }
  return fields;
}

class Draft {
  constructor(form) {
    this.form = form;
    this.told = form.querySelector("[data-draft-told]");
    this.key = `unsent ${form.dataset.draftFor} ${location.pathname} ${form.getAttribute("action") ?? ""}`;
    this.timer = 0;
    this.last = JSON.stringify(collect(form));
    this.busy = this.failed = this.submitted = false;
    form.addEventListener("input", () => this.soon());
    form.addEventListener("change", () => this.soon());
    form.addEventListener("submit", (event) => this.onSubmit(event));
    window.addEventListener("online", () => this.park(false));
    window.addEventListener("pageshow", (event) => { if (event.persisted) this.submitted = false; });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.park(true); });
    this.takeUp();
  }

  get version() { return this.form.elements.version?.value ?? ""; }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.park(false), PAUSE);
  }

  onSubmit(event) {
    clearTimeout(this.timer);
    if (navigator.onLine) { this.submitted = true; unsent.drop(this.key); return; }
    event.preventDefault();
    this.park(false);
    this.tell(this.form.dataset.draftFailed);
  }

  async park(leaving) {
    clearTimeout(this.timer);
    const fields = JSON.stringify(collect(this.form));
    if (this.submitted || fields === this.last || fields.length > LONGEST) return;
    if (leaving && (this.failed || !navigator.onLine)) unsent.keep(this.key, this.version, fields);
    if (this.busy) { this.soon(); return; }
    this.busy = true;
    const parked = await this.send(this.version, fields, leaving);
    this.busy = false;
    this.failed = !parked;
    if (parked) { this.last = fields; unsent.drop(this.key); } else if (!this.submitted) unsent.keep(this.key, this.version, fields);
  }

  /** Send text to be parked; return whether it is. */
  async send(version, fields, leaving = false) {
    const data = this.form.dataset;
    try {
      const answer = await fetch(data.draft, {
        method: "POST", body: new URLSearchParams({ ticket: this.form.elements.draft_ticket.value, version, fields }),
        keepalive: leaving && fields.length < 60000, credentials: "same-origin", redirect: "error",
        headers: { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
      });
      const json = answer.headers.get("Content-Type")?.includes("json");
      this.tell(json ? (await answer.json()).told : data.draftFailed);
      return answer.ok;
    } catch { this.tell(data.draftFailed); }
    return false;
  }

  /** Park what an earlier page could not, and show the page that offers it. */
  async takeUp() {
    const held = unsent.read(this.key);
    if (!held) return;
    const answered = performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200;
    if (answered >= 400) unsent.drop(this.key);
    else if (await this.send(held.version, held.fields)) { unsent.drop(this.key); location.reload(); }
  }

  tell(words) {
    if (this.told) this.told.textContent = words ?? "";
  }
}

for (const form of document.querySelectorAll("form[data-draft]")) new Draft(form);
