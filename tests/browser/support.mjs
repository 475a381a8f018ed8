// What the test files share: tests that fail when a page they saw had troubles, and how to read a page.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { arrive, leave, ZONE } from "./visitor.mjs";

export { arrive, chooseUser, NO_ROLE, ROLES, signIn, site, ZONE } from "./visitor.mjs";

const results = fileURLToPath(new URL("results/", import.meta.url));
after(leave);

/** A test with a visitor; it also fails when any page it saw had troubles other than the `expected` one. */
export function behaviour(name, { expected, ...options }, body) {
  test(name, async (t) => {
    const visitor = await arrive(options);
    try {
      await body({ ...visitor, t });
      const troubles = visitor.troubles().filter((trouble) => !expected?.test(trouble));
      assert.deepEqual(troubles, [], "troubles on the pages of this test");
    } catch (error) {
      await mkdir(results, { recursive: true });
      const file = `${results}${name.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 100)}.png`;
      await visitor.page.screenshot({ path: file, fullPage: true }).catch(() => {});
      throw error;
    } finally {
      await visitor.context.close();
    }
  });
}

/** Presses what leads to another page, were it at the same address, and waits until all of that page is there. */
export async function press(page, locator) {
  await page.evaluate(() => document.documentElement.setAttribute("data-left", ""));
  await locator.click();
  await page.locator("html:not([data-left])").waitFor({ state: "attached" });
  await page.waitForLoadState("domcontentloaded");
}

/** `yyyy-mm-dd` of so many days ago, in the zone of the browser. */
export function daysAgo(days, zone = ZONE) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(Date.now() - days * 86_400_000);
}

/** The number of activities that the sentence over the table tells. */
export async function told(page) {
  const text = await page.locator("#result").innerText();
  return Number(/[\d,]+/.exec(text)[0].replaceAll(",", ""));
}

/** The rows of the log on this page, without day headings and details. */
export const rows = (page) => page.locator("#activity tr[data-record-id]");
