// Single keys: what they do, where they do nothing, and that they can be switched off.
import assert from "node:assert/strict";
import axe from "axe-core";
import { behaviour, rows, site } from "./support.mjs";

const reader = { as: "Helpdesk agent" };

/** The number of the row that the focus is in, counted from 0; -1 without one. */
const focused = (page) => rows(page).evaluateAll((all) => all.findIndex((row) => row.contains(document.activeElement)));

const dialog = (page) => page.locator("#keys-help");

behaviour("j and k go through the rows, and the arrows once there", reader, async ({ page, go }) => {
  await go("/activity");
  await page.keyboard.press("j");
  assert.equal(await focused(page), 0);
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), 2);
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(page), 0);
  await page.keyboard.press("k");
  assert.equal(await focused(page), 0, "nothing before the first");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "the focus is seen");
});

behaviour("the arrows scroll as ever where the focus is in no row", reader, async ({ page, go }) => {
  await go("/activity");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), -1);
});

for (const width of [1280, 390]) {
  const viewport = { width, height: 700 };
  behaviour(`no row that has the focus is hidden, at ${width} pixels`, { ...reader, viewport }, async ({ page, go }) => {
    await go("/activity");
    for (const key of [..."jjjjjjjjjjjjjjjjjjjjjjjj", ..."kkkkkkkkkkkkkkkkkkkk"]) {
      await page.keyboard.press(key);
      const hidden = await page.evaluate(() => {
        const link = document.activeElement;
        const box = link.getBoundingClientRect();
        const points = [[box.left + 3, box.top + 3], [box.right - 3, box.bottom - 3]];
        return points.some(([x, y]) => !link.contains(document.elementFromPoint(x, y)));
      });
      assert.equal(hidden, false, `row ${await focused(page)} after ${key}`);
    }
  });
}

behaviour("Enter opens, Escape closes and gives the focus back", reader, async ({ page, go }) => {
  await go("/activity?from=&action=create_order");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("tr.detail .sentence").waitFor();
  // From within the details as well.
  await page.locator("tr.detail a").first().focus();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("tr.detail").count(), 0);
  assert.equal(await focused(page), 1);
  await page.keyboard.press("j");
  assert.equal(await focused(page), 2);
});

behaviour("j goes on from within details", reader, async ({ page, go }) => {
  await go("/activity?from=&action=create_order");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("tr.detail .sentence").waitFor();
  await page.locator("tr.detail a").first().focus();
  await page.keyboard.press("j");
  assert.equal(await focused(page), 1);
});

behaviour("/ goes to the search, where keys are text", reader, async ({ page, go }) => {
  await go("/activity");
  await page.keyboard.press("/");
  const field = page.locator("input:focus");
  assert.equal(await field.evaluate((input) => input.form?.getAttribute("role")), "search");
  await page.keyboard.type("jk/e?np");
  assert.equal(await field.inputValue(), "jk/e?np");
  assert.equal(await focused(page), -1);
  assert.equal(await dialog(page).isVisible(), false);
  await page.locator("#from").focus();
  await page.keyboard.press("j");
  assert.equal(await focused(page), -1, "nor in a date");
});

behaviour("keys with Ctrl, Alt or Cmd, and those of an input method, are not ours", reader, async ({ page, go }) => {
  await go("/activity");
  for (const key of ["Control+j", "Alt+j", "Meta+j"]) {
    await page.keyboard.press(key);
    assert.equal(await focused(page), -1, key);
  }
  await page.evaluate(() => {
    for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true, ...init }));
    }
  });
  assert.equal(await focused(page), -1);
  await page.evaluate(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true }));
  });
  assert.equal(await focused(page), 0, "and without them it is");
});

behaviour("e exports what is on the page", reader, async ({ page, go }) => {
  await go("/activity?status=failed");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("e")]);
  assert.match(download.url(), /\/activity\/export\?.*status=failed.*format=csv/);
  assert.match(download.suggestedFilename(), /\.csv$/);
});

behaviour("n and p turn the pages", reader, async ({ page, go }) => {
  await go("/activity?from=&size=25");
  const first = await rows(page).first().getAttribute("data-record-id");
  await page.keyboard.press("p");
  assert.equal(await rows(page).first().getAttribute("data-record-id"), first, "nothing before the first page");
  await page.keyboard.press("n");
  await page.waitForURL(/after=/);
  assert.equal(await page.locator(`tr[data-record-id="${first}"]`).count(), 0);
  const older = page.url();
  await page.keyboard.press("p");
  await page.waitForURL((url) => url.href !== older);
  assert.equal(await page.locator(`tr[data-record-id="${first}"]`).count(), 1);
});

for (const [lang, title] of [["en", "Keyboard shortcuts"], ["ja", "キーボード ショートカット"]]) {
  for (const colorScheme of ["light", "dark"]) {
    const look = { ...reader, colorScheme };
    behaviour(`? shows the keys, accessibly: ${lang}, ${colorScheme}`, look, async ({ page, go }) => {
      await go(`/activity?lang=${lang}`);
      await page.keyboard.press("j");
      await page.keyboard.press("?");
      assert.equal(await dialog(page).isVisible(), true);
      assert.equal(await page.getByRole("dialog", { name: title }).count(), 1);
      await page.keyboard.press("j");
      assert.equal(await dialog(page).evaluate((it) => it.contains(document.activeElement)), true, "keys rest");
      await page.evaluate(axe.source);
      const found = await page.evaluate(() => axe.run(document, {
        runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
      }));
      assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
      await page.keyboard.press("Escape");
      assert.equal(await dialog(page).isVisible(), false);
      assert.equal(await focused(page), 0, "the focus is where it was");
      await page.keyboard.press("?");
      await dialog(page).getByRole("button").click();
      assert.equal(await dialog(page).isVisible(), false);
    });
  }
}

behaviour("switched off in the preferences, keys do nothing", reader, async ({ page, go }) => {
  await go("/settings");
  await page.locator("input[name=keys]").check();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/saved=1/);
  await go("/activity");
  for (const key of ["j", "/", "?"]) await page.keyboard.press(key);
  assert.equal(await focused(page), -1);
  assert.equal(await page.locator("input:focus").count(), 0);
  assert.equal(await dialog(page).count(), 0);
  await go("/settings");
  assert.equal(await page.locator("input[name=keys]").isChecked(), true);
  await page.locator("input[name=keys]").uncheck();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/saved=1/);
  await go("/activity");
  await page.keyboard.press("j");
  assert.equal(await focused(page), 0);
});

behaviour("without script: the footer leads to the keys", { ...reader, javaScriptEnabled: false }, async ({ page, go }) => {
  await go("/activity");
  await page.locator(`footer a[href="/help/keyboard"]`).click();
  await page.waitForURL(`${site}/help/keyboard`);
  assert.match(await page.locator("main table").innerText(), /Search the log/);
});
