// Comforts over pages that work without them: the browser's time zone, details under their row, copying, news.
(() => {
  "use strict";

  const status = document.getElementById("status");
  const say = (text) => { if (status) status.textContent = text; };

  // ---- Time zone: told to the server by a cookie, so that dates are the reader's own from then on.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const has = (name) => document.cookie.split("; ").some((pair) => pair.startsWith(name + "="));
  if (zone && /^[\w+\/-]+$/.test(zone)) {
    const known = has("tz");
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `tz=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    // The very first page was made without knowing; once is enough.
    if (!known && has("tz") && !has("zone") && document.documentElement.dataset.zone !== zone
        && document.querySelector("time[datetime], .filters")) {
      location.reload();
    }
  }

  // ---- Copying: the buttons are of no use without script, so they come hidden.
  const revive = (root) => {
    for (const button of root.querySelectorAll("button.copy[hidden]")) button.hidden = false;
  };
  const copy = async (button) => {
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const text = source ? source.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.textContent;
    if (label !== button.dataset.done) {
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 1500);
    }
    say("");
    setTimeout(() => say(button.dataset.done), 50);
  };
  revive(document);

  // ---- Details under their row. The links lead to the record's page where this does not run.
  const table = document.getElementById("activity");

  const remember = () => {
    const url = new URL(location.href);
    url.searchParams.delete("open");
    for (const link of table.querySelectorAll('a.expand[aria-expanded="true"]')) {
      url.searchParams.append("open", link.closest("tr").dataset.recordId);
    }
    history.replaceState(null, "", url);
  };

  const close = (link) => {
    const detail = document.getElementById(link.getAttribute("aria-controls"));
    link.setAttribute("aria-expanded", "false");
    link.closest("tr").classList.remove("open");
    if (detail) detail.remove();
    link.focus();
    remember();
  };

  const message = (cell, text, href) => {
    const line = document.createElement("p");
    line.className = "loading";
    line.textContent = text;
    if (href) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = table.dataset.openPage;
      line.append(" ", link);
    }
    cell.replaceChildren(line);
  };

  const open = async (link) => {
    const row = link.closest("tr");
    const detail = document.createElement("tr");
    const cell = document.createElement("td");
    detail.className = "detail";
    detail.id = "d-" + row.dataset.recordId;
    detail.setAttribute("role", "row");
    cell.colSpan = 5;
    cell.setAttribute("role", "cell");
    detail.append(cell);
    row.after(detail);
    row.classList.add("open");
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-controls", detail.id);
    remember();
    const slow = setTimeout(() => { message(cell, table.dataset.loading); say(table.dataset.loading); }, 300);
    try {
      const url = new URL(link.href);
      const query = new URLSearchParams(location.search);
      query.delete("open");
      query.set("fragment", "1");
      url.search = query;
      const answer = await fetch(url, { headers: { "X-Requested-With": "partnerlog" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const content = new DOMParser().parseFromString(await answer.text(), "text/html");
      cell.replaceChildren(...content.body.children);
      revive(cell);
    } catch {
      message(cell, table.dataset.failed, link.href);
      say(table.dataset.failed);
    } finally {
      clearTimeout(slow);
    }
  };

  const toggle = (link) => (link.getAttribute("aria-expanded") === "true" ? close(link) : open(link));

  if (table) {
    for (const link of table.querySelectorAll("a.expand")) link.setAttribute("aria-expanded", "false");
    const wanted = new URLSearchParams(location.search).getAll("open").slice(0, 10);
    for (const id of wanted) {
      const row = document.getElementById("r-" + id);
      if (row) open(row.querySelector("a.expand"));
    }
  }

  // ---- A menu on each row: only these, or all but these. Without script the record's page has the same links.
  const field = (row, key) => {
    const cell = row.querySelector(`td.${key}`);
    const text = (found) => found && found.textContent.trim();
    if (key === "customer") {
      const link = cell.querySelector("a");
      const name = text(cell.querySelector("bdi"));
      return name && [link ? decodeURIComponent(link.pathname.split("/")[2]) : name, name];
    }
    if (key === "action") return cell.dataset.only && [cell.dataset.only, text(cell.querySelector(".what bdi"))];
    if (key === "status") {
      const mark = row.querySelector("[data-status]");
      return mark && [mark.dataset.status, text(mark)];
    }
    const user = text(cell.querySelector(".upn"));
    return user && [user, user];
  };

  const narrowed = (key, value, exclude) => {
    const query = new URLSearchParams();
    for (const [name, old] of new URLSearchParams(location.search)) {
      // What the value stands under now is decided anew; of a filter that is narrowed to it, nothing else remains.
      const is = (wanted) => name === wanted && (old === value || (wanted === key && !exclude));
      if (name !== "after" && name !== "open" && !is(key) && !is(`-${key}`)) query.append(name, old);
    }
    query.append(exclude ? `-${key}` : key, value);
    return `?${query}`;
  };

  const fill = (menu) => {
    const row = menu.closest("tr");
    const panel = document.createElement("dl");
    panel.className = "panel";
    for (const key of ["customer", "action", "status", "user"]) {
      const [value, words] = field(row, key) || [];
      // A text that was cut, or that no filter could hold, is none.
      if (!value || value.length > 512 || value.endsWith("…") || value.trim() !== value) continue;
      const name = document.createElement("dt");
      const links = document.createElement("dd");
      const shown = document.createElement("bdi");
      shown.textContent = words;
      name.append(shown);
      for (const exclude of [false, true]) {
        const link = document.createElement("a");
        link.href = narrowed(key, value, exclude);
        link.textContent = exclude ? table.dataset.exclude : table.dataset.only;
        const what = document.createElement("span");
        what.className = "visually-hidden";
        what.textContent = ` ${words}`;
        link.append(what);
        links.append(link);
      }
      panel.append(name, links);
    }
    menu.append(panel);
  };

  if (table && table.dataset.menu) {
    const menu = document.createElement("details");
    menu.className = "menu row-menu";
    const summary = document.createElement("summary");
    summary.textContent = "⋯";
    menu.append(summary);
    for (const row of table.querySelectorAll("tr[data-record-id]")) {
      const own = menu.cloneNode(true);
      own.firstChild.setAttribute("aria-label", `${table.dataset.menu}: ${row.querySelector(".what bdi").textContent}`);
      own.addEventListener("toggle", () => {
        if (!own.open) return;
        if (own.childElementCount === 1) fill(own);
        // The menu of the last row to be seen would open under the window's edge.
        own.lastChild.scrollIntoView({ block: "nearest" });
      });
      row.querySelector("td.details").append(own);
    }
  }

  // ---- Type-ahead: the list of a filter's field follows what is typed; what is taken from it is ticked.
  const propose = async (input) => {
    const list = input.list;
    const text = input.value.trim();
    if (!text || input.dataset.asked === text) return;
    input.dataset.asked = text;
    try {
      const query = new URLSearchParams({ field: input.dataset.suggest, text });
      const answer = await fetch(`/activity/suggest?${query}`, {
        headers: { "X-Requested-With": "partnerlog" },
        redirect: "error",
      });
      // Only the answer to what stands there now.
      if (input.dataset.asked !== text) return;
      if (!answer.ok) throw new Error(answer.statusText);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...found.querySelectorAll("option"));
    } catch {
      // What was proposed before remains; any text can be typed. The next key asks again.
      if (input.dataset.asked === text) delete input.dataset.asked;
    }
  };

  const take = (input) => {
    const option = [...input.list.options].find((one) => one.value === input.value);
    if (!option) return;
    const value = option.dataset.exact || option.value;
    const values = input.closest(".values");
    let box = [...values.querySelectorAll("input[type=checkbox]")].find((one) => one.value === value);
    if (!box) {
      const label = document.createElement("label");
      const name = document.createElement("bdi");
      box = document.createElement("input");
      box.type = "checkbox";
      box.name = input.name;
      box.value = value;
      name.textContent = option.dataset.exact ? option.value : option.label || option.value;
      label.append(box, name);
      input.list.after(label);
    }
    box.checked = true;
    say(box.closest("label").textContent);
    input.value = "";
  };

  let pause;
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.dataset || !input.dataset.suggest) return;
    // Browsers tell a choice from the list by this, or by no type at all.
    if (!event.inputType || event.inputType === "insertReplacementText") return take(input);
    clearTimeout(pause);
    pause = setTimeout(() => propose(input), 150);
  });

  // ---- New records: announced by a link, never put under the reader's eyes. Asked only while somebody looks.
  const news = document.getElementById("news");
  if (news) {
    const MINUTE = 60_000;
    let last = Date.now();
    let timer;
    const ask = async () => {
      if (document.hidden) return;
      last = Date.now();
      try {
        const answer = await fetch(news.dataset.ask, {
          headers: { "X-Requested-With": "partnerlog", Accept: "application/json" },
          redirect: "error",
        });
        // Signed out meanwhile: whoever does something next is asked to sign in.
        if (answer.status === 401 || answer.status === 403) return clearInterval(timer);
        if (!answer.ok) return;
        const { text } = await answer.json();
        const link = news.querySelector("a");
        if (!text || (link && link.textContent === text)) return;
        const fresh = document.createElement("a");
        fresh.href = news.dataset.show;
        fresh.textContent = text;
        // Whoever stands on the link keeps standing on it.
        if (link) link.textContent = text;
        else news.replaceChildren(fresh);
      } catch {
        // Without a network nothing is announced; the next minute may have one.
      }
    };
    timer = setInterval(ask, MINUTE);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - last >= MINUTE) ask();
    });
  }

  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = event.target.closest("#activity a.expand");
    const button = event.target.closest("button.copy");
    if (link && plain) {
      event.preventDefault();
      toggle(link);
    } else if (button) {
      copy(button);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // ---- Work that goes on: its progress is fetched until there is a result to show.
  const working = document.querySelector("[data-poll]");
  const poll = async () => {
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-poll]");
      if (!now) {
        location.reload();
        return;
      }
      working.querySelector("label").textContent = now.querySelector("label").textContent;
      working.querySelector("progress").value = now.querySelector("progress").value;
    } catch {
      // The link to refresh remains.
    }
    setTimeout(poll, 1500);
  };
  if (working) setTimeout(poll, 1000);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]");
    const detail = event.target.closest("tr.detail");
    const row = detail ? detail.previousElementSibling : event.target.closest("tr.open");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (row) {
      close(row.querySelector("a.expand"));
    }
  });
})();
