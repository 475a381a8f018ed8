// Signing in at an OpenID provider that we did not write: `oidc-provider`, which the OpenID Foundation certified.
// `partnerlog serve` runs against it with settings as an operator would write them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { Provider } from "oidc-provider";
import { program } from "./run.mjs";
import { behaviour } from "./support.mjs";

const SECRET = "a secret: with/odd%characters+";
/** Whose names ask for each way of sending the client's secret, and for tokens signed in a way we do not take. */
const CLIENTS = ["client_secret_basic", "client_secret_post", "ES256"];

const ends = [];
const sites = {};
let issuer;

/** A port that was free a moment ago. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function serve(client) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "partnerlog-certified-"));
  const settings = join(folder, "partnerlog.toml");
  await writeFile(settings, `
    [server]
    listen = "127.0.0.1:${port}"
    [database]
    url = "sqlite:${join(folder, "archive.db")}"
    [sign_in]
    issuer = "${issuer}"
    client_id = "${client}"
    client_secret = "${SECRET}"
    [sign_in.roles]
    helpdesk_agent = ["Helpdesk.Agent"]
    [[partner_center]]
    name = "Contoso"
    tenant_id = "3aa5c8d0-9f4e-4a7b-8f0c-5a6d0b7c1e21"
    client_id = "collector"
    client_secret = "unused"
    api_url = "${issuer}/none"
    token_url = "${issuer}/none"
  `, { mode: 0o600 });
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PARTNERLOG")));
  const child = spawn(program, ["serve", "--config", settings], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  let said = "";
  child.stderr.on("data", (bytes) => { said = (said + bytes).slice(-2000); });
  ends.push(async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const answers = () => fetch(`${url}/healthz`).then((answer) => answer.ok, () => false);
  for (const started = Date.now(); !(await answers());) {
    assert.ok(child.exitCode === null && Date.now() - started < 20_000, `partnerlog serve did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return url;
}

before(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  for (const client of CLIENTS) sites[client] = await serve(client);
  const provider = new Provider(issuer, {
    clients: CLIENTS.map((client) => ({
      client_id: client,
      client_secret: SECRET,
      redirect_uris: [`${sites[client]}/sign-in/callback`],
      post_logout_redirect_uris: [`${sites[client]}/signed-out`],
      ...(client === "ES256"
        ? { id_token_signed_response_alg: "ES256" }
        : { token_endpoint_auth_method: client }),
    })),
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256"] },
    jwks: { keys: keys() },
    pkce: { required: () => true },
    cookies: { keys: ["only for this test"] },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "roles"] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: `${id} of Contoso`,
        preferred_username: `${id}@contoso.example`,
        roles: id === "ann" ? ["Helpdesk.Agent"] : [],
      }),
    }),
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  ends.unshift(async () => {
    server.closeAllConnections();
    server.close();
  });
});

after(async () => {
  for (const end of ends.reverse()) await end();
});

function keys() {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return [{ pair: rsa, alg: "RS256" }, { pair: curve, alg: "ES256" }].map(({ pair, alg }) => (
    { ...pair.privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg }
  ));
}

/** The provider's own pages ask for a font and an icon that are not there. */
const there = { expected: /^Failed to load resource: .*(css\?family=|favicon\.ico)/ };

/** From an address of ours to the provider, through its pages, and back. */
async function signInAs(page, url, user) {
  await page.goto(url);
  assert.equal(new URL(page.url()).origin, issuer);
  await page.locator("input[name=login]").fill(user);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]", { hasText: "Continue" }).click();
  await page.waitForURL((at) => at.origin !== issuer);
}

for (const client of ["client_secret_basic", "client_secret_post"]) {
  behaviour(`signs in and out at a certified provider, by ${client}`, there, async ({ page }) => {
    const site = sites[client];
    await signInAs(page, `${site}/activity?from=2026-01-02&to=2026-02-03`, "ann");
    assert.equal(page.url(), `${site}/activity?from=2026-01-02&to=2026-02-03`, "the deep link survives");
    await page.locator("details.user > summary").click();
    assert.match(await page.locator("details.user").innerText(), /ann of Contoso[^]*Helpdesk agent/);

    await page.locator("form[action='/sign-out'] button").click();
    await page.waitForURL((at) => at.origin === issuer);
    await page.locator("button[name=logout]").click();
    await page.waitForURL(`${site}/signed-out`);
    await page.goto(`${site}/activity`);
    assert.equal(new URL(page.url()).origin, issuer, "the log asks to sign in again");
    assert.equal(await page.locator("input[name=login]").count(), 1, "the provider does not remember the user");
  });
}

behaviour("somebody without a role at a certified provider is told who may enter", there, async ({ page }) => {
  await signInAs(page, `${sites.client_secret_basic}/activity`, "bob");
  assert.equal(await page.locator("h1").innerText(), "Your account does not have access to the activity log");
  assert.equal(await page.locator("#activity").count(), 0);
});

behaviour("turning back at a certified provider ends on a page that says so", there, async ({ page }) => {
  await page.goto(`${sites.client_secret_basic}/activity`);
  await page.locator("a", { hasText: "Cancel" }).click();
  await page.waitForURL((at) => at.pathname === "/sign-in/callback");
  assert.match(await page.locator("main").innerText(), /declined|cancel/i);
  assert.ok((await page.locator("main a[href^='/sign-in']").count()) > 0, "and offers to try again");
});

behaviour("an ID token signed by an algorithm that was not expected opens nothing", there, async ({ page }) => {
  await signInAs(page, `${sites.ES256}/activity`, "ann");
  assert.equal(new URL(page.url()).pathname, "/sign-in/callback");
  // The provider remembers the user, so the log leads there and back at once, and still not in.
  const answer = await page.goto(`${sites.ES256}/activity`);
  assert.equal(new URL(answer.url()).pathname, "/sign-in/callback");
  assert.ok(answer.status() >= 400);
  assert.equal(await page.locator("#activity").count(), 0);
});
