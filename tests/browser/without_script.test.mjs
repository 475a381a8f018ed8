// The main job in a browser without script.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { behaviour, daysAgo, rows, signIn, site, told } from "./support.mjs";

const plain = { javaScriptEnabled: false };
const reader = { ...plain, as: "Helpdesk agent" };

// See sign_in.test.mjs: the provider's hidden frame gets an answer that may not be framed.
const leaving = { ...plain, expected: /^Framing '.+' violates .+ "frame-ancestors 'none'"/ };

behaviour("without script: sign in, read, sign out", leaving, async ({ page }) => {
  await signIn(page, "Helpdesk agent");
  assert.ok((await rows(page).count()) > 0);
  await page.locator("details.user > summary").click();
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL(`${site}/signed-out`);
  await page.goto(`${site}/activity`);
  assert.notEqual(new URL(page.url()).origin, site, "the log asks to sign in again");
});

behaviour("without script: period, filters, chips and pages", reader, async ({ page, go }) => {
  await go("/activity");
  await page.locator("#from").fill(daysAgo(80));
  await page.locator("#to").fill(daysAgo(1));
  await page.locator("details.pick:has([name=status]) > summary").click();
  await page.locator("input[name=status][value=succeeded]").check();
  await page.locator("details.pick:has([name=status]) button").click();
  await page.waitForURL(/status=succeeded/);
  const filtered = await told(page);
  assert.ok(filtered > 50);
  const first = await rows(page).first().getAttribute("data-record-id");
  await page.getByRole("link", { name: /Older/ }).click();
  await page.waitForURL(/after=/);
  assert.equal(await page.locator(`tr[data-record-id="${first}"]`).count(), 0);
  assert.equal(await told(page), filtered);
  await page.locator("ul.chips a").first().click();
  assert.ok((await told(page)) > filtered);
});

behaviour("without script: search, tick several values, and follow a bar", reader, async ({ page, go }) => {
  await go(`/activity?from=${daysAgo(30)}&to=${daysAgo(1)}`);
  await page.locator("#q").fill("microsoft");
  await page.locator("details.pick:has([name=action]) > summary").click();
  await page.locator("input[name=action][value=create_order]").check();
  await page.locator("input[name=action][value=update_subscription]").check();
  await page.locator(".apply button").click();
  await page.waitForURL(/q=microsoft/);
  assert.deepEqual(
    new URL(page.url()).searchParams.getAll("action").sort(),
    ["create_order", "update_subscription"],
  );
  const found = await told(page);
  assert.ok(found > 0);
  await page.locator(".as-table > summary").click();
  const row = page.locator(".as-table tbody tr").nth(10);
  const count = Number(await row.locator("td").first().innerText());
  await row.locator("a").click();
  await page.waitForURL((url) => url.searchParams.get("from") === daysAgo(20));
  assert.equal(await told(page), count);
});

behaviour("without script: a record's page leads to others like it, and to all others", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&action=create_order`);
  assert.equal(await page.locator("details.row-menu").count(), 0, "no menu that could do nothing");
  await rows(page).first().locator("a.expand").click();
  await page.locator(".pivots a", { hasText: "All others" }).last().click();
  await page.waitForURL(/-action=create_order/);
  for (const text of await page.locator("#activity td.action .what").allInnerTexts()) {
    assert.doesNotMatch(text, /Created an order/);
  }
});

behaviour("without script: the arrow leads to the record's page", reader, async ({ page, go }) => {
  await go(`/activity?from=&to=${daysAgo(1)}&action=create_order`);
  // Of the largest orders a page shows only the beginning.
  const row = rows(page).filter({ hasNotText: "199 more" }).first();
  const id = await row.getAttribute("data-record-id");
  await row.locator("a.expand").click();
  await page.waitForURL(`${site}/activity/${id}`);
  assert.ok((await page.locator("table.items tbody tr").count()) > 0);
  assert.equal(await page.locator("button.copy:visible").count(), 0, "no button that could do nothing");
  await page.locator("details.raw > summary").click();
  assert.ok(JSON.parse(await page.locator("details.raw pre").innerText()).operationType === "create_order");
});

behaviour("without script: Export log downloads the file", reader, async ({ page, go }) => {
  await go(`/activity?from=${daysAgo(20)}&to=${daysAgo(1)}`);
  const count = await told(page);
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#export").click()]);
  const lines = (await readFile(await file.path(), "utf8")).split("\r\n");
  assert.ok(lines.length > count);
});

behaviour("without script: the zone is chosen in the settings", reader, async ({ page, go }) => {
  await go("/settings");
  await page.locator("#zone").selectOption("Asia/Tokyo");
  await page.locator("main form button").click();
  await page.waitForURL(/saved=1/);
  await go("/activity");
  assert.match(await page.locator("#result").innerText(), /\(Asia\/Tokyo\)/);
});
