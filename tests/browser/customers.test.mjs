// Customers and who acts for them: from the menu to a customer, to a person, and into the log.
import assert from "node:assert/strict";
import { behaviour, rows } from "./support.mjs";

const reader = { as: "Sales agent" };
const manager = { as: "Global admin" };

behaviour("a customer is found in the list, and every number on its page leads to as many activities", reader, async ({ page, go }) => {
  await go("/activity");
  await page.locator("nav.main-menu summary").click();
  await page.getByRole("link", { name: "Customers", exact: true }).click();
  const name = (await page.locator(".customers .lead a").nth(1).innerText()).trim();
  await page.locator("#q").fill(name.slice(0, 6).toUpperCase());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/customers\?q=/);
  await page.locator(".customers .lead a", { hasText: name }).first().click();
  assert.equal((await page.locator("h1 bdi").innerText()).trim(), name);
  const share = page.locator(".shares li").first();
  const count = Number((await share.locator(".number").innerText()).replace(/\D/g, ""));
  await share.locator("a.number").click();
  await page.waitForURL(/\/activity\?/);
  const said = await page.locator("#result").innerText();
  assert.equal(Number(said.match(/^[\d,]+/)[0].replaceAll(",", "")), count);
});

behaviour("the list is sorted by links, which phones have, too", { ...reader, viewport: { width: 390, height: 844 } }, async ({ page, go }) => {
  await go("/customers");
  await page.locator(".sorts").getByRole("link", { name: "Activities" }).click();
  await page.waitForURL(/sort=count/);
  const counts = await page.locator(".customers td.number").allInnerTexts();
  const numbers = counts.map((text) => Number(text.replaceAll(",", "")));
  assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
});

behaviour("from a record to the person, whose page shows nobody else's activities", reader, async ({ page, go }) => {
  await go("/activity?from=&actor=person&status=failed");
  await rows(page).first().locator("a.expand").click();
  await page.getByRole("link", { name: "About this user" }).click();
  await page.waitForURL(/\/actors\?user=/);
  const name = (await page.locator("h1 bdi").innerText()).trim();
  const users = new Set((await page.locator(".recent-list .user").allInnerTexts()).map((text) => text.trim()));
  assert.deepEqual([...users], [name]);
});

behaviour("an application gets a name, which the log shows until it is taken away", manager, async ({ page, go }) => {
  await go("/activity?from=&actor=app");
  const id = (await rows(page).first().locator("td.user bdi").innerText()).trim();
  await go("/settings/applications");
  const row = page.locator(".applications li", { hasText: id });
  const name = `Nightly job ${Date.now()}`;
  await row.locator("input[name=name]").fill(name);
  await row.locator("button").click();
  await page.waitForURL(/done=named/);
  try {
    await go(`/activity?from=&app=${encodeURIComponent(name)}`);
    const users = new Set(await page.locator("#activity td.user bdi").allInnerTexts());
    assert.ok(users.has(name) && !users.has(id), [...users].join());
  } finally {
    await go("/settings/applications");
    await page.locator(".applications li", { hasText: id }).locator("input[name=name]").fill("");
    await page.locator(".applications li", { hasText: id }).locator("button").click();
    await page.waitForURL(/done=unnamed/);
  }
  await go("/activity?from=&actor=app");
  assert.ok((await page.locator("#activity td.user bdi").allInnerTexts()).includes(id));
});
