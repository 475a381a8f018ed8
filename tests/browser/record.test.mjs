// One record: its page, its texts to take along, and records that mean harm.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { addresses } from "./places.mjs";
import { behaviour, rows, site } from "./support.mjs";

const reader = { as: "Helpdesk agent" };
const clipboard = { ...reader, permissions: ["clipboard-read", "clipboard-write"] };
const at = await addresses();

/** The raw record as the page shows it. */
async function raw(page) {
  await page.locator("details.raw > summary").click();
  return JSON.parse(await page.locator("details.raw pre").innerText());
}

behaviour("an order shows its line items as a table", reader, async ({ page, go }) => {
  await go(at.order);
  const items = page.locator("table.items").first();
  assert.deepEqual((await items.locator("thead th").allInnerTexts()).slice(0, 4), ["Line", "Product", "Quantity", "Term"]);
  const shown = await page.locator("table.items tbody tr:not(.also)").count();
  const record = await raw(page);
  const order = JSON.parse(record.resourceNewValue);
  assert.equal(shown, order.LineItems.length);
  assert.match(await items.locator("tbody tr").first().innerText(), new RegExp(`\\b${order.LineItems[0].Quantity}\\b`));
});

behaviour("an order of 200 lines shows the first and all on demand", reader, async ({ page, go }) => {
  await go("/activity?from=&action=create_order&size=100");
  let large;
  for (;;) {
    const row = rows(page).filter({ hasText: /199 more/ });
    if ((await row.count()) > 0) {
      large = await row.first().getAttribute("data-record-id");
      break;
    }
    await page.getByRole("link", { name: /Older/ }).click({ timeout: 3000 });
    await page.waitForLoadState("load");
  }
  await go(`/activity/${large}`);
  const visible = () => page.locator("table.items tbody tr:not(.also)").evaluateAll(
    (all) => all.filter((row) => row.checkVisibility()).length,
  );
  assert.ok((await visible()) < 200);
  await page.locator("details.more-items > summary").click();
  assert.equal(await visible(), 200);
});

behaviour("a change of licences names what was added or taken away, and for whom", reader, async ({ page, go }) => {
  await go(at.licences);
  const marks = await page.locator("ul.marks li").allInnerTexts();
  assert.ok(marks.length > 0);
  for (const mark of marks) assert.match(mark, /^[+−]/);
});

behaviour("a change of a subscription shows old and new side by side", reader, async ({ page, go }) => {
  await go(at.subscription);
  const change = page.locator("table.changes tbody tr").first();
  assert.ok((await change.locator("del, ins").count()) > 0);
});

behaviour("the record as received can be seen and downloaded", reader, async ({ page, go }) => {
  await go(at.order);
  const shown = await raw(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.json$/);
  assert.deepEqual(JSON.parse(await readFile(await download.path(), "utf8")), shown);
});

behaviour("the buttons copy the link, the summary and the raw record", clipboard, async ({ page, go }) => {
  await go(at.order);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied").first().waitFor();
  assert.equal(await copied(), site + at.order);
  await page.getByRole("button", { name: "Copy summary" }).click();
  await page.waitForFunction(async (link) => (await navigator.clipboard.readText()) !== link, site + at.order);
  assert.match(await copied(), /Created an order|Order/);
  const record = await raw(page);
  await page.locator("details.raw button.copy").click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).trimStart().startsWith("{"));
  assert.deepEqual(JSON.parse(await copied()), record);
});

behaviour("markup and scripts in a company's name are text", reader, async ({ page, go }) => {
  const name = `<script>alert("Contoso")</script><b>Fabrikam</b> & 'Co'`;
  page.on("dialog", (dialog) => assert.fail(`a script of the record ran: ${dialog.message()}`));
  await go(`/activity?from=&customer=${encodeURIComponent("<script>")}`);
  const row = rows(page).first();
  assert.equal(await row.locator("td.customer").innerText(), name);
  await row.locator("a.expand").click();
  const detail = page.locator("tr.detail");
  await detail.locator(".sentence").waitFor();
  assert.ok((await detail.innerText()).includes(name));
  assert.equal(await page.locator("main b, main script").count(), 0);
  await go(at.script.record);
  assert.ok((await page.locator("main").innerText()).includes(name));
  assert.equal(await page.locator("main b, main script").count(), 0);
  await go(at.script.customer);
  assert.ok((await page.locator("h1").innerText()).includes("<script>"));
});

behaviour("marks that turn text around stay within the name", reader, async ({ page, go }) => {
  await go("/activity?from=&customer=moc.osotnoc");
  const name = rows(page).first().locator("td.customer bdi");
  assert.ok((await name.textContent()).startsWith("\u202e"));
  // The rest of the row still runs from left to right: the cells keep their order.
  const lefts = await rows(page).first().locator("td").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().left));
  assert.deepEqual(lefts, lefts.toSorted((a, b) => a - b));
});

behaviour("a record that is not in the archive is a page that says so", reader, async ({ page, go }) => {
  const answer = await go("/activity/00000000-0000-4000-8000-000000000000");
  assert.equal(answer.status(), 404);
  assert.equal(await page.locator("h1").innerText(), "This activity is not in the archive.");
});

behaviour("the summary is copied as Markdown, too, with the sentence and the link", clipboard, async ({ page, go }) => {
  await go(at.subscription);
  const sentence = await page.locator(".sentence").innerText();
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("- **Date-Time**: "));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.replaceAll("\\", "").includes(sentence));
  assert.ok(copied.endsWith(`- <${site}${at.subscription}>\n`));
});

behaviour("hidden values are shown to managers who ask, and the access log says so", { as: "Global admin" }, async ({ page, go }) => {
  await go(at.formula.record);
  assert.ok(!(await page.locator("main").innerText()).includes("Summer-2026!"));
  await page.getByRole("button", { name: "Show hidden values" }).click();
  await page.locator(".record .banner").waitFor();
  assert.ok((await page.locator("main").innerText()).includes("Summer-2026!"));
  await page.getByRole("link", { name: "Hide them again" }).click();
  await page.waitForURL(site + at.formula.record);
  assert.ok(!(await page.locator("main").innerText()).includes("Summer-2026!"));
  await go("/access-log");
  // Other files of tests look at records meanwhile, so it need not be the newest.
  const noted = page.locator("main tbody tr", { has: page.locator(`a[href="${at.formula.record}"]`) });
  assert.match(await noted.first().innerText(), /Hidden values shown/);
});

behaviour("others are told that values are hidden, and cannot ask", reader, async ({ page, go }) => {
  await go(at.formula.record);
  assert.match(await page.locator(".secrets").innerText(), /are hidden/);
  assert.equal(await page.getByRole("button", { name: "Show hidden values" }).count(), 0);
});

behaviour("a printed record is a sheet without controls, and says where it is from", reader, async ({ page, go }) => {
  await go(at.order);
  assert.ok(!(await page.locator(".printed").isVisible()));
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator(".printed").isVisible());
  assert.ok((await page.locator(".printed").innerText()).includes(site + at.order));
  for (const control of [".actions", ".back", ".pivots", ".thread", "footer", "button.copy"]) {
    const shown = await page.locator(control).evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
    assert.equal(shown, 0, control);
  }
  assert.ok(await page.locator(".sentence").isVisible());
});
