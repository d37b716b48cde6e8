// Suggests members' names after @ in a comment box; without scripts the name is typed.

const MOST = 6;

for (const box of document.querySelectorAll("textarea[data-mentions]")) {
  const names = [...document.getElementById(box.dataset.mentions).children].map((item) => item.textContent);
  const list = document.createElement("ul");
  list.className = "suggested";
  list.id = `${box.id}-list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${box.id}"]`).textContent);
  box.after(list);
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-autocomplete", "list");
  let at = 0;

  const typed = () => /(?:^|\s)@([^@\n]{0,40})$/u.exec(box.value.slice(0, box.selectionStart));

  const close = () => {
    list.hidden = true;
    box.removeAttribute("aria-activedescendant");
  };

  const mark = (next) => {
    at = (next + list.children.length) % list.children.length;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    box.setAttribute("aria-activedescendant", list.children[at].id);
  };

  const take = (name) => {
    const end = box.selectionStart;
    const start = end - typed()[1].length;
    box.setRangeText(`${name} `, start, end, "end");
    close();
    box.focus();
  };

  const suggest = () => {
    const found = typed();
    const wanted = found ? found[1].toLocaleLowerCase() : "";
    const fits = (name) => ` ${name.toLocaleLowerCase()}`.includes(` ${wanted}`);
    const fitting = found ? names.filter(fits).slice(0, MOST) : [];
    list.replaceChildren(
      ...fitting.map((name, number) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${number}`;
        item.setAttribute("role", "option");
        item.textContent = name;
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(name);
        });
        return item;
      }),
    );
    list.hidden = !fitting.length;
    if (fitting.length) mark(0);
    else close();
  };

  box.addEventListener("input", suggest);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[at].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}
