// Hangfire on Redis as its users use it: jobs, schedules, continuations, recurring jobs, retries, locks, two servers, one that is
// killed in the middle of a job, and the dashboard.
//   dotnet run hangfire.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package Hangfire.Core@1.8.25
#:package Hangfire.AspNetCore@1.8.25
#:package Hangfire.Redis.StackExchange@1.12.0
#:package Newtonsoft.Json@13.0.4
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using System.Diagnostics;
using Hangfire;
using Hangfire.Common;
using Hangfire.Redis.StackExchange;
using Hangfire.States;
using Hangfire.Storage;
using StackExchange.Redis;
using static Checks;

static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
RedisStorage Storage(string prefix) => new(Jobs.Redis, new RedisStorageOptions
{
    Prefix = prefix, InvisibilityTimeout = Seconds(2), FetchTimeout = Seconds(60), ExpiryCheckInterval = Seconds(5),
});
BackgroundJobServer Server(string name, JobStorage storage, params string[] queues) => new(new BackgroundJobServerOptions
{
    ServerName = name, Queues = queues is [] ? ["default"] : queues, WorkerCount = 3, SchedulePollingInterval = Seconds(0.5), HeartbeatInterval = Seconds(1),
    ServerTimeout = Seconds(3), ServerCheckInterval = Seconds(1), ShutdownTimeout = Seconds(1), StopTimeout = Seconds(1), CancellationCheckInterval = Seconds(0.3),
}, storage);
if (args.Contains("--job-server"))
{
    // A server in a process of its own, which the program kills in the middle of a job.
    Jobs.Redis = ConnectionMultiplexer.Connect(args[^2]);
    using var server = Server("killed", Storage(args[^1]));
    Console.In.ReadToEnd();
    return 0;
}
Begin("hangfire.cs", args);
Jobs.Redis = await Connect();
var prefix = Fresh("hangfire") + ":";
var storage = Storage(prefix);
var (jobs, recurring, monitor) = (new BackgroundJobClient(storage), new RecurringJobManager(storage), storage.GetMonitoringApi());
T With<T>(Func<IStorageConnection, T> ask)
{
    using var connection = storage.GetConnection();
    return ask(connection);
}
string State(string id) => With(it => it.GetJobData(id)?.State);
Task Becomes(string id, string state) => Until(() => State(id) == state, $"job {id} is {state}");
Task Runs(string tag, int times = 1) => Until(() => Jobs.Done.GetValueOrDefault(tag) >= times, $"{tag} has run");
string Tag() => Fresh("job");
var one = Server("one", storage, "critical", "default");

await Test("a server announces itself with its queues and workers", () =>
    Until(() => monitor.Servers().Any(it => it.Name.StartsWith("one:") && it.WorkersCount == 3 && it.Queues.Count == 2), "it is listed"));

await Test("a job runs at once, since Pub/Sub wakes a waiting server; it leaves its result and history", async () =>
{
    var tag = Tag();
    await Becomes(jobs.Enqueue(() => Jobs.Do(tag)), "Succeeded");
    await Until(() => monitor.EnqueuedCount("default") == 0 && monitor.ProcessingCount() == 0, "idle");
    var clock = Stopwatch.StartNew();
    var id = jobs.Enqueue(() => Jobs.Add(2, 3));
    await Becomes(id, "Succeeded");
    Between(0, 20, clock.Elapsed.TotalSeconds, "seconds; the server asks by itself every 60");
    var history = monitor.JobDetails(id).History;
    Same(["Succeeded", "Processing", "Enqueued"], history.Select(it => it.StateName).Take(3));
    Equal("5", history[0].Data["Result"]);
});

await Test("100 jobs, each once; a queue by name", async () =>
{
    var tag = Tag();
    foreach (var id in Enumerable.Range(0, 100).Select(n => jobs.Enqueue(() => Jobs.Do($"{tag} {n}"))).ToArray()) await Becomes(id, "Succeeded");
    That(Enumerable.Range(0, 100).All(n => Jobs.Done[$"{tag} {n}"] == 1), "each once");
    await Becomes(jobs.Create(Job.FromExpression(() => Jobs.Do(tag)), new EnqueuedState("critical")), "Succeeded");
});

await Test("a scheduled job waits for its time, is deleted, is moved", async () =>
{
    var tag = Tag();
    var id = jobs.Schedule(() => Jobs.Do(tag), Seconds(0.8));
    Equal("Scheduled", State(id));
    That(monitor.ScheduledJobs(0, 10).Any(it => it.Key == id), "it is listed");
    await Becomes(id, "Succeeded");
    var (dropped, moved) = (jobs.Schedule(() => Jobs.Do(tag), Seconds(3600)), jobs.Schedule(() => Jobs.Do(tag), Seconds(3600)));
    That(jobs.Delete(dropped) && State(dropped) == "Deleted", "deleted");
    That(monitor.DeletedJobs(0, 10).Any(it => it.Key == dropped), "listed as deleted");
    That(jobs.Reschedule(moved, Seconds(0.2)), "moved");
    await Becomes(moved, "Succeeded");
});

await Test("a continuation runs after its job, also when that has finished before", async () =>
{
    string first = Tag(), second = Tag();
    var before = jobs.Schedule(() => Jobs.Do(first), Seconds(0.6));
    var after = jobs.ContinueJobWith(before, () => Jobs.Do(second));
    Equal("Awaiting", State(after));
    await Runs(second);
    That(Jobs.Done.ContainsKey(first), "the first has run");
    await Becomes(before, "Succeeded");
    await Becomes(jobs.ContinueJobWith(before, () => Jobs.Do(second)), "Succeeded");
});

await Test("a recurring job runs each second, another when it is triggered", async () =>
{
    string tick = Tag(), rare = Tag();
    recurring.AddOrUpdate("tick", () => Jobs.Do(tick), "* * * * * *");
    await Runs(tick, 2);
    var listed = With(it => it.GetRecurringJobs().Single());
    That(listed.Id == "tick" && listed.LastExecution is not null, "it is listed with its last run");
    recurring.RemoveIfExists("tick");
    recurring.AddOrUpdate("rare", () => Jobs.Do(rare), Cron.Yearly());
    recurring.Trigger("rare");
    await Runs(rare);
    Equal(1L, monitor.GetStatistics().Recurring);
    recurring.RemoveIfExists("rare");
    Equal(0, With(it => it.GetRecurringJobs().Count));
});

await Test("a job that fails is tried again; one without retries is listed as failed and can be requeued", async () =>
{
    string twice = Tag(), once = Tag();
    var id = jobs.Enqueue(() => Jobs.FailsTwice(twice));
    await Becomes(id, "Succeeded");
    Equal((3, "2"), (Jobs.Done[twice], With(it => it.GetJobParameter(id, "RetryCount"))));
    id = jobs.Enqueue(() => Jobs.FailsOnce(once));
    await Becomes(id, "Failed");
    Equal("no luck", monitor.JobDetails(id).History[0].Data["ExceptionMessage"]);
    That(monitor.FailedJobs(0, 10).Any(it => it.Key == id), "it is listed");
    That(jobs.Requeue(id), "requeued");
    await Becomes(id, "Succeeded");
    Equal(0L, monitor.FailedCount());
});

await Test("a running job sees that it was deleted", async () =>
{
    var tag = Tag();
    var id = jobs.Enqueue(() => Jobs.UntilCancelled(tag, CancellationToken.None));
    await Runs(tag);
    That(jobs.Delete(id), "deleted");
    await Runs(tag, 2);
    Equal("Deleted", State(id));
});

await Test("distributed locks: DisableConcurrentExecution, and one that is taken by hand", async () =>
{
    var tag = Tag();
    foreach (var id in Enumerable.Range(0, 4).Select(_ => jobs.Enqueue(() => Jobs.Alone(tag))).ToArray()) await Becomes(id, "Succeeded");
    Equal(1, Jobs.Most, "jobs at a time");
    using var connection = storage.GetConnection();
    // A lock belongs to its thread, which may take it twice: the other one needs a thread of its own, and this one is not left.
    using (connection.AcquireDistributedLock(tag, Seconds(1)))
        Throws<DistributedLockTimeoutException>(() =>
            Task.Factory.StartNew(() => With(it => it.AcquireDistributedLock(tag, Seconds(0.3))), TaskCreationOptions.LongRunning)).Wait();
    connection.AcquireDistributedLock(tag, Seconds(1)).Dispose();
});

await Test("two servers share the work, each job once; then one leaves", async () =>
{
    var tag = Tag();
    using (Server("two", storage))
    {
        await Until(() => monitor.Servers().Count == 2, "two are listed");
        foreach (var id in Enumerable.Range(0, 30).Select(n => jobs.Enqueue(() => Jobs.Slow($"{tag} {n}"))).ToArray()) await Becomes(id, "Succeeded");
        That(Enumerable.Range(0, 30).All(n => Jobs.Done[$"{tag} {n}"] == 1), "each once");
    }
    await Until(() => monitor.Servers().Count == 1, "one is listed");
});

await Test("statistics", async () =>
{
    await Until(() => monitor.ProcessingCount() == 0, "idle");
    var counts = monitor.GetStatistics();
    Equal((1L, 0L, 0L, 0L), (counts.Servers, counts.Enqueued, counts.Scheduled, counts.Failed));
    That(counts.Succeeded > 130 && counts.Deleted >= 2, $"{counts.Succeeded} succeeded, {counts.Deleted} deleted");
    Equal(monitor.SucceededListCount(), monitor.SucceededJobs(0, 1000).Count);
    That(monitor.SucceededByDatesCount().Values.Sum() > 130 && monitor.HourlySucceededJobs().Values.Sum() > 130, "by day and by hour");
});

await Test("a server is killed in the middle of a job, and another one runs the job again", async () =>
{
    one.Dispose();
    var tag = Tag();
    var db = Jobs.Redis.GetDatabase();
    var (program, me) = (Environment.ProcessPath, System.Reflection.Assembly.GetExecutingAssembly().Location);
    string[] arguments = ["--job-server", Configuration, prefix];
    using var child = Process.Start(new ProcessStartInfo(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? [me, .. arguments] : arguments)
    {
        RedirectStandardInput = true, RedirectStandardOutput = true,
    });
    string id;
    try
    {
        id = jobs.Enqueue(() => Jobs.Begins(tag));
        await Until(async () => await db.ListLengthAsync(tag) == 1, "the child has begun the job");
    }
    finally
    {
        child.Kill();
        await child.WaitForExitAsync();
    }
    Equal("Processing", State(id));
    using (Server("janitor", storage)) await Until(() => !monitor.Servers().Any(it => it.Name.StartsWith("killed:")), "the dead server is removed");
    using var another = Server("another", storage);
    await Becomes(id, "Succeeded");
    Equal(2L, await db.ListLengthAsync(tag), "times begun");
    await db.KeyDeleteAsync(tag);
}, 90);

await Test("the dashboard shows every page", async () =>
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Services.AddHangfire(it => it.UseStorage(storage));
    builder.Services.AddHangfireServer((_, options) => options.ServerName = "web", storage);
    await using var app = builder.Build();
    app.UseHangfireDashboard();
    await app.StartAsync();
    using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    await Until(() => monitor.Servers().Any(it => it.Name.StartsWith("web:")), "its server");
    foreach (var page in new[] { "", "/jobs/enqueued", "/jobs/scheduled", "/jobs/processing", "/jobs/succeeded", "/jobs/failed", "/jobs/deleted", "/jobs/awaiting", "/retries", "/recurring", "/servers" })
        Equal(200, (int)(await http.GetAsync("/hangfire" + page)).StatusCode, page);
    That((await http.GetStringAsync("/hangfire/servers")).Contains("web:"), "the server is on its page");
    await app.StopAsync();
});

await foreach (var key in ServerOf(Jobs.Redis).KeysAsync(pattern: prefix + "*", pageSize: 1000)) await Jobs.Redis.GetDatabase().KeyDeleteAsync(key);
return End();

/// <summary>What the jobs of this program do.</summary>
public static class Jobs
{
    static int running;
    public static ConnectionMultiplexer Redis;
    public static int Most;
    public static readonly ConcurrentDictionary<string, int> Done = new();

    public static void Do(string tag) => Done.AddOrUpdate(tag, 1, (_, times) => times + 1);

    public static int Add(int a, int b) => a + b;

    public static void Slow(string tag)
    {
        Thread.Sleep(50);
        Do(tag);
    }

    [AutomaticRetry(Attempts = 5, DelaysInSeconds = new[] { 1 })]
    public static void FailsTwice(string tag)
    {
        Do(tag);
        if (Done[tag] < 3) throw new InvalidOperationException("no luck");
    }

    [AutomaticRetry(Attempts = 0)]
    public static void FailsOnce(string tag)
    {
        Do(tag);
        if (Done[tag] < 2) throw new InvalidOperationException("no luck");
    }

    public static void UntilCancelled(string tag, CancellationToken token)
    {
        Do(tag);
        token.WaitHandle.WaitOne(20_000);
        if (token.IsCancellationRequested) Do(tag);
        token.ThrowIfCancellationRequested();
    }

    [DisableConcurrentExecution(10)]
    public static void Alone(string tag)
    {
        Most = Math.Max(Most, Interlocked.Increment(ref running));
        Slow(tag);
        Interlocked.Decrement(ref running);
    }

    /// <summary>Sleeps the first time, as a job that is caught by a kill.</summary>
    public static void Begins(string tag)
    {
        if (Redis.GetDatabase().ListRightPush(tag, 1) == 1) Thread.Sleep(60_000);
    }
}
