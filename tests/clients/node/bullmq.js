// BullMQ: queues, delays, repeats and flows, each step a Lua script over lists, sorted sets, hashes and a stream of events.
// DATABASE is the database that the suite uses. It must be empty, and it is left empty.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";
import { HOST, PORT, fresh, main, same, test, until } from "./harness.js";

const { version } = createRequire(import.meta.url)("bullmq/package.json");
const connection = { host: HOST, port: PORT, db: Number(process.env.DATABASE ?? 9) };
const WAIT = 30_000;
const open = [];
let refused;

/** Closed after the test; an error of its own, as BullMQ reports a refused script, fails the test at once. */
function watched(emitter) {
  open.push(emitter);
  emitter.on("error", (error) => refused(error));
  return emitter;
}

const program = (says, run) =>
  test(says, () => Promise.race([run(), new Promise((_, reject) => (refused = reject))]));
const long = process.env.LONG ? program : () => {};

/** A queue with a name of its own, and the events by which a producer waits for results. */
async function queue() {
  const name = fresh("queue").replaceAll(":", "-");
  const one = watched(new Queue(name, { connection }));
  const events = watched(new QueueEvents(name, { connection }));
  await events.waitUntilReady();
  return { name, queue: one, result: (job) => job.waitUntilFinished(events, WAIT) };
}

/** A worker with timers short enough for a test. */
function worker(name, work, options = {}) {
  return watched(new Worker(name, work, { connection, drainDelay: 1, ...options }));
}

/** The names of the next `count` jobs that the worker completes, in their order. */
function completed(worker, count) {
  const names = [];
  return new Promise((resolve) => {
    worker.on("completed", (job) => names.push(job.name) === count && resolve(names));
  });
}

const counts = (queue) => queue.getJobCounts("wait", "active", "delayed", "prioritized", "waiting-children", "failed");
const nothing = { wait: 0, active: 0, delayed: 0, prioritized: 0, "waiting-children": 0, failed: 0 };

program("a job goes to a worker, and its result comes back", async () => {
  const { name, queue: jobs, result } = await queue();
  const job = await jobs.add("add", { a: "naïve ", b: "☃" });
  same([await job.getState(), await counts(jobs)], ["waiting", { ...nothing, wait: 1 }]);
  worker(name, async ({ data }) => data.a + data.b);
  same(await result(job), "naïve ☃");
  same([await job.getState(), await jobs.getCompletedCount(), await counts(jobs)], ["completed", 1, nothing]);
});

program("jobs run in their order, the last first if asked, and by priority", async () => {
  const { name, queue: jobs } = await queue();
  await jobs.add("1st", {});
  await jobs.add("2nd", {});
  await jobs.add("low", {}, { priority: 10 });
  await jobs.add("high", {}, { priority: 1 });
  await jobs.add("low again", {}, { priority: 10 });
  await jobs.add("front", {}, { lifo: true });
  same(await counts(jobs), { ...nothing, wait: 3, prioritized: 3 });
  same(await completed(worker(name, async () => {}), 6), ["front", "1st", "2nd", "high", "low", "low again"]);
});

program("a delayed job waits, and runs when it is due", async () => {
  const { name, queue: jobs, result } = await queue();
  worker(name, async () => Date.now());
  const job = await jobs.add("clock", {}, { delay: 1000 });
  same([await job.getState(), await counts(jobs)], ["delayed", { ...nothing, delayed: 1 }]);
  const waited = (await result(job)) - job.timestamp;
  same(waited >= 1000, true, `it ran after ${waited} ms`);
});

program("a job that fails twice is tried a third time", async () => {
  const { name, queue: jobs, result } = await queue();
  worker(name, async (job) => {
    if (job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
    return job.attemptsMade;
  });
  same(await result(await jobs.add("fails", {}, { attempts: 3, backoff: { type: "fixed", delay: 20 } })), 2);
});

program("a job that fails more often than its limit reports its last error, and can be tried again by hand", async () => {
  const { name, queue: jobs, result } = await queue();
  let broken = true;
  worker(name, async (job) => {
    if (broken) throw new Error(`attempt ${job.attemptsMade}`);
    return "mended";
  });
  const job = await jobs.add("fails", {}, { attempts: 2 });
  same(await result(job).catch((error) => error.message), "attempt 1");
  same([await job.getState(), await counts(jobs)], ["failed", { ...nothing, failed: 1 }]);
  broken = false;
  const failed = await jobs.getJob(job.id);
  await failed.retry();
  same(await result(failed), "mended");
});

program("a scheduler adds its job again and again, up to its limit", async () => {
  const { name, queue: jobs } = await queue();
  const times = [];
  const done = completed(worker(name, async () => times.push(Date.now())), 3);
  await jobs.upsertJobScheduler("every", { every: 200, limit: 3 }, { name: "tick" });
  same((await jobs.getJobSchedulers()).map((each) => [each.key, each.every]), [["every", 200]]);
  same(await done, ["tick", "tick", "tick"]);
  same(times[2] - times[1] >= 100, true, `ticks at ${times}`);
  await jobs.removeJobScheduler("every");
  await until(() => counts(jobs), nothing);
  same(await jobs.getJobSchedulers(), []);
});

program("a flow runs the children first, and hands their values to the parent", async () => {
  const { name, queue: jobs, result } = await queue();
  const flow = watched(new FlowProducer({ connection }));
  const child = (n) => ({ name: "double", queueName: name, data: { n } });
  const tree = await flow.add({
    name: "sum",
    queueName: name,
    children: [child(1), { ...child(2), children: [child(7)] }, child(3)],
  });
  same([await tree.job.getState(), (await counts(jobs))["waiting-children"]], ["waiting-children", 2]);
  const order = [];
  worker(name, async (job) => {
    order.push(job.data.n ?? "sum");
    if (job.name === "double") return 2 * job.data.n;
    return Object.values(await job.getChildrenValues()).sort();
  });
  same(await result(tree.job), [2, 4, 6]);
  same([order.at(-1), order.indexOf(7) < order.indexOf(2), order.length], ["sum", true, 5]);
  same(await tree.job.getDependenciesCount(), { processed: 3, unprocessed: 0, ignored: 0, failed: 0 });
});

program("a job whose twin is still there is not added again", async () => {
  const { queue: jobs } = await queue();
  const first = await jobs.add("once", {}, { deduplication: { id: "twin" } });
  const second = await jobs.add("once", {}, { deduplication: { id: "twin" } });
  same([second.id, await jobs.count()], [first.id, 1]);
  await jobs.obliterate();
  same(await jobs.count(), 0);
});

long("the job of a worker that was killed goes to another", async () => {
  const { name, queue: jobs, result } = await queue();
  const job = await jobs.add("deadly", {});
  const script = `
    import { Worker } from "bullmq";
    const options = { connection: ${JSON.stringify(connection)}, lockDuration: 1000, stalledInterval: 500 };
    new Worker(${JSON.stringify(name)}, () => process.kill(process.pid, "SIGKILL"), options);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { cwd: import.meta.dirname, stdio: "ignore" });
  try {
    same(await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal))), "SIGKILL");
  } finally {
    child.kill("SIGKILL");
  }
  same(await job.getState(), "active");
  worker(name, async () => "survived", { stalledInterval: 500 });
  same([await result(job), (await jobs.getJob(job.id)).stalledCounter], ["survived", 1]);
});

long("five hundred jobs of five producers run once each on two workers", async () => {
  const { name, queue: jobs } = await queue();
  const ran = [];
  const all = new Promise((resolve) => {
    const work = async ({ data }) => ran.push(data.n) === 500 && resolve();
    worker(name, work, { concurrency: 10 });
    worker(name, work, { concurrency: 10 });
  });
  const batch = (first) => Array.from({ length: 100 }, (_, n) => ({ name: "many", data: { n: first + n } }));
  await Promise.all([0, 100, 200, 300, 400].map((first) => jobs.addBulk(batch(first))));
  await all;
  same(ran.sort((a, b) => a - b), Array.from({ length: 500 }, (_, n) => n));
  await until(() => jobs.getCompletedCount(), 500);
});

long("a limit of the rate holds the jobs over it until the next period", async () => {
  const { name, queue: jobs } = await queue();
  await jobs.addBulk(Array.from({ length: 10 }, () => ({ name: "limited", data: {} })));
  const began = Date.now();
  await completed(worker(name, async () => {}, { limiter: { max: 4, duration: 1000 }, concurrency: 4 }), 10);
  const took = Date.now() - began;
  same(took >= 1900, true, `10 jobs, 4 a second, took ${took} ms`);
});

long("a scheduler with a cron pattern ticks with the clock", async () => {
  const { name, queue: jobs } = await queue();
  const seconds = [];
  const done = completed(worker(name, async () => seconds.push(Math.floor(Date.now() / 1000))), 3);
  await jobs.upsertJobScheduler("second", { pattern: "* * * * * *" }, { name: "tick" });
  await done;
  same(seconds.length, new Set(seconds).size);
  await jobs.removeJobScheduler("second");
});

const admin = new Redis(connection);
const held = await admin.dbsize();
if (held !== 0) {
  console.log(`FAIL bullmq: database ${connection.db} must be empty, and holds ${held} keys`);
  process.exit(1);
}
await main(
  `bullmq ${version}`,
  async () => {
    // A closed worker waits for its jobs; after a failure they may never end.
    refused = () => {};
    await Promise.allSettled(open.splice(0).reverse().map((each) => each.close(true)));
  },
  () => admin.flushdb(),
);
