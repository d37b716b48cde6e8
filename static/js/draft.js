// Parks what a person types, so that nothing is lost with a closed tab, a signed-out session or a restart.
// <form data-draft="/drafts/"> with its ticket in <input name="draft_ticket">; [data-draft-told] says "Saved 12:03".
const PAUSE = 1200;
const LONGEST = 256 * 1024;

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
    this.timer = 0;
    this.last = JSON.stringify(collect(form));
    this.busy = false;
    form.addEventListener("input", () => this.soon());
    form.addEventListener("change", () => this.soon());
    form.addEventListener("submit", () => { clearTimeout(this.timer); this.busy = true; });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.park(true); });
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.park(false), PAUSE);
  }

  async park(leaving) {
    clearTimeout(this.timer);
    const fields = JSON.stringify(collect(this.form));
    if (this.busy || fields === this.last || fields.length > LONGEST) return;
    this.busy = true;
    const data = this.form.dataset;
    const body = new URLSearchParams({
      ticket: this.form.elements.draft_ticket.value, version: this.form.elements.version?.value ?? "", fields,
    });
    try {
      const answer = await fetch(data.draft, {
        method: "POST", body, keepalive: leaving && fields.length < 60000, credentials: "same-origin", redirect: "error",
        headers: { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
      });
      if (answer.ok) { this.last = fields; this.tell((await answer.json()).told); }
      else this.tell(data.draftFailed);
    } catch { this.tell(data.draftFailed); }
    this.busy = false;
  }

  tell(words) {
    if (this.told) this.told.textContent = words ?? "";
  }
}

for (const form of document.querySelectorAll("form[data-draft]")) new Draft(form);
