// What the archive says of itself: the calendar, what it leads to, and how news are announced.
import assert from "node:assert/strict";
import { behaviour, rows, site, told } from "./support.mjs";

const manager = { as: "Global admin" };
const reader = { as: "Helpdesk agent" };

behaviour("each day of the calendar says what it is and leads to its log", reader, async ({ page, go }) => {
  await go("/coverage");
  assert.match(await page.locator(".extent").first().innerText(), /^Complete from .+ to \d\d:\d\d today\.$/);
  // Days that are read again may still grow: one of a month ago does not, were it of the year before.
  if ((await page.locator("table.month").count()) < 2) await page.locator("ul.years a").first().click();
  const cell = page.locator("table.month").nth(1).locator("td.complete a").first();
  const words = await cell.locator(".visually-hidden").innerText();
  const [, records] = /: Complete, ([\d,]+) records?/.exec(words);
  const name = await cell.evaluate((link) => link.textContent);
  assert.ok(name.includes(words));
  await cell.click();
  await page.waitForURL(/\/activity\?from=(\d{4}-\d\d-\d\d)&to=\1&tz=UTC/);
  assert.equal(await told(page), Number(records.replaceAll(",", "")));
  assert.match(await page.locator("#coverage").innerText(), /^Complete from/);
  await page.locator("#coverage a").click();
  await page.waitForURL(`${site}/coverage`);
});

behaviour("days that are missing for ever are in the calendar, in a list and under the table", reader, async ({ page, go }) => {
  await go("/coverage");
  // They are of this year or of the one before.
  if ((await page.locator("td.lost").count()) === 0) await page.locator("ul.years a").first().click();
  const lost = page.locator("td.lost a");
  assert.ok((await lost.count()) > 0);
  assert.match(await lost.first().locator(".visually-hidden").innerText(), /: Missing for ever/);
  assert.match(await page.locator(".days-list.lost").innerText(), /\d{4}/);
  await lost.first().click();
  await page.waitForURL(/\/activity\?from=/);
  assert.match(await page.locator("#coverage").innerText(), /^\s*One day in this range is missing or incomplete/);
});

behaviour("the calendar can be skipped and walked with the keyboard", reader, async ({ page, go }) => {
  await go("/coverage");
  const skip = page.getByRole("link", { name: "Skip the calendar" });
  await skip.focus();
  assert.ok(await skip.isVisible());
  const first = page.locator("table.month a").first();
  await page.keyboard.press("Tab");
  assert.ok(await first.evaluate((link) => link === document.activeElement), "the newest month begins");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inCalendar = await page.evaluate(() => document.activeElement.closest(".months") !== null);
  assert.equal(inCalendar, false);
});

behaviour("each target of the calendar is large enough on a phone", { ...reader, viewport: { width: 320, height: 700 } }, async ({ page, go }) => {
  await go("/coverage");
  const small = await page.locator(".month a, .years a, .fresh a").evaluateAll((all) => all
    .map((link) => [link.textContent, link.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([text]) => text));
  assert.deepEqual(small, []);
});

behaviour("without script: coverage, its years, Refresh and Collect now", { ...manager, javaScriptEnabled: false }, async ({ page, go }) => {
  await go("/activity?customer=a");
  await page.locator(".fresh").getByRole("link", { name: "Refresh" }).click();
  assert.match(page.url(), /customer=a/);
  await page.getByRole("button", { name: "Collect now" }).click();
  await page.waitForURL(/\/activity\?customer=a&collecting=(1|wait)$/);
  assert.match(await page.locator(".banner[role=status]").innerText(), /Collection (has been|was) started/);
  await go("/coverage");
  let complete = await page.locator("td.complete").count();
  const year = page.locator("ul.years a").first();
  if ((await year.count()) > 0) {
    await year.click();
    await page.waitForURL(/year=\d{4}/);
    const before = await page.locator("td.complete").count();
    assert.ok(before > 0);
    complete += before;
  }
  assert.ok(complete > 50, "of this year and the one before");
});

behaviour("readers cannot collect, and are told when it happened", reader, async ({ page, go }) => {
  await go("/activity");
  assert.match(await page.locator(".fresh").innerText(), /^Collected (just now|\d+ min ago)/);
  assert.equal(await page.getByRole("button", { name: "Collect now" }).count(), 0);
});

behaviour("new activities are announced by a link and never move what is read", reader, async ({ page, go }) => {
  await page.clock.install();
  await go("/activity?size=25");
  const before = await rows(page).evaluateAll((all) => all.map((row) => row.id));
  const place = await page.locator("#activity").boundingBox();
  const news = page.locator("#news a");
  // The demo goes on by itself, at an uneven pace; the page's minutes are ours.
  for (let minute = 0; minute < 30 && (await news.count()) === 0; minute += 1) {
    const asked = page.waitForResponse(/\/activity\/new\?/);
    await page.clock.fastForward(60_000);
    await asked;
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
  }
  assert.match(await news.innerText(), /^\d+ new activit(y|ies) – show$/);
  assert.deepEqual(await rows(page).evaluateAll((all) => all.map((row) => row.id)), before);
  assert.deepEqual(await page.locator("#activity").boundingBox(), place, "nothing has moved");
  assert.equal(await page.locator("#news").getAttribute("role"), "status");
  await news.click();
  await page.waitForURL(/size=25/);
  await page.locator("#news").waitFor({ state: "attached" });
  assert.notEqual(await rows(page).first().getAttribute("id"), before[0]);
});

behaviour("an older version of a record is marked and leads to the newest", reader, async ({ page, go }) => {
  const { addresses } = await import("./places.mjs");
  await go((await addresses()).oldVersion);
  assert.match(await page.locator(".old-version").innerText(), /^This is version 1 of 2, not the newest one\./);
  assert.match(await page.locator("#versions tbody").innerText(), /progress/);
  await page.getByRole("link", { name: "Show the newest version" }).click();
  await page.waitForURL((url) => url.search === "");
  assert.equal(await page.locator(".old-version").count(), 0);
  assert.equal(await page.locator("#versions li").count(), 2);
});
