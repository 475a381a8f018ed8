// Importing a file on its page: looked at first, asked about, imported, with and without script.
import assert from "node:assert/strict";
import { behaviour, press, site } from "./support.mjs";

const manager = { as: "Global admin" };
const reader = { as: "Helpdesk agent" };

let made = 0;

/** An audit record that no archive has yet, of long ago. */
function record() {
  made += 1;
  const id = `partner_customer_import_${process.pid}_${Date.now()}_${made}`;
  const json = JSON.stringify({
    id,
    customerName: "Relecloud",
    userPrincipalName: "hanako@contoso.example",
    operationType: "create_order",
    resourceType: "order",
    operationStatus: "succeeded",
    operationDate: "2024-02-03T04:05:06.7890123Z",
  });
  return { id, json };
}

/** Chooses a file on the page and sends it; ends when it was looked at. */
async function upload(page, name, text, { script = true } = {}) {
  await page.goto(`${site}/settings/import`);
  await page.getByLabel("File", { exact: true }).setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await press(page, page.getByRole("button", { name: "Upload and check" }));
  await page.waitForURL(/\/settings\/import\/[0-9a-f]{32}$/);
  await settled(page, script);
}

/** Waits until nothing is under way: with script the page does so by itself. */
async function settled(page, script = true) {
  if (script) {
    await page.locator("[data-poll]").waitFor({ state: "detached" });
    await page.waitForLoadState("domcontentloaded");
    return;
  }
  for (let times = 0; (await page.locator("progress").count()) > 0; times += 1) {
    assert.ok(times < 100, "it never ends");
    await press(page, page.getByRole("link", { name: "Refresh" }));
  }
}

/** The counts of a report, by their names. */
const counts = (page) => page.locator("dl.list > div").evaluateAll((all) => Object.fromEntries(
  all.map((pair) => [pair.querySelector("dt").textContent, pair.querySelector("dd").textContent])));

const title = (page) => page.locator("h1").innerText();

for (const script of [true, false]) {
  const visitor = { ...manager, javaScriptEnabled: script };
  const how = script ? "with" : "without";

  behaviour(`${how} script: a file is looked at first, then imported, and its records say so`, visitor, async ({ page, go }) => {
    const { id, json } = record();
    await upload(page, "saved <b>.ndjson", `${json}\nnonsense\n`, { script });
    assert.equal(await title(page), "What importing would do");
    assert.match(await page.locator("main").innerText(), /saved <b>\.ndjson/);
    const seen = await counts(page);
    assert.deepEqual([seen.Read, seen.New, seen["Already known"], seen.Changed, seen.Rejected], ["2", "1", "0", "0", "1"]);
    assert.match(await page.locator(".rejected li").innerText(), /^Line 2: not a JSON object$/);
    assert.equal((await page.request.get(`${site}/activity/${id}`)).status(), 404, "nothing is changed yet");

    await press(page, page.getByRole("button", { name: "Import now" }));
    await settled(page, script);
    assert.equal(await title(page), "Imported");
    assert.equal((await counts(page))["Imported as new"], "1");
    await go(`/activity/${id}`);
    assert.match(await page.locator("main").innerText(), /Imported from saved <b>\.ndjson on /);

    await upload(page, "again.ndjson", json, { script });
    assert.match(await page.locator("main").innerText(), /There is nothing new in this file/);
    assert.equal(await page.getByRole("button", { name: "Import now" }).count(), 0);
    await press(page, page.getByRole("button", { name: "Discard the file" }));
    await page.waitForURL(`${site}/settings/import`);
    const past = page.locator(".past li").first();
    assert.match(await past.innerText(), /saved <b>\.ndjson[^]+NDJSON[^]+Finished[^]+1 new[^]+SHA-256/);
  });

  behaviour(`${how} script: dates that can be meant either way are asked about`, visitor, async ({ page, go }) => {
    made += 1;
    const customer = `Relecloud ${process.pid}-${made}`;
    const file = `Date-Time,Affected customer,Action,Partner user\n1/2/2024 9:00:00 AM,${customer},Created an order,b@contoso.example\n`;
    await upload(page, "log.csv", file, { script });
    assert.equal(await title(page), "A question about this file");
    const question = page.getByRole("group", { name: /^Does the day or the month come first in dates like .*1\/2\/2024 9:00:00 AM/ });
    assert.equal(await page.getByRole("button", { name: "Import now" }).count(), 0);
    await question.getByRole("radio", { name: /Day first/ }).check();
    await press(page, page.getByRole("button", { name: "Check again" }));
    await settled(page, script);
    assert.equal(await title(page), "What importing would do");
    assert.match(await page.locator(".note").innerText(), /are read as UTC/);

    // Another answer is looked at again before anything is imported.
    await page.getByLabel("Time zone of times that name none").selectOption("Asia/Tokyo");
    await press(page, page.getByRole("button", { name: "Import now" }));
    await settled(page, script);
    assert.match(await page.locator(".banner[role=status]").innerText(), /You changed an answer/);
    assert.match(await page.locator(".note").innerText(), /are read as Asia\/Tokyo/);
    assert.equal(await page.getByRole("radio", { name: /Day first/ }).isChecked(), true);
    await press(page, page.getByRole("button", { name: "Import now" }));
    await settled(page, script);
    assert.equal(await title(page), "Imported");
    await go(`/activity?from=2024-02-01&to=2024-02-01&tz=UTC&customer=${encodeURIComponent(customer)}`);
    assert.equal(await page.locator("#activity time").first().getAttribute("datetime"), "2024-02-01T00:00:00.0000000Z");
  });
}

behaviour("what is no such file is said, and changes nothing", manager, async ({ page }) => {
  await upload(page, "log.xlsx", "PK\u0003\u0004 a workbook");
  assert.match(await page.getByRole("alert").innerText(), /Nothing was changed: it is a ZIP archive or an Excel workbook/);
  await press(page, page.getByRole("link", { name: "Import another file" }));
  await page.waitForURL(`${site}/settings/import`);
});

behaviour("the page is found from the settings, by those who manage", manager, async ({ page, go }) => {
  await go("/settings");
  await page.locator("nav.main-menu summary").click();
  await page.locator("nav.main-menu").getByRole("link", { name: "Import" }).click();
  await page.waitForURL(`${site}/settings/import`);
});

behaviour("who does not manage is neither shown the page nor led to it", reader, async ({ page, go }) => {
  await go("/settings");
  assert.equal(await page.locator("a[href^='/settings/import']").count(), 0);
  const answer = await page.goto(`${site}/settings/import`);
  assert.equal(answer.status(), 403);
});
