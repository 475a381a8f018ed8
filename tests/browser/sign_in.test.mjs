// Coming in and going out, through the provider's own pages.
import assert from "node:assert/strict";
import { behaviour, chooseUser, NO_ROLE, ROLES, rows, signIn, site } from "./support.mjs";

for (const role of ROLES) {
  behaviour(`a ${role} signs in and sees the log`, {}, async ({ page }) => {
    await signIn(page, role);
    assert.equal(new URL(page.url()).pathname, "/activity");
    // Where somebody begins is their own choice, which another test may be making.
    await page.goto(`${site}/activity`);
    assert.ok((await rows(page).count()) > 0);
    await page.locator("details.user > summary").click();
    assert.match(await page.locator("details.user .panel").innerText(), new RegExp(role));
  });
}

behaviour("a user without a role is told which six roles may enter", {}, async ({ page }) => {
  await signIn(page, NO_ROLE);
  assert.deepEqual(await page.locator("ul.roles li").allInnerTexts(), ROLES);
  assert.equal((await page.goto(`${site}/activity`)).status(), 403);
  assert.equal(await rows(page).count(), 0);
  assert.equal(await page.locator("h1").innerText(), "Your account does not have access to the activity log");
});

behaviour("a deep link survives signing in", {}, async ({ page }) => {
  await page.goto(`${site}/activity?from=2026-01-02&to=2026-02-03&status=failed`);
  await chooseUser(page, "Sales agent");
  const url = new URL(page.url());
  assert.equal(url.pathname + url.search, "/activity?from=2026-01-02&to=2026-02-03&status=failed");
  assert.equal(await page.locator("#from").inputValue(), "2026-01-02");
});

// The provider loads our front-channel address in a hidden frame. It needs the request only: what comes back may
// not be framed, which the browser mentions.
const leaving = { expected: /^Framing '.+' violates .+ "frame-ancestors 'none'"/ };

behaviour("signing out ends at the provider and leaves nothing behind", leaving, async ({ page }) => {
  await signIn(page, "Billing admin");
  await page.locator("details.user > summary").click();
  const provider = page.waitForResponse((response) => /logout|end_?session/i.test(response.url()));
  await page.locator("form[action='/sign-out'] button").click();
  assert.notEqual(new URL((await provider).url()).origin, site, "the provider ends its session, too");
  await page.waitForURL(`${site}/signed-out`);
  assert.equal(await page.locator("h1").innerText(), "You are signed out");

  await page.goto(`${site}/activity`);
  assert.notEqual(new URL(page.url()).origin, site, "the log asks to sign in again");
  assert.ok((await page.locator("button[name=user]").count()) > 0, "the provider does not remember the user");
});

behaviour("after signing out the Back button shows no activities", leaving, async ({ page }) => {
  await signIn(page, "Billing admin");
  await page.locator("details.user > summary").click();
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL(`${site}/signed-out`);
  for (let steps = 0; steps < 4; steps += 1) {
    await page.goBack({ waitUntil: "load" }).catch(() => {});
    assert.equal(await rows(page).count(), 0, `nothing to see at ${page.url()}`);
  }
});

behaviour("declining at the provider says so in the reader's language", { locale: "ja-JP" }, async ({ page }) => {
  await page.goto(`${site}/activity`);
  assert.equal(await page.locator("html").getAttribute("lang"), "ja", "the provider's page is Japanese as well");
  await page.locator("button[name=cancel]").click();
  await page.waitForURL((url) => url.origin === site);
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  assert.equal(await page.locator("h1").innerText(), "サインインが拒否されました");
  await page.locator("main a.button").click();
  assert.ok((await page.locator("button[name=user]").count()) > 0, "the way to try again works");
});

behaviour("a callback used twice is refused, and the log stays open", {}, async ({ page }) => {
  const callback = page.waitForRequest((request) => request.url().startsWith(`${site}/sign-in/callback`));
  await signIn(page, "Admin agent");
  await page.goto((await callback).url());
  assert.equal(await page.locator("h1").innerText(), "This sign-in was already used");
  await page.goto(`${site}/activity`);
  assert.ok((await rows(page).count()) > 0);
});

behaviour("only who manages sees the partner accounts", { as: "Helpdesk agent" }, async ({ page, go }) => {
  await go("/activity");
  await page.locator("nav.main-menu summary").click();
  assert.equal(await page.locator("a[href='/settings/accounts']").count(), 0);
  assert.equal((await go("/settings/accounts")).status(), 403);
});
