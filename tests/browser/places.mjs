// Every page and state of the dashboard that has a look of its own, for pictures and for accessibility checks.
import { arrive, chooseUser, NO_ROLE, site } from "./visitor.mjs";

const MANAGER = "Global admin";
const READER = "Helpdesk agent";
const go = (path) => (page) => page.goto(site + path);

/** The row of the newest activity that a query of the log finds. */
async function newest(page, query, having = "") {
  await page.goto(`${site}/activity?from=&${query}`);
  const row = page.locator(`#activity tr[data-record-id]${having}`).first();
  const customer = row.locator("td.customer a");
  return {
    record: `/activity/${await row.getAttribute("data-record-id")}`,
    customer: (await customer.count()) > 0 ? await customer.getAttribute("href") : undefined,
  };
}

/** The coverage of the year before, or of this one where the archive has no other. */
async function lastYear(page) {
  await page.goto(`${site}/coverage`);
  const years = page.locator("ul.years a");
  return (await years.count()) > 0 ? years.first().getAttribute("href") : "/coverage";
}

/** The first version of a record that has two: the demo makes some of the last days, which may be of the year before. */
async function oldVersion(page) {
  await page.goto(`${site}/coverage`);
  if ((await page.locator(".month td a", { hasText: "changed" }).count()) === 0) await page.goto(site + (await lastYear(page)));
  const changed = page.locator(".month td a", { hasText: "changed" }).last();
  await page.goto(site + (await changed.getAttribute("href")).replace("tz=UTC", "tz=UTC&size=100&status=succeeded"));
  for (const id of await page.locator("#activity tr[data-record-id]").evaluateAll((rows) => rows.map((row) => row.dataset.recordId))) {
    const answer = await page.request.get(`${site}/activity/${id}?version=2`);
    if (answer.ok() && (await answer.text()).includes('id="versions"')) return `/activity/${id}?version=1`;
  }
  throw new Error("no record has two versions");
}

/** A history that the newest activities of a kind lead to, of a thing that several speak of. */
async function history(page, query, kind) {
  await page.goto(`${site}/activity?from=&size=100&${query}`);
  for (const id of await page.locator("#activity tr[data-record-id]").evaluateAll((rows) => rows.map((row) => row.dataset.recordId))) {
    await page.goto(`${site}/activity/${id}`);
    const link = page.locator(`.thread a[href^="/history/${kind}/"]`).first();
    if ((await link.count()) === 0) continue;
    const href = await link.getAttribute("href");
    await page.goto(site + href);
    if (kind !== "subscription" || (await page.locator(".seats").count()) > 0) return href;
  }
  throw new Error(`no ${kind} has a history`);
}

/** The page about who made the newest record that `query` finds. */
async function actor(page, query, key) {
  await page.goto(site + (await newest(page, query)).record);
  return page.locator(`.facts a[href^="/actors?${key}"]`).first().getAttribute("href");
}

/** Makes a stream to where nobody listens, and gives its address. */
async function makeStream(page) {
  await page.goto(`${site}/settings/streams/new?kind=webhook`);
  await page.locator("#name").fill("Tickets <b> 株式会社");
  await page.locator("#url").fill("http://127.0.0.1:9/hooks");
  await page.locator("input[name=from][value=beginning]").check();
  await page.locator(".stream-form button").click();
  await page.locator(".token").waitFor();
  return page.locator("form:has(button[value=test])").getAttribute("action");
}

/** The address of a stream: there can be only so many. */
async function aStream(page) {
  await page.goto(`${site}/settings/streams`);
  const first = page.locator(".streams h2 a").first();
  return (await first.count()) > 0 ? first.getAttribute("href") : makeStream(page);
}

/** Makes a schedule whose first file is made at once, and gives its address. */
async function makeSchedule(page) {
  await page.goto(`${site}/settings/schedules/new`);
  await page.locator("#name").fill("Monthly <b> 監査 orders");
  await page.locator("#rhythm").selectOption("monthly");
  await page.locator(".stream-form button").click();
  await page.locator("button[value=now]").click();
  await page.locator(".deliveries tr[data-file]").first().waitFor();
  const address = new URL(page.url()).pathname;
  for (let n = 0; n < 50 && (await page.locator(".deliveries .ok").count()) === 0; n += 1) {
    await page.waitForTimeout(200);
    await page.goto(site + address);
  }
  return address;
}

/** The address of a schedule: there can be only so many. */
async function aSchedule(page) {
  await page.goto(`${site}/settings/schedules`);
  const first = page.locator(".streams h2 a").first();
  return (await first.count()) > 0 ? first.getAttribute("href") : makeSchedule(page);
}

let found;

/** Addresses of records worth showing: what they are depends on the day the demo is started. */
export function addresses() {
  found ??= (async () => {
    const { page, context } = await arrive({ as: MANAGER });
    // One that its page shows as a whole: the demonstration has some of hundreds of lines.
    const order = await newest(page, "action=create_order&status=succeeded", `:not(:has(.essentials:text-matches("\\\\d\\\\d more")))`);
    const addresses = {
      order: order.record,
      customer: order.customer,
      licences: (await newest(page, "action=update_customer_user_licenses")).record,
      byPerson: (await newest(page, "action=update_customer_user_licenses&actor=person")).record,
      subscription: (await newest(page, "action=update_subscription")).record,
      failed: (await newest(page, "status=failed")).record,
      script: await newest(page, `customer=${encodeURIComponent("<script>")}`),
      formula: await newest(page, `customer=${encodeURIComponent("=HYPERLINK")}`),
      rightToLeft: await newest(page, "customer=moc.osotnoc"),
      longName: await newest(page, "customer=Donaudampf"),
      newCustomer: (await newest(page, "action=add_customer&status=succeeded", ":has(td.customer a)")).customer,
      relationship: (await newest(page, "action=granular_admin_relationship_approved")).record,
      role: (await newest(page, "action=add_user_member")).record,
      user: await actor(page, "actor=person", "user="),
      app: await actor(page, "actor=app", "app="),
      lastYear: await lastYear(page),
      oldVersion: await oldVersion(page),
      subscriptionHistory: await history(page, "action=update_subscription&status=succeeded", "subscription"),
      userHistory: await history(page, "resource=customer_user", "user"),
    };
    await context.close();
    return addresses;
  })();
  return found;
}

/** Opens the details of the first row that `query` finds, under the row. */
const expanded = (query) => async (page) => {
  await page.goto(`${site}/activity?from=&${query}`);
  await page.locator("#activity a.expand").first().click();
  await page.locator("#activity tr.detail .sentence").waitFor();
};

const menu = (path, selector) => async (page) => {
  await page.goto(site + path);
  await page.locator(selector).first().click();
};

/** Opens the list of a filter, on phones behind the one that has them all. */
const pick = (path, field) => async (page) => {
  await page.goto(site + path);
  const others = page.locator("details.others > summary");
  if (await others.isVisible()) await others.click();
  await page.locator(`details.pick:has(${field}) > summary`).click();
};

// Whoever imports in the tests of that page is somebody else: an upload at a time is what a user has.
const IMPORTER = "Admin agent";

let uploads = 0;

/** Uploads a file and shows what is said about it. */
const uploaded = (name, text, then = async () => {}) => async (page) => {
  await page.goto(`${site}/settings/import`);
  uploads += 1;
  const content = text.replaceAll("$n", `${Date.now()}_${uploads}`);
  await page.locator("#file").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(content) });
  await page.locator("main form button").click();
  const settled = () => page.locator("[data-poll]").waitFor({ state: "detached" });
  await page.waitForURL(/\/settings\/import\/[0-9a-f]{32}$/);
  await settled();
  await then(page, settled);
};

const SAVED = `{"id":"partner_customer_place_$n","operationType":"create_order","operationDate":"2024-02-03T04:05:06Z","customerName":"Relecloud"}
nonsense
{"operationDate":
`;
const LISTED = `Date-Time,Affected customer,Action,Partner user
1/2/2024 9:00:00 AM,Relecloud $n,Created an order,hanako@contoso.example
`;

async function importNow(page, settled) {
  await page.locator("button[value=import]").click();
  await settled();
}

async function dayFirst(page, settled) {
  await page.locator("input[value=day-first]").check();
  await page.locator("button[value=check]").click();
  await settled();
}

/** Saves a shared view with a long name, its owner's start page, and shows a page about it; without one, the question
 * whether it is to be replaced. */
const view = (path) => async (page) => {
  const save = async () => {
    await page.goto(`${site}/activity?status=failed&action=create_order&-user=contoso`);
    await page.locator(".save-view > summary").click();
    await page.locator("#view-name").fill("Failed orders of everybody who is not at Contoso, 失敗した注文");
    await page.locator(".save-view input[name=shared]").check();
    await page.locator(".save-view input[name=start]").check();
    await page.locator(".save-view button").click();
  };
  await save();
  const again = page.locator("button[name=replace]");
  if (!path && (await again.count()) === 0) await save();
  if (!path) return;
  if ((await again.count()) > 0) await again.click();
  if (path.startsWith("/views")) return void (await page.goto(site + path));
  await page.locator(`.view-list a[href$="${path}"]`).first().click();
};

/** `name`, whom it is shown to (`as`), `show(page)`, which leads there, and whether it is a `main` page. */
export async function places() {
  const at = await addresses();
  return [
    { name: "sign-in", show: go("/sign-in") },
    { name: "provider", show: go("/sign-in/start?next=/activity") },
    {
      name: "declined",
      show: async (page) => {
        await page.goto(`${site}/sign-in/start?next=/activity`);
        await page.locator("button[name=cancel]").click();
        await page.waitForURL((url) => url.origin === site);
      },
    },
    {
      name: "no-role",
      show: async (page) => {
        await page.goto(`${site}/sign-in/start?next=/activity`);
        const japanese = (await page.locator("html").getAttribute("lang")) === "ja";
        await chooseUser(page, japanese ? "ロールなし" : NO_ROLE);
      },
    },
    { name: "activity", as: MANAGER, main: true, show: go("/activity?from=") },
    {
      name: "activity-filtered",
      as: READER,
      show: go("/activity?from=&customer=a&-action=create_order&user=contoso&status=succeeded&resource=order&resource=license"),
    },
    { name: "activity-empty", as: READER, show: go("/activity?customer=no+such+company&status=failed") },
    { name: "activity-errors", as: READER, show: go("/activity?from=2026-13-45&to=yesterday&size=7&tz=Mars/Base&after=x") },
    { name: "activity-open", as: READER, main: true, show: expanded("action=create_order&size=25") },
    { name: "activity-searched", as: READER, show: go("/activity?from=&q=northwind+365&action=create_order&status=failed&-source=imported") },
    { name: "activity-found", as: READER, show: go("/activity?from=&q=%22office+365%22+qty:%3E5&size=25") },
    // What is nearest lies outside the days that are asked for.
    { name: "activity-none", as: READER, show: go("/activity?from=2024-01-01&to=2024-01-31&q=northwind") },
    { name: "activity-meant", as: READER, show: go("/activity?from=&q=created+an+order&customer=northwind") },
    { name: "activity-mistyped", as: READER, show: go("/activity?from=&q=northwind+custmer%3Acontoso+date%3Asoon") },
    { name: "activity-actions", as: READER, show: pick("/activity?from=&action=create_order&action=update_order&size=25", "[name=action]") },
    { name: "activity-customers", as: READER, show: pick(`/activity?from=&customer=${at.customer?.split("/")[2]}&customer=north&size=25`, "#customer") },
    { name: "activity-how", as: READER, show: menu("/activity?size=25", "details.how > summary") },
    { name: "activity-bars", as: READER, show: menu("/activity?size=25", "details.as-table > summary") },
    { name: "activity-row-menu", as: READER, show: menu("/activity?size=25&status=failed&from=", "details.row-menu > summary") },
    { name: "activity-export", as: READER, show: menu("/activity?from=&size=25", "details.options > summary") },
    { name: "activity-menu", as: MANAGER, show: menu("/activity?size=25", "nav.main-menu summary") },
    { name: "activity-user", as: MANAGER, show: menu("/activity?size=25", "details.user > summary") },
    { name: "activity-views", as: MANAGER, show: menu("/activity?size=25", ".views > details > summary") },
    { name: "activity-save", as: MANAGER, show: menu("/activity?size=25&status=failed", ".save-view > summary") },
    {
      name: "activity-keys",
      as: READER,
      show: async (page) => {
        await page.goto(`${site}/activity?size=25`);
        await page.keyboard.press("?");
        await page.locator("#keys-help").waitFor();
      },
    },
    { name: "keyboard", as: READER, show: go("/help/keyboard") },
    { name: "views-none", as: "Billing admin", show: go("/views") },
    { name: "views", as: IMPORTER, show: view("/views?done=saved") },
    { name: "views-edit", as: IMPORTER, show: view("/edit") },
    { name: "views-delete", as: IMPORTER, show: view("/delete") },
    { name: "views-replace", as: IMPORTER, show: view() },
    { name: "record-order", as: READER, main: true, show: go(at.order) },
    { name: "record-licences", as: READER, show: go(at.licences) },
    { name: "record-subscription", as: READER, show: go(at.subscription) },
    { name: "record-failed", as: READER, show: go(at.failed) },
    {
      name: "record-raw",
      as: READER,
      show: async (page) => {
        await page.goto(site + at.script.record);
        await page.locator("details.raw > summary").click();
      },
    },
    { name: "record-right-to-left", as: READER, show: go(at.rightToLeft.record) },
    { name: "record-long-name", as: READER, show: go(at.longName.record) },
    { name: "record-secrets", as: MANAGER, show: go(at.formula.record) },
    {
      name: "record-revealed",
      as: MANAGER,
      show: async (page) => {
        await page.goto(site + at.formula.record);
        await page.locator(".secrets button").click();
        await page.locator(".record .banner").waitFor();
      },
    },
    { name: "record-relationship", as: READER, show: go(at.relationship) },
    { name: "record-role", as: READER, show: go(at.role) },
    {
      name: "record-printed",
      as: READER,
      paper: true,
      show: async (page) => {
        await page.emulateMedia({ media: "print" });
        await page.goto(site + at.order);
      },
    },
    { name: "access-log", as: MANAGER, show: go("/access-log") },
    { name: "subscriptions", as: READER, main: true, show: go(at.customer) },
    { name: "subscriptions-unknown", as: READER, show: go(at.script.customer) },
    { name: "history", as: READER, main: true, show: go(at.subscriptionHistory) },
    {
      name: "history-seats",
      as: READER,
      show: async (page) => {
        await page.goto(site + at.subscriptionHistory);
        await page.locator(".seats summary").click();
      },
    },
    { name: "history-user", as: READER, show: go(at.userHistory) },
    { name: "no-history", as: READER, show: go("/history/subscription/00000000-1111-4000-8000-000000000000") },
    { name: "customers", as: READER, main: true, show: go("/customers") },
    { name: "customers-found", as: READER, show: go("/customers?q=co&sort=name") },
    { name: "customers-none", as: READER, show: go("/customers?q=no+such+company") },
    { name: "customer", as: READER, main: true, show: go(at.customer.replace("/subscriptions", "")) },
    { name: "customer-new", as: READER, show: go(at.newCustomer.replace("/subscriptions", "")) },
    { name: "customer-script", as: READER, show: go(at.script.customer.replace("/subscriptions", "")) },
    { name: "actor-user", as: READER, show: go(at.user) },
    { name: "actor-app", as: MANAGER, show: go(at.app) },
    { name: "applications", as: MANAGER, show: go("/settings/applications") },
    {
      name: "exports",
      as: MANAGER,
      show: async (page) => {
        for (const form of ["format=csv", "format=xlsx&rows=items", "format=ndjson", "format=csv&columns=shown"]) {
          await page.request.get(`${site}/activity/export?customer=co&${form}`);
        }
        await page.goto(`${site}/exports`);
      },
    },
    { name: "tokens", as: MANAGER, show: go("/settings/tokens") },
    { name: "api", as: MANAGER, main: true, show: go("/help/api") },
    {
      name: "api-examples",
      as: READER,
      show: async (page) => {
        await page.goto(`${site}/help/api`);
        for (const summary of await page.locator(".answer summary").all()) await summary.click();
        await page.locator("#faults").scrollIntoViewIfNeeded();
      },
    },
    {
      name: "tokens-refused",
      as: MANAGER,
      show: async (page) => {
        await page.goto(`${site}/settings/tokens`);
        await page.locator("#customers").fill("not an id");
        await page.locator("input[name=read]").uncheck();
        await page.locator(".new-token button").click();
        await page.locator(".field-error").first().waitFor();
      },
    },
    {
      name: "tokens-made",
      as: MANAGER,
      show: async (page) => {
        await page.goto(`${site}/settings/tokens`);
        await page.locator("#name").fill("Nightly report <b>");
        await page.locator(".new-token button").click();
        await page.locator(".token").waitFor();
      },
    },
    { name: "schedules-new", as: MANAGER, show: go("/settings/schedules/new") },
    {
      name: "schedules-refused",
      as: MANAGER,
      show: async (page) => {
        await page.goto(`${site}/settings/schedules/new`);
        await page.locator(".stream-form button").click();
        await page.locator(".field-error").first().waitFor();
      },
    },
    { name: "schedule", as: MANAGER, show: async (page) => page.goto(site + (await aSchedule(page))) },
    {
      name: "schedules",
      as: MANAGER,
      show: async (page) => {
        await aSchedule(page);
        await page.goto(`${site}/settings/schedules`);
      },
    },
    { name: "schedule-delete", as: MANAGER, show: async (page) => page.goto(`${site}${await aSchedule(page)}/delete`) },
    { name: "streams", as: MANAGER, show: go("/settings/streams") },
    { name: "streams-webhook", as: MANAGER, show: go("/settings/streams/new?kind=webhook") },
    { name: "streams-ndjson", as: MANAGER, show: go("/settings/streams/new?kind=ndjson") },
    { name: "streams-syslog", as: MANAGER, show: go("/settings/streams/new?kind=syslog") },
    {
      name: "streams-refused",
      as: MANAGER,
      show: async (page) => {
        await page.goto(`${site}/settings/streams/new?kind=splunk`);
        await page.locator("#url").fill("http://splunk.example:8088");
        await page.locator("#index").fill("not an index");
        await page.locator(".stream-form button").click();
        await page.locator(".field-error").first().waitFor();
      },
    },
    { name: "stream-made", as: MANAGER, show: (page) => makeStream(page) },
    {
      // Nobody listens there, so it fails, and its log says so.
      name: "stream-failing",
      as: MANAGER,
      show: async (page) => {
        await page.goto(site + (await aStream(page)));
        await page.locator("button[value=test]").click();
        await page.locator("#tested").waitFor();
        await page.locator(".stream-state.failing").waitFor();
        await page.locator("details.replay > summary").click();
      },
    },
    {
      name: "stream-change",
      as: MANAGER,
      show: async (page) => page.goto(`${site}${await aStream(page)}/change`),
    },
    {
      name: "stream-delete",
      as: MANAGER,
      show: async (page) => page.goto(`${site}${await aStream(page)}/delete`),
    },
    {
      name: "applications-refused",
      as: MANAGER,
      show: async (page) => {
        await page.goto(`${site}/settings/applications`);
        await page.locator(".applications input[name=name]").first().fill("x".repeat(81));
        await page.locator(".applications button").first().click();
        await page.locator(".field-error").waitFor();
      },
    },
    { name: "activity-actors", as: READER, show: pick("/activity?from=&actor=person&size=25", "[name=actor]") },
    { name: "coverage", as: MANAGER, main: true, show: go("/coverage") },
    { name: "coverage-year", as: READER, show: go(at.lastYear) },
    { name: "record-version", as: READER, show: go(at.oldVersion) },
    { name: "settings", as: READER, show: go("/settings?saved=1") },
    { name: "accounts", as: MANAGER, show: go("/settings/accounts") },
    { name: "accounts-consent", as: MANAGER, show: menu("/settings/accounts", "details.consent > summary") },
    { name: "consent-refused", as: MANAGER, show: go("/settings/accounts/consent/callback?code=x&state=y") },
    { name: "import-question", as: IMPORTER, show: uploaded("Audit log (1).csv", LISTED) },
    { name: "import-answered", as: IMPORTER, main: true, show: uploaded("Audit log (1).csv", LISTED, dayFirst) },
    { name: "import-checked", as: IMPORTER, show: uploaded("auditrecords-2024.ndjson", SAVED) },
    { name: "import-done", as: IMPORTER, show: uploaded("auditrecords-2024.ndjson", SAVED, importNow) },
    { name: "import-refused", as: IMPORTER, show: uploaded("log.xlsx", "PK\u0003\u0004") },
    { name: "import", as: IMPORTER, show: go("/settings/import") },
    { name: "forbidden", as: READER, show: go("/settings/accounts") },
    { name: "not-found", as: READER, show: go("/no/such/page") },
    { name: "no-record", as: READER, show: go("/activity/00000000-0000-4000-8000-000000000000") },
    { name: "signed-out", show: go("/signed-out") },
  ];
}
