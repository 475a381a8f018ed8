// Single keys for who reads with the keyboard. Everything they do can be done without them; the reader can switch them
// off, and they do nothing while somebody types.
(() => {
  "use strict";

  if (document.documentElement.dataset.keys === "off") return;

  const help = document.getElementById("keys-help");
  const links = () => [...document.querySelectorAll("#activity a.expand")];

  const typing = (target) =>
    target instanceof Element && (target.isContentEditable
      || target.closest("input, textarea, select, [role=textbox], [role=searchbox], [role=combobox], [role=listbox]"));

  /** The row of the log that the focus is in: a record's, or the details under it. */
  const here = () => {
    const row = document.activeElement?.closest("#activity tr[data-record-id], #activity tr.detail");
    return row?.classList.contains("detail") ? row.previousElementSibling : row;
  };

  /** To the row after the one with the focus, or before it; without one, to the first that is in sight. */
  const move = (step) => {
    const all = links();
    const row = here();
    const at = row ? all.findIndex((link) => row.contains(link)) : -1;
    const inSight = (link) => link.closest("tr").getBoundingClientRect().top >= 0;
    const to = row ? all[at + step] : all.find(inSight) ?? all[0];
    if (!to) return;
    to.focus({ preventScroll: true });
    // The row, not the link alone: with the room that the stylesheet asks for beside what stays in place.
    to.closest("tr").scrollIntoView({ block: "nearest" });
  };

  const search = () => {
    const field = document.getElementById("q")
      ?? document.querySelector("form[role=search] input:not([type=hidden], [type=date])");
    if (!field) return false;
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    field.focus();
    field.select();
    return true;
  };

  const follow = (selector) => {
    const link = document.querySelector(selector);
    link?.click();
    return Boolean(link);
  };

  const keys = {
    "/": search,
    j: () => move(1),
    k: () => move(-1),
    // Elsewhere they scroll, as everywhere.
    ArrowDown: () => (document.activeElement?.matches("#activity a.expand") ? move(1) : false),
    ArrowUp: () => (document.activeElement?.matches("#activity a.expand") ? move(-1) : false),
    n: (held) => !held && follow("a[rel=next]"),
    p: (held) => !held && follow("a[rel=prev]"),
    e: (held) => !held && follow("#export"),
    "?": () => (help ? help.showModal() : false),
  };

  document.addEventListener("keydown", (event) => {
    // 229: a browser that says nothing else of an input method at work.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (act && act(event.repeat) !== false) event.preventDefault();
  });
})();
