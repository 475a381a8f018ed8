// A customer's Subscriptions page, read from Partner Center at the moment.
import assert from "node:assert/strict";
import { addresses } from "./places.mjs";
import { behaviour, rows } from "./support.mjs";

const reader = { as: "Sales agent" };

behaviour("the customer's name in the log leads to the customer's subscriptions", reader, async ({ page, go }) => {
  await go("/activity?from=&action=create_order&status=succeeded");
  const link = rows(page).locator("td.customer a").first();
  const name = await link.innerText();
  await link.click();
  await page.waitForURL(/\/customers\/[0-9a-f-]{36}\/subscriptions$/);
  assert.ok((await page.locator("h1").innerText()).includes(name));
  const table = page.locator("table.subscriptions");
  assert.deepEqual(
    (await table.locator("thead th").allInnerTexts()).slice(0, 3), ["Subscription", "Quantity", "Status"],
  );
  const count = await table.locator("tbody tr").count();
  assert.ok(count > 0);
  assert.match(await page.locator(".result h2").innerText(), new RegExp(`^${count} subscription`));
});

behaviour("the same page in Partner Center is a link away", reader, async ({ page, go }) => {
  const { customer } = await addresses();
  await go(customer);
  const id = customer.split("/")[2];
  const link = page.getByRole("link", { name: /Open in Partner Center/ });
  assert.equal(
    await link.getAttribute("href"), `https://partner.microsoft.com/commerce/customers/${id}/subscriptions`,
  );
});

behaviour("where Partner Center cannot tell, the page says so and shows the archive's part", reader, async ({ page, go }) => {
  const { script } = await addresses();
  await go(script.customer);
  assert.match(await page.getByRole("alert").innerText(), /does not know this customer/);
  assert.ok((await page.locator(".recent-list li").count()) > 0);
});

behaviour("all activities of the customer are a link away", reader, async ({ page, go }) => {
  const { customer } = await addresses();
  await go(customer);
  const name = (await page.locator("h1 bdi").innerText()).trim();
  await page.getByRole("link", { name: "All activities of this customer" }).first().click();
  const names = new Set(await page.locator("#activity td.customer").allInnerTexts());
  assert.deepEqual([...names], [name]);
});
