// The activity log: its period, filters, rows and pages.
import assert from "node:assert/strict";
import { behaviour, daysAgo, rows, told, ZONE } from "./support.mjs";

const reader = { as: "Helpdesk agent" };
const query = (page) => new URL(page.url()).searchParams;

/** What opens the list of a filter. */
const summary = (key) => `details.pick:has([name=${key}]) > summary`;
const opened = (page, key) => page.locator(summary(key)).click();
const apply = (page) => page.locator(".apply button").click();

/** Ticks a value of a filter. */
async function choose(page, key, value) {
  await opened(page, key);
  await page.locator(`input[name=${key}][value=${value}]`).check();
  await page.keyboard.press("Escape");
}

/** The moments of the rows on this page, in milliseconds. */
const moments = (page) => page.locator("#activity td.when time")
  .evaluateAll((times) => times.map((time) => Date.parse(time.dateTime)));

/** The day of a moment, `yyyy-mm-dd`, in a zone. */
const day = (moment, zone = ZONE) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(moment);

behaviour("the first visit shows the last 30 days, newest first", reader, async ({ page, go }) => {
  await go("/activity");
  assert.deepEqual(
    [daysAgo(29), daysAgo(30)].includes(await page.locator("#from").inputValue()), true, "From is 30 days back",
  );
  const shown = await moments(page);
  assert.equal(shown.length, 50);
  assert.deepEqual(shown, shown.toSorted((a, b) => b - a));
  assert.match(await page.locator("#result").innerText(), /^[\d,]+ activities, .+ – now \(Asia\/Tokyo\)$/);
  assert.equal(await page.locator("#activity caption").textContent(), await page.locator("#result").innerText());
});

behaviour("the columns stand in the order that Partner Center has", reader, async ({ page, go }) => {
  await go("/activity");
  const heads = await page.locator("#activity thead th[scope=col]").allInnerTexts();
  assert.deepEqual(
    heads.map((head) => head.replace(/\s*\(.*\)$/s, "").trim()),
    ["Date-Time", "Affected customer", "Action", "Partner user", "Details"],
  );
});

behaviour("From and To narrow the log to whole days, both included", reader, async ({ page, go }) => {
  await go("/activity");
  const before = await told(page);
  const [from, to] = [daysAgo(9), daysAgo(5)];
  await page.locator("#from").fill(from);
  await page.locator("#to").fill(to);
  await apply(page);
  await page.waitForURL(/from=/);
  assert.equal(query(page).get("from"), from);
  assert.equal(query(page).get("to"), to);
  const after = await told(page);
  assert.ok(after > 0 && after < before, `${after} of ${before}`);
  for (const moment of await moments(page)) {
    assert.ok(day(moment) >= from && day(moment) <= to, `${day(moment)} lies between ${from} and ${to}`);
  }
});

behaviour("ready-made periods are one click away", reader, async ({ page, go }) => {
  await go("/activity?status=succeeded");
  const counts = [];
  for (const preset of ["Last 7 days", "Last 30 days", "Last 90 days", "All"]) {
    await page.getByRole("link", { name: preset, exact: true }).click();
    assert.equal(query(page).get("status"), "succeeded", "the filter stays");
    assert.equal(await page.locator(".presets [aria-current]").innerText(), preset);
    counts.push(await told(page));
  }
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b), "a longer period has more");
  assert.ok(counts[0] < counts[3]);
});

behaviour("filters narrow the log, and their chips take them away again", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}`);
  const everything = await told(page);
  await choose(page, "action", "create_order");
  await choose(page, "status", "failed");
  await apply(page);
  await page.waitForURL(/action=create_order/);
  const both = await told(page);
  assert.ok(both > 0 && both < everything);
  for (const text of await rows(page).locator("td.action").allInnerTexts()) {
    assert.match(text, /Created an order/);
    assert.match(text, /Failed/);
  }
  const chips = page.locator("ul.chips a.chip");
  assert.equal(await chips.count(), 2);
  await chips.filter({ hasText: "Failed" }).click();
  assert.equal(query(page).has("status"), false);
  const one = await told(page);
  assert.ok(one > both && one < everything);
  await chips.click();
  assert.equal(await told(page), everything);
  assert.equal(await chips.count(), 0);
});

const phone = { ...reader, viewport: { width: 390, height: 844 } };

behaviour("on a phone the filters are a tap away, and the log begins on the first screen", phone, async ({ page, go }) => {
  await go("/activity?from=");
  assert.ok((await rows(page).first().boundingBox()).y < 780);
  assert.ok(await page.locator("#from").isVisible());
  assert.equal(await page.locator("#customer").isVisible(), false);
  await page.locator("details.others > summary").click();
  await opened(page, "customer");
  await page.locator("#customer").fill("northwind");
  await apply(page);
  await page.waitForURL(/customer=northwind/);
  assert.equal(await page.locator("ul.chips a.chip").count(), 1);
  await go(`/activity?customer=${"x".repeat(2000)}`);
  assert.ok(await page.locator("#customer").isVisible(), "a field that is wrong is shown");
});

behaviour("with room, everything to choose is one tap away, and the log begins on the first screen", reader, async ({ page, go }) => {
  await go("/activity");
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const field of ["#q", "#from", "#to", ...["customer", "action", "user", "status", "source"].map(summary)]) {
    assert.ok(await page.locator(field).isVisible(), field);
  }
  assert.equal(await page.locator("details.others > summary").isVisible(), false);
  const third = await rows(page).nth(2).boundingBox();
  assert.ok(third.y + third.height < 800, `the third row ends at ${third.y + third.height}`);
});

behaviour("one list of a filter is open at a time; Esc and a click beside it close it", reader, async ({ page, go }) => {
  await go("/activity");
  await opened(page, "customer");
  await page.locator(summary("action")).click();
  assert.equal(await page.locator("#customer").isVisible(), false);
  const box = page.locator("input[name=action]").first();
  await box.focus();
  await page.keyboard.press("Escape");
  assert.equal(await box.isVisible(), false);
  assert.ok(await page.locator(summary("action")).evaluate((element) => element === document.activeElement));
  await opened(page, "action");
  await page.locator("h1").click();
  assert.equal(await box.isVisible(), false);
});

behaviour("several values are ticked by keyboard alone, and each number is kept", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}`);
  await page.locator(summary("status")).focus();
  await page.keyboard.press("Enter");
  const counts = await page.locator("input[name=status] ~ small").allInnerTexts();
  const sum = counts.slice(0, 2).reduce((all, text) => all + Number(text.replaceAll(",", "")), 0);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.waitForURL(/status=.+status=/);
  assert.equal(await told(page), sum);
  assert.match(await page.locator(summary("status")).innerText(), /2 chosen/);
});

behaviour("what is typed proposes names, and what is taken from them is ticked", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}`);
  await opened(page, "customer");
  await page.locator("#customer").pressSequentially("northwind");
  // Where two have the same name, their ids stand for them, and the name beside.
  const options = page.locator("#customer-list option[data-exact]");
  await page.waitForFunction(() => {
    const proposed = [...document.querySelectorAll("#customer-list option")];
    return proposed.length > 0 && proposed.every((option) => /northwind/i.test(`${option.value} ${option.label}`));
  });
  const name = await options.first().getAttribute("value");
  // The browser's own list cannot be clicked by a program: this is what a click there does.
  await page.locator("#customer").evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
  }, name);
  assert.equal(await page.locator("#customer").inputValue(), "");
  const ticked = page.locator("input[name=customer]:checked");
  assert.equal(await ticked.count(), 1);
  assert.equal(await page.locator("label:has(input[name=customer]:checked) bdi").innerText(), name);
  await apply(page);
  await page.waitForURL(/customer=/);
  assert.ok((await told(page)) > 0);
  for (const text of await page.locator("#activity td.customer").allInnerTexts()) assert.match(text, /northwind/i);
});

behaviour("a row's menu narrows the log to its customer, or takes its action out", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&status=succeeded&after=`);
  const everything = await told(page);
  const row = rows(page).filter({ has: page.locator("td.customer a") }).first();
  const customer = await row.locator("td.customer").innerText();
  const action = await row.locator("td.action .what bdi").innerText();
  const menu = row.locator("details.row-menu > summary");
  await menu.focus();
  await page.keyboard.press("Enter");
  await row.locator("details.row-menu a").first().waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/customer=/);
  assert.equal(query(page).get("status"), "succeeded", "the filters stay");
  assert.deepEqual([...new Set(await page.locator("#activity td.customer").allInnerTexts())], [customer]);
  const one = await told(page);
  assert.ok(one > 0 && one < everything);
  await page.goBack();
  await menu.click();
  await row.locator("dt", { hasText: action }).locator("+ dd a").nth(1).click();
  await page.waitForURL(/-action=/);
  assert.equal((await page.locator("#activity td.action .what bdi").allInnerTexts()).includes(action), false);
  assert.ok((await told(page)) < everything);
});

behaviour("a row's menu closes by Esc and gives the focus back", reader, async ({ page, go }) => {
  await go("/activity?size=25");
  const menu = rows(page).nth(1).locator("details.row-menu");
  await menu.locator("summary").click();
  await menu.locator("a").first().focus();
  await page.keyboard.press("Escape");
  assert.equal(await menu.locator("a").first().isVisible(), false);
  assert.ok(await menu.locator("summary").evaluate((element) => element === document.activeElement));
});

/** Names as they may come: one that needs several lines, one without a blank, one of a letter. */
const NAMES = [
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und Söhne mbH & Co. KGaA",
  "とても長い名前の株式会社ホールディングスインターナショナル東日本販売サービス事業本部",
  "x".repeat(120),
  "A",
];

for (const lang of ["en", "ja"]) {
  behaviour(`the menu of every row is to be seen as a whole, whatever the names (${lang})`, reader, async ({ page, go }) => {
    // Failed ones have a mark beside their action.
    for (const [width, found] of [[390, ""], [320, ""], [390, "&status=failed"], [1280, ""]]) {
      await page.setViewportSize({ width, height: 700 });
      await go(`/activity?from=&size=25&lang=${lang}${found}`);
      const last = (await rows(page).count()) - 1;
      assert.ok(last >= 2, "there are rows to look at");
      for (const name of NAMES) {
        await page.locator("#activity").evaluate((table, name) => {
          for (const menu of table.querySelectorAll(".row-menu")) menu.open = false;
          // Filled anew for the names that stand there now.
          for (const panel of table.querySelectorAll(".row-menu > .panel")) panel.remove();
          for (const cell of table.querySelectorAll("td bdi")) cell.textContent = name;
        }, name);
        for (const number of [0, Math.floor(last / 2), last]) {
          const row = rows(page).nth(number);
          // As the last row in the window, where a menu has the least room.
          await row.evaluate((row) => row.scrollIntoView({ block: "end" }));
          await row.locator(".row-menu > summary").focus();
          await page.keyboard.press("Enter");
          const panel = row.locator(".row-menu > .panel");
          await panel.locator("a").first().waitFor();
          const where = `row ${number} of ${width} px, ${name.slice(0, 20)}`;
          await page.waitForFunction((panel) => {
            const box = panel.getBoundingClientRect();
            return box.bottom <= innerHeight + 0.5 && box.top >= 0;
          }, await panel.elementHandle()).catch(() => assert.fail(`not to be seen as a whole: ${where}`));
          const { left, right, room, widest } = await panel.evaluate((panel) => ({
            left: panel.getBoundingClientRect().left,
            right: Math.max(...[panel, ...panel.querySelectorAll("dt, bdi, a")].map((e) => e.getBoundingClientRect().right)),
            room: document.documentElement.clientWidth,
            widest: document.scrollingElement.scrollWidth,
          }));
          assert.ok(left >= 0 && right <= room, `${left} to ${right} of ${room}: ${where}`);
          assert.ok(widest <= room, `the page is ${widest} wide: ${where}`);
          await page.keyboard.press("Escape");
        }
      }
    }
  });
}

behaviour("a bar leads to its day, and so does its row of the table", reader, async ({ page, go }) => {
  await go(`/activity?from=${daysAgo(20)}&to=${daysAgo(1)}&status=succeeded`);
  const bars = page.locator("ol.chart li");
  assert.equal(await bars.count(), 20);
  const texts = await bars.allTextContents();
  const count = (text) => Number(/: ([\d,]+) activit/.exec(text)[1].replaceAll(",", ""));
  assert.equal(texts.map(count).reduce((a, b) => a + b), await told(page));
  await page.locator(".as-table > summary").click();
  await page.locator(".as-table th a").nth(4).click();
  await page.waitForURL((url) => url.searchParams.get("from") === daysAgo(16));
  assert.equal(query(page).get("status"), "succeeded");
  assert.equal(await told(page), count(texts[4]));
  await page.goBack();
  await bars.nth(4).locator("a").click();
  await page.waitForURL((url) => url.searchParams.get("to") === daysAgo(16));
  assert.equal(await told(page), count(texts[4]));
});

behaviour("the search box keeps what was typed, and its chips take it out", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&status=succeeded`);
  await page.locator("#q").fill("northwind order");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=northwind/);
  assert.equal(query(page).get("status"), "succeeded");
  assert.equal(await page.locator("#q").inputValue(), "northwind order");
  assert.match(await page.locator("#result").innerText(), /for “northwind order”/);
  await page.locator("ul.chips a.chip", { hasText: "order" }).click();
  assert.equal(query(page).get("q"), "northwind");
  await page.getByRole("link", { name: "Clear all" }).click();
  assert.equal(query(page).has("q"), false);
  assert.equal(query(page).has("status"), false);
});

behaviour("a part of a company's name finds its activities, whatever the case", reader, async ({ page, go }) => {
  await go("/activity?from=");
  await opened(page, "customer");
  await page.locator("#customer").fill("NORTHWIND");
  await page.locator("#customer").press("Enter");
  await page.waitForURL(/customer=NORTHWIND/);
  const names = await page.locator("#activity td.customer").allInnerTexts();
  assert.ok(names.length > 0);
  for (const name of names) assert.match(name, /northwind/i);
});

behaviour("a filter that nothing meets says so and offers the way back", reader, async ({ page, go }) => {
  await go("/activity?customer=no+such+company");
  assert.match(await page.locator(".empty").innerText(), /No activities match these filters/);
  await page.locator(".empty a.chip").click();
  assert.ok((await told(page)) > 0);
});

behaviour("dates that are none keep the text and say what is wrong", reader, async ({ page, go }) => {
  await go("/activity?from=2026-02-30&to=yesterday");
  const problem = page.getByRole("alert");
  assert.match(await problem.innerText(), /“2026-02-30” is not a date/);
  assert.match(await problem.innerText(), /“yesterday” is not a date/);
  assert.equal(await page.locator("#from").getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator("#from").getAttribute("value"), "2026-02-30");
  assert.equal(await page.locator("#to").getAttribute("value"), "yesterday");
  assert.ok((await rows(page).count()) > 0, "the log is still shown");
  await problem.locator("a").first().click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "from");
});

behaviour("To before From is refused with both quoted", reader, async ({ page, go }) => {
  await go("/activity?from=2026-05-10&to=2026-05-01");
  assert.match(await page.getByRole("alert").innerText(), /To date must be the same as or after From date \(2026-05-10\)/);
  assert.equal(await page.locator("#from").inputValue(), "2026-05-10");
  assert.equal(await page.locator("#to").inputValue(), "2026-05-01");
});

behaviour("the arrow of a row opens its details below, Esc closes them", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&action=create_order`);
  const row = rows(page).nth(2);
  const id = await row.getAttribute("data-record-id");
  const arrow = row.locator("a.expand");
  assert.equal(await arrow.getAttribute("aria-expanded"), "false");
  await arrow.click();
  assert.equal(await arrow.getAttribute("aria-expanded"), "true");
  const detail = page.locator(`tr[data-record-id="${id}"] + tr.detail`);
  await detail.locator(".sentence").waitFor();
  assert.equal(await arrow.getAttribute("aria-controls"), await detail.getAttribute("id"));
  assert.ok((await detail.locator("table.items tbody tr").count()) > 0);
  await detail.locator("a").first().focus();
  await page.keyboard.press("Escape");
  assert.equal(await detail.count(), 0);
  assert.equal(await arrow.getAttribute("aria-expanded"), "false");
  assert.ok(await arrow.evaluate((element) => element === document.activeElement), "the focus is back on the arrow");
  await page.keyboard.press("Enter");
  await detail.locator(".sentence").waitFor();
});

behaviour("what is open stays open over a reload", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}`);
  const id = await rows(page).nth(1).getAttribute("data-record-id");
  await rows(page).nth(1).locator("a.expand").click();
  await page.locator("tr.detail .sentence").waitFor();
  assert.deepEqual(query(page).getAll("open"), [id]);
  await page.reload();
  await page.locator(`tr[data-record-id="${id}"] + tr.detail .sentence`).waitFor();
  assert.equal(await page.locator("tr.detail").count(), 1);
});

behaviour("Older and Newer walk through the log without gaps", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&size=25&status=succeeded`);
  const ids = () => rows(page).evaluateAll((all) => all.map((row) => row.dataset.recordId));
  const first = await ids();
  await page.getByRole("link", { name: /Older/ }).click();
  await page.waitForURL(/after=/);
  const second = await ids();
  assert.equal(second.length, 25);
  assert.equal(first.some((id) => second.includes(id)), false);
  assert.equal(query(page).get("status"), "succeeded");
  await page.getByRole("link", { name: /Newer/ }).click();
  await page.waitForFunction((id) => document.querySelector("tr[data-record-id]")?.dataset.recordId === id, first[0]);
  assert.deepEqual(await ids(), first);
  await go(`/activity?from=&to=${daysAgo(1)}&size=50&status=succeeded`);
  assert.deepEqual(await ids(), [...first, ...second]);
});

behaviour("another language keeps the selection and is remembered", reader, async ({ page, go }) => {
  await go(`/activity?from=${daysAgo(60)}&to=${daysAgo(1)}&status=succeeded`);
  const count = await told(page);
  await page.getByRole("link", { name: "日本語" }).click();
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  assert.equal(await page.locator("h1").innerText(), "アクティビティ ログ");
  assert.equal(query(page).get("from"), daysAgo(60));
  assert.equal(query(page).get("status"), "succeeded");
  assert.equal(await told(page), count);
  await go("/activity");
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
});

behaviour("lang in the address decides", reader, async ({ page, go }) => {
  await go("/activity?lang=ja");
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  const heads = await page.locator("#activity thead th[scope=col]").allInnerTexts();
  assert.match(heads[0], /^日時/);
});

behaviour("dates are in the zone of the browser, which is named and can be changed", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}`);
  assert.match(await page.locator("#activity thead th").first().innerText(), /JST|UTC\+9|Asia\/Tokyo/);
  const cell = page.locator("#activity td.when time").first();
  const clock = (zone, moment) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" }).format(moment);
  const [moment] = await moments(page);
  assert.match(await cell.innerText(), new RegExp(clock(ZONE, moment)));
  await page.locator("a.switch-zone").click();
  assert.equal(query(page).get("tz"), "UTC");
  assert.match(await page.locator("#result").innerText(), /\(UTC\)/);
  const [inUtc] = await moments(page);
  assert.match(await cell.innerText(), new RegExp(clock("UTC", inUtc)));
});

behaviour(
  "the very first page of a browser has its zone already",
  { as: "Sales agent", timezoneId: "Europe/Berlin" },
  async ({ page, go, context }) => {
    await context.clearCookies({ name: "tz" });
    await go("/activity");
    await page.waitForFunction(() => document.documentElement.dataset.zone === "Europe/Berlin");
    assert.match(await page.locator("#result").innerText(), /\(Europe\/Berlin\)/);
  },
);

behaviour("a zone chosen in the settings wins over the browser's", { as: "Sales agent" }, async ({ page, go }) => {
  await go("/settings");
  await page.locator("#zone").selectOption("America/New_York");
  await page.locator("main form button").click();
  await page.waitForURL(/saved=1/);
  await go("/activity");
  assert.match(await page.locator("#result").innerText(), /\(America\/New_York\)/);
});
