// A browser and the visitors who come with it, signed in at the demo that PARTNERLOG_URL names.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const site = process.env.PARTNERLOG_URL;
assert.ok(site, "start these tests with `node run.mjs [FILE…]`: it starts the demo they look at");

/** The provider's users by role, as its English page calls them. */
export const ROLES = [
  "Global admin", "Billing admin", "User management admin", "Admin agent", "Sales agent", "Helpdesk agent",
];
export const NO_ROLE = "No role in Partner Center";

/** The zone of the browser, unless a test says otherwise. */
export const ZONE = "Asia/Tokyo";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

let browser;

/** The one browser of this process. */
export function launch() {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
  });
  return browser;
}

/** Ends the browser, if there is one. */
export const leave = async () => (await browser)?.close();

/** Begins at our own sign-in page and goes through the provider's. */
export async function signIn(page, role) {
  await page.goto(`${site}/sign-in`);
  await page.locator("main a.button").click();
  await chooseUser(page, role);
}

/** On the provider's page: picks the user by the role named there. */
export async function chooseUser(page, role) {
  await page.locator("button[name=user]", { hasText: role }).first().click();
  await page.waitForURL((url) => url.origin === site);
}

// A session for each kind of visitor, so that not every test signs in anew.
const sessions = new Map();

async function session(role, options) {
  const key = JSON.stringify([role, options.timezoneId, options.javaScriptEnabled]);
  if (!sessions.has(key)) {
    const context = await (await launch()).newContext({ ...options, locale: "en-GB" });
    const page = await context.newPage();
    await signIn(page, role);
    sessions.set(key, await context.storageState());
    await context.close();
  }
  return sessions.get(key);
}

/**
 * A browser context of its own. With `as`, signed in with that role. Everything else goes to Playwright.
 * `troubles` lists what no page may do: script errors, blocked content, failed requests of the page itself.
 */
export async function arrive({ as, ...wishes } = {}) {
  const options = { locale: "en-GB", timezoneId: ZONE, viewport: { width: 1280, height: 900 }, ...wishes };
  const storageState = as && (await session(as, {
    timezoneId: options.timezoneId,
    ...(options.javaScriptEnabled === false && { javaScriptEnabled: false }),
  }));
  const context = await (await launch()).newContext({ ...options, storageState });
  context.setDefaultTimeout(10_000);
  const seen = [];
  const refusedPages = new Set();
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.effectiveDirective} stopped ${event.blockedURI}`);
    });
  });
  context.on("console", (message) => {
    if (message.type() === "error") {
      seen.push({ url: message.location().url, text: message.text() });
    }
  });
  context.on("weberror", (event) => seen.push({ text: String(event.error()) }));
  context.on("response", (response) => {
    if (response.status() >= 400 && response.request().isNavigationRequest()) refusedPages.add(response.url());
  });
  // The browser reports a page's own 403 or 404 as an error, too: those are what the test asked for.
  const troubles = () => seen
    .filter(({ url, text }) => !(text.startsWith("Failed to load resource") && refusedPages.has(url)))
    .map(({ url, text }) => `${text} (${url ?? "page"})`);
  const page = await context.newPage();
  return { context, page, troubles, go: (path) => page.goto(site + path) };
}
