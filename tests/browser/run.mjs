// Starts the demo on a free port, runs the test files against it, and ends it: `node run.mjs [WORD…]`, where only
// files whose name has one of the words are run. PARTNERLOG names another program than the debug build. With
// TEST_DATABASE=postgres the archive is on a throwaway PostgreSQL server.
import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
/** The program under test. */
export const program = process.env.PARTNERLOG ?? join(here, "../../target/debug/partnerlog");

/** Starts a PostgreSQL server, which ends with this process at the latest; `url` is where its empty database is. */
async function server() {
  const folder = await mkdtemp(join(tmpdir(), "partnerlog-pg-"));
  const child = spawn(join(here, "../postgres"), ["hold", folder], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const ready = new Promise((resolve) => child.stdout.once("data", (line) => resolve(String(line).trim())));
  const url = await Promise.race([ready, ended]);
  if (typeof url !== "string") {
    await rm(folder, { recursive: true, force: true });
    throw new Error("the database's server did not start");
  }
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { url, stop };
}

/** Starts the demo; `url` is where it is, `stop` ends it and waits for that. */
export async function demo({ records = 4000 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "partnerlog-browser-"));
  const log = join(folder, "demo.log");
  const errors = await open(log, "w");
  const database = process.env.TEST_DATABASE === "postgres" ? await server() : undefined;
  const place = database ? ["--database", database.url] : [];
  const child = spawn(program, ["demo", "--port", "0", "--records", String(records), "--data-dir", folder, ...place], {
    stdio: ["ignore", "pipe", errors.fd],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await database?.stop();
    await errors.close();
    await rm(folder, { recursive: true, force: true });
  };
  const ready = new Promise((resolve, reject) => {
    let said = "";
    child.once("error", reject);
    child.stdout.on("data", (bytes) => {
      said += bytes;
      const line = /^partnerlog demo: (\S+)$/m.exec(said);
      if (line) resolve(line[1]);
    });
  });
  const url = await Promise.race([ready, ended]);
  if (typeof url !== "string") {
    process.stderr.write(await readFile(log));
    await stop();
    throw new Error("the demo ended before it was ready");
  }
  return { url, stop };
}

async function main(words) {
  const files = (await readdir(here))
    .filter((name) => name.endsWith(".test.mjs"))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort()
    .map((name) => join(here, name));
  await rm(join(here, "results"), { recursive: true, force: true });
  const { url, stop } = await demo();
  process.env.PARTNERLOG_URL = url;
  try {
    // Two at a time: each file has a browser of its own.
    const first = await attempt(files, 2);
    // What a busy machine made too slow is not so a second time, alone; what is wrong is.
    const again = first.failed.size > 0 && first.failed.size <= 3 ? await attempt([...first.failed], 1) : first;
    if (again !== first) console.log(`browser tests tried twice: ${[...first.names].join("; ")}`);
    const failed = again.names.size;
    const passed = first.passed + (again === first ? 0 : Math.max(first.names.size - failed, 0));
    console.log(`browser tests: ${passed} passed; ${failed} failed`);
    if (failed > 0 || passed === 0) process.exitCode = 1;
  } finally {
    await stop();
  }
}

/** Runs test files, so many at a time; tells how many tests passed, which failed, and in which files. */
async function attempt(files, concurrency) {
  const seen = { passed: 0, names: new Set(), failed: new Set() };
  const waiting = [...files];
  async function work() {
    for (let file = waiting.shift(); file; file = waiting.shift()) await one(file, seen);
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  return seen;
}

/** Runs one file. What an event calls its file is where `test` was called, which all files leave to the same module. */
async function one(file, seen) {
  const events = run({ files: [file], timeout: 20 * 60_000 })
    .on("test:pass", (event) => {
      if (event.details.type !== "suite") seen.passed += 1;
    })
    .on("test:fail", (event) => {
      seen.names.add(event.name);
      seen.failed.add(file);
    });
  let told = "";
  for await (const some of events.compose(new spec())) told += some;
  process.stdout.write(told);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
