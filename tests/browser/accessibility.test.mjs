// WCAG 2.2 AA on every page and state, by axe; reflow and the size of targets by measuring.
import assert from "node:assert/strict";
import axe from "axe-core";
import { places } from "./places.mjs";
import { behaviour } from "./support.mjs";

const STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const english = { lang: "en", locale: "en-GB" };
const japanese = { lang: "ja", locale: "ja-JP" };
const wide = { width: 1280, viewport: { width: 1280, height: 900 } };
const narrow = { width: 390, viewport: { width: 390, height: 844 } };
const light = { colorScheme: "light" };
const dark = { colorScheme: "dark" };

// Two opposite looks show every language, size and scheme; the pairs alternate.
const pairs = [
  [{ ...english, ...wide, ...light }, { ...japanese, ...narrow, ...dark }],
  [{ ...english, ...narrow, ...dark }, { ...japanese, ...wide, ...light }],
  [{ ...english, ...wide, ...dark }, { ...japanese, ...narrow, ...light }],
  [{ ...english, ...narrow, ...light }, { ...japanese, ...wide, ...dark }],
];
// Every scheme at every size, and every language at every size, for the pages people look at all day.
const thorough = [...pairs[0], ...pairs[3]];

async function violations(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((tags) => axe.run(document, {
    runOnly: { type: "tag", values: tags },
    rules: { "target-size": { enabled: true } },
    resultTypes: ["violations"],
  }), [...STANDARD, "best-practice"]);
  return violations.map(({ id, help, tags, nodes }) => ({
    advice: !tags.some((tag) => STANDARD.includes(tag)),
    text: `${id} (${help}): ${nodes.slice(0, 5).map((node) => node.target.join(" ")).join(", ")}`,
  }));
}

/** What makes the page wider than the window. */
function overflow(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= room) return [];
    // Neither what scrolls by itself nor what is not to be seen; what a closed part holds has a box all the same.
    const counts = (element) => !element.closest(".scroll, pre, .presets, .visually-hidden")
      && element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > room + 0.5 && counts(element))
      .map((element) => `${element.tagName} ${element.className} ${Math.round(element.getBoundingClientRect().right)}`)
      .concat(`the page ${document.scrollingElement.scrollWidth}`)
      .slice(0, 10);
  });
}

/** Controls smaller than 24 by 24 pixels. Links within text and what is not to be seen are no targets. */
function smallTargets(page) {
  return page.evaluate(() => [...document.querySelectorAll(
    "button, select, summary, input:not([type=hidden]), a.button, a.chip, a.expand, .presets a, .pager a, .languages a, .menu li a, .banner li a",
  )].filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .map((element) => ({ element, box: (element.closest("label") ?? element).getBoundingClientRect() }))
    .filter(({ box }) => box.width < 24 || box.height < 24)
    .map(({ element, box }) => `${element.tagName} ${element.className || element.id || element.textContent.trim()} ${box.width}×${box.height}`));
}

const list = await places();
list.forEach((place, number) => {
  for (const look of place.main ? thorough : pairs[number % pairs.length]) {
    const { lang, locale, colorScheme, viewport, width } = look;
    behaviour(
      `${place.name} is accessible (${lang}, ${colorScheme}, ${width} px)`,
      { as: place.as, locale, colorScheme, viewport },
      async ({ page, t }) => {
        await place.show(page);
        assert.equal(await page.locator("html").getAttribute("lang"), lang);
        const found = await violations(page);
        for (const { text } of found.filter(({ advice }) => advice)) t.diagnostic(`advice: ${text}`);
        assert.deepEqual(found.filter(({ advice }) => !advice).map(({ text }) => text), []);
        // On paper nothing is aimed at.
        if (!place.paper) assert.deepEqual(await smallTargets(page), [], "targets under 24 px");
        assert.deepEqual(await overflow(page), [], `wider than ${width} px`);
        if (width === 390) {
          await page.setViewportSize({ width: 320, height: 700 });
          assert.deepEqual(await overflow(page), [], "wider than 320 px");
        }
      },
    );
  }
});
