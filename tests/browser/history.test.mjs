// From a record to what belongs together with it, and through the history of a thing.
import assert from "node:assert/strict";
import { addresses } from "./places.mjs";
import { behaviour, rows, told } from "./support.mjs";

const reader = { as: "Helpdesk agent" };
const plain = { ...reader, javaScriptEnabled: false };
const at = await addresses();

/** Asks for a page again until it shows that: counts and neighbours that a busy machine does not have in time are left out. */
async function settled(page, shown) {
  for (let tries = 0; tries < 10 && !(await shown()); tries += 1) await page.reload();
}

const entries = (page) => page.locator("table.history tbody tr");
const moments = (page) => entries(page).locator("time").evaluateAll((times) => times.map((time) => time.dateTime));

behaviour("a record leads to the history of its subscription, and that back to its records and to the log", reader, async ({ page, go }) => {
  await go(at.subscriptionHistory);
  const name = await page.locator("h1 bdi").innerText();
  const ids = await entries(page).evaluateAll((all) => all.map((row) => row.dataset.recordId));
  assert.ok(ids.length > 1);
  const dates = await moments(page);
  assert.deepEqual(dates, dates.toSorted(), "the oldest first");
  await entries(page).last().getByRole("link").first().click();
  await page.waitForURL(new RegExp(`/activity/${ids.at(-1)}$`));
  const line = page.locator(".thread li", { has: page.locator(`a[href="${at.subscriptionHistory}"]`) });
  assert.match(await line.innerText(), /exact, by ID/);
  const link = line.getByRole("link");
  await settled(page, async () => /^\d/.test(await link.innerText()));
  assert.match(await link.innerText(), new RegExp(`^${ids.length} activities`));
  await link.click();
  assert.ok((await page.locator("h1").innerText()).startsWith(name));
  await page.getByRole("link", { name: "All of these in the log" }).click();
  await page.waitForURL(/\/activity\?/);
  assert.equal(await told(page), ids.length);
  assert.deepEqual(await rows(page).evaluateAll((all) => all.map((row) => row.dataset.recordId)), ids.toReversed());
});

behaviour("the seats of a subscription are a picture whose points lead to records, and a table of the same", reader, async ({ page, go }) => {
  await go(at.subscriptionHistory);
  const points = page.locator(".seats svg a");
  const links = await points.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  await page.locator(".seats summary").click();
  const table = page.locator(".seats tbody tr");
  assert.deepEqual(await table.locator("a").evaluateAll((all) => all.map((link) => link.getAttribute("href"))), links);
  const last = await table.last().locator("td").innerText();
  assert.ok((await page.locator(".thing dd").allInnerTexts()).includes(last), "the last number is the one of today");
  await points.first().locator("circle").click();
  await page.waitForURL(new RegExp(`${links[0]}$`));
});

behaviour("what is opened under a row has the same links, which stay as narrow as the window", { ...reader, viewport: { width: 390, height: 844 } }, async ({ page, go }) => {
  await go("/activity?from=&action=update_subscription&size=25");
  await page.locator("#activity a.expand").first().click();
  const thread = page.locator("#activity tr.detail .thread");
  await thread.waitFor();
  assert.ok((await thread.locator("a").count()) > 0);
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(await wide(), false);
  await go(at.subscriptionHistory);
  assert.equal(await wide(), false);
});

behaviour("without script: before and after by the same person, and back", plain, async ({ page, go }) => {
  await go(at.byPerson);
  const here = new URL(page.url()).pathname;
  const person = page.locator(".thread li").filter({ hasText: "Same person" });
  await settled(page, async () => (await person.locator(".beside").count()) > 0);
  assert.match(await person.innerText(), /by name/);
  const name = await person.locator("bdi").first().innerText();
  await person.locator(".beside", { hasText: "Before" }).locator("a").click();
  assert.notEqual(new URL(page.url()).pathname, here);
  assert.ok((await page.locator(".facts").innerText()).replaceAll(/\s/g, "").includes(name));
  await person.locator(".beside", { hasText: "After" }).locator("a").click();
  assert.equal(new URL(page.url()).pathname, here);
});

behaviour("a history in Japanese", { ...reader, locale: "ja-JP" }, async ({ page, go }) => {
  await go(at.userHistory);
  assert.match(await page.locator("h1").innerText(), /ユーザー アカウントの履歴$/);
  assert.match(await page.locator("#result").innerText(), /^アクティビティ \d+ 件、古い順/);
});
