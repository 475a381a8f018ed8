// Pictures of the main pages: `node screenshots.mjs OUTDIR [PLACE…]`. Each at 1280 and at 390 pixels, light and dark, in
// English and Japanese. PARTNERLOG_URL names a running demo; without it one is started.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { demo } from "./run.mjs";

const [out, ...words] = process.argv.slice(2);
if (!out) {
  console.error("usage: node screenshots.mjs OUTDIR [PLACE…]");
  process.exit(2);
}
/** No picture is taller than so many pixels: the rest of the log looks like its beginning. */
const TALLEST = 1600;

await mkdir(out, { recursive: true });

const own = process.env.PARTNERLOG_URL ? undefined : await demo({ records: 30_000 });
process.env.PARTNERLOG_URL ??= own.url;
const { arrive, leave } = await import("./visitor.mjs");
const { places } = await import("./places.mjs");

try {
  for (const lang of ["en", "ja"]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        const viewport = { width, height: width === 390 ? 844 : 900 };
        const settings = { colorScheme, viewport, locale: lang === "ja" ? "ja-JP" : "en-GB" };
        for (const place of (await places()).filter(({ name }) => words.length === 0 || words.includes(name))) {
          const { page, context } = await arrive({ as: place.as, ...settings });
          await place.show(page);
          const path = join(out, `${place.name}-${lang}-${colorScheme}-${width}.png`);
          const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), TALLEST);
          await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height } });
          await context.close();
        }
      }
    }
  }
} finally {
  await leave();
  await own?.stop();
}
