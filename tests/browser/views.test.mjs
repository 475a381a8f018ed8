// Saved views: saving what is on the page, opening, changing, deleting, beginning with one; without script, too.
import assert from "node:assert/strict";
import { arrive, behaviour, rows, signIn, site, told } from "./support.mjs";

// Roles that no other file saves views for: the provider's users are the owners.
const reader = { as: "Sales agent" };
const other = { as: "Billing admin" };
const plain = { as: "User management admin", javaScriptEnabled: false };

let number = 0;
/** A name that no other test has. */
const fresh = (name) => `${name} ${process.pid} ${(number += 1)}`;

async function save(page, name, { dates, share = false, start = false } = {}) {
  await page.locator(".save-view > summary").click();
  await page.locator("#view-name").fill(name);
  if (dates) await page.locator("#view-dates").selectOption({ label: dates });
  await page.locator(".save-view input[name=shared]").setChecked(share);
  await page.locator(".save-view input[name=start]").setChecked(start);
  await page.locator(".save-view").getByRole("button", { name: "Save view" }).click();
}

const entry = (page, name) => page.locator(".view-list li").filter({ hasText: name });

behaviour("a view saved from the log opens what was on the page", reader, async ({ page, go }) => {
  await go("/activity?status=failed");
  const shown = await told(page);
  const first = await rows(page).first().getAttribute("data-record-id");
  const name = fresh("Failed");
  await save(page, name);
  await page.waitForURL(/\/views\?done=saved/);
  assert.equal(await page.locator(".banner[role=status]").innerText(), "The view is saved.");
  assert.match(await entry(page, name).innerText(), /Last 30 days · Status: Failed/);
  await go("/activity");
  await page.locator(".views > details").first().locator("summary").click();
  await page.locator(".views").getByRole("link", { name }).click();
  await page.waitForURL(`${site}/activity?status=failed`);
  assert.ok(Math.abs((await told(page)) - shown) < 20, "but for what arrived meanwhile");
  assert.equal(await page.locator(`tr[data-record-id="${first}"]`).count(), 1);
});

behaviour("the same name asks first, and replaces then", reader, async ({ page, go }) => {
  const name = fresh("Twice");
  await go("/activity?status=failed");
  await save(page, name);
  await go("/activity?action=create_order");
  await save(page, name.toUpperCase());
  assert.equal(await page.locator("h1").innerText(), "Replace this view?");
  await page.getByRole("button", { name: "Replace" }).click();
  await page.waitForURL(/done=replaced/);
  assert.equal(await entry(page, name.toUpperCase()).count(), 1);
  await entry(page, name.toUpperCase()).locator("h3 a").click();
  await page.waitForURL(/action=create_order$/);
});

behaviour("a view is renamed, shared and deleted after asking", reader, async ({ page, go }) => {
  const [before, after] = [fresh("Before"), fresh("After")];
  await go("/activity");
  await save(page, before);
  await entry(page, before).getByRole("link", { name: "Change" }).click();
  await page.locator("#name").fill(after);
  await page.getByRole("button", { name: "Rename" }).click();
  await page.waitForURL(/done=renamed/);
  await entry(page, after).getByRole("link", { name: "Change" }).click();
  await page.getByRole("button", { name: "Share with everybody" }).click();
  await page.waitForURL(/done=shared/);
  const somebody = await arrive(other);
  await somebody.page.goto(`${site}/views`);
  assert.match(await entry(somebody.page, after).innerText(), /Shared by: /);
  assert.equal(await entry(somebody.page, after).getByRole("link", { name: "Delete" }).count(), 0);
  await entry(page, after).getByRole("link", { name: "Delete" }).click();
  assert.match(await page.locator("main").innerText(), /deleted for good/);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.waitForURL(/done=deleted/);
  assert.equal(await entry(page, after).count(), 0);
  await somebody.page.reload();
  assert.equal(await entry(somebody.page, after).count(), 0);
  await somebody.context.close();
});

behaviour("a name that would be markup is a name", reader, async ({ page, go }) => {
  const name = fresh("<img src=x onerror=document.title='hit'>");
  await go("/activity");
  await save(page, name);
  assert.equal(await entry(page, name).locator("h3 bdi").innerText(), name);
  await go("/activity");
  assert.equal(await page.locator(".views img").count(), 0);
  assert.doesNotMatch(await page.title(), /hit/);
});

behaviour("Escape closes the form and the menu", reader, async ({ page, go }) => {
  await go("/activity");
  await page.locator(".save-view > summary").click();
  await page.locator("#view-name").press("Escape");
  assert.equal(await page.locator(".save-view").getAttribute("open"), null);
  assert.equal(await page.locator(".save-view > summary").evaluate((it) => it === document.activeElement), true);
});

behaviour("without script: a start page is set, begun with, and unset", plain, async ({ page, go }) => {
  const name = fresh("Start");
  await go("/activity?status=failed");
  await save(page, name, { start: true });
  await page.waitForURL(/done=saved/);
  assert.match(await entry(page, name).locator("h3").innerText(), /Start page/);
  await go("/");
  assert.equal(page.url(), `${site}/activity?status=failed`);
  const again = await arrive({ javaScriptEnabled: false });
  await signIn(again.page, plain.as);
  assert.equal(again.page.url(), `${site}/activity?status=failed`);
  await again.context.close();
  await go("/views");
  await entry(page, name).getByRole("button", { name: "Start with the log instead" }).click();
  await page.waitForURL(/done=no-start/);
  await go("/");
  assert.equal(page.url(), `${site}/activity`);
});
