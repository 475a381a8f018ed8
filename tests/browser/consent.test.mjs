// A user's consent for a partner account: from the page through the authority's and back, in a real browser.
import assert from "node:assert/strict";
import axe from "axe-core";
import { behaviour, site } from "./support.mjs";

const manager = { as: "Global admin" };
const accounts = "/settings/accounts";

async function violations(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function connect(page) {
  await page.getByText("Connect with a user's consent").click();
  await page.getByRole("button", { name: "Connect with consent" }).click();
  await page.waitForURL((url) => url.origin !== site);
}

// One after the other: they change the same account.
behaviour("a manager connects an account, and takes the consent away again", manager, async ({ page, go }) => {
  await go(accounts);
  const block = page.locator("section.account").first();
  assert.match(await block.innerText(), /App-only: the application alone/);
  assert.deepEqual(await violations(page), []);

  // Declined: a page with what to do, and the way back.
  await connect(page);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForURL((url) => url.origin === site);
  assert.match(await page.locator("main").innerText(), /Consent was declined[\s\S]*Connect the account again/);
  assert.deepEqual(await violations(page), []);
  await page.locator("main a.button").click();
  assert.equal(new URL(page.url()).pathname, accounts);

  // Accepted. The address bar keeps nothing of the answer.
  await connect(page);
  await page.getByRole("button", { name: /Accept/ }).click();
  await page.waitForURL(`${site}${accounts}?connected=1`);
  assert.match(await page.getByRole("status").first().innerText(), /Connected/);
  assert.match(await block.innerText(), /App\+User[\s\S]*aiko\.tanaka@contoso\.example/);
  assert.deepEqual(await violations(page), []);

  // Going back does not use the answer twice.
  await page.goBack();
  await go(accounts);
  assert.match(await block.innerText(), /App\+User/);

  await page.getByText("Connect with a user's consent").click();
  await page.getByRole("button", { name: "Take consent away" }).click();
  await page.waitForURL(`${site}${accounts}?disconnected=1`);
  assert.match(await block.innerText(), /App-only: the application alone/);
});

behaviour("the page works without script, on a phone, in Japanese", {
  ...manager, javaScriptEnabled: false, locale: "ja-JP", viewport: { width: 390, height: 844 }, colorScheme: "dark",
}, async ({ page, go }) => {
  await go(`${accounts}?lang=ja`);
  await page.getByText("ユーザーの同意で接続").click();
  await page.getByRole("button", { name: "同意して接続" }).click();
  await page.waitForURL((url) => url.origin !== site);
  await page.locator("button[name=cancel]").click();
  await page.waitForURL((url) => url.origin === site);
  assert.match(await page.locator("main").innerText(), /同意が拒否されました/);
});
