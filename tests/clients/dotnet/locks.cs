// DistributedLock.Redis (lock, reader-writer lock, semaphore) and RedLock.net: exclusion, renewal, loss, cancellation; with --spawn
// also a quorum of three servers of which one dies, then two.
//   dotnet run locks.cs -- localhost:6379 [--spawn 'cutaway --port {port}' --spawn-port 7001]
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package DistributedLock.Redis@1.1.1
#:package RedLock.net@2.3.2
#:property PublishAot=false
#:include checks.cs
using System.Diagnostics;
using Medallion.Threading;
using Medallion.Threading.Redis;
using RedLockNet;
using RedLockNet.SERedis;
using RedLockNet.SERedis.Configuration;
using StackExchange.Redis;
using static Checks;

Begin("locks.cs", args);
using var one = await Connect();
using var two = await Connect();
var (db, db2) = (one.GetDatabase(), two.GetDatabase());
static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
static TimeSpan Milliseconds(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
async Task Holds(double seconds, Func<Task<bool>> condition, string what)
{
    var clock = Stopwatch.StartNew();
    while (clock.Elapsed.TotalSeconds < seconds)
    {
        That(await condition(), what);
        await Task.Delay(50);
    }
}

await Test("StackExchange.Redis: LockTake, LockExtend, LockQuery, LockRelease", async () =>
{
    var name = Fresh("plain");
    That(await db.LockTakeAsync(name, "me", Seconds(30)), "taken");
    That(!await db2.LockTakeAsync(name, "you", Seconds(30)), "not twice");
    Equal("me", (string)await db2.LockQueryAsync(name));
    That(await db.LockExtendAsync(name, "me", Seconds(90)), "extended");
    That(!await db2.LockExtendAsync(name, "you", Seconds(90)), "not extended by another");
    Between(80, 90, (await db.KeyTimeToLiveAsync(name))?.TotalSeconds, "seconds to live");
    That(!await db2.LockReleaseAsync(name, "you"), "not released by another");
    That(await db.LockReleaseAsync(name, "me"), "released");
});

await Test("lock: one holder at a time; a waiter gets it when the holder lets go", async () =>
{
    var name = Fresh("lock");
    var (mine, yours) = (new RedisDistributedLock(name, db), new RedisDistributedLock(name, db2));
    var held = await mine.AcquireAsync();
    That(await yours.TryAcquireAsync() is null, "not twice");
    That(yours.TryAcquire(Milliseconds(100)) is null, "not twice, synchronously");
    await Throws<TimeoutException>(async () => await yours.AcquireAsync(Milliseconds(100)));
    var waiting = yours.AcquireAsync(Seconds(10)).AsTask();
    That(await Task.WhenAny(waiting, Task.Delay(200)) != waiting, "it waits");
    await held.DisposeAsync();
    await (await waiting).DisposeAsync();
});

await Test("lock: a counter that twenty tasks increment loses nothing", async () =>
{
    var (name, count) = (Fresh("lock"), 0);
    await Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
    {
        await using var held = await new RedisDistributedLock(name, n % 2 == 0 ? db : db2, it => it.BusyWaitSleepTime(Milliseconds(1), Milliseconds(20))).AcquireAsync();
        var seen = count;
        await Task.Yield();
        count = seen + 1;
    }));
    Equal(20, count);
});

await Test("lock: it is renewed while it is held, and its loss is reported", async () =>
{
    var name = Fresh("lock");
    var held = await new RedisDistributedLock(name, db, it => it.Expiry(Seconds(1)).ExtensionCadence(Milliseconds(100))).AcquireAsync();
    var lost = held.HandleLostToken;
    await Holds(2.5, () => db2.KeyExistsAsync(name), "renewed");
    That(!lost.IsCancellationRequested, "not lost");
    await db2.KeyDeleteAsync(name);
    await Until(() => lost.IsCancellationRequested, "lost");
    try { await held.DisposeAsync(); }
    catch (Exception) { } // it may report the loss a second time
});

await Test("lock: waiting is cancelled; names of any letters; several databases at once", async () =>
{
    var name = Fresh("lock");
    await using (await new RedisDistributedLock(name, db).AcquireAsync())
    {
        using var stop = new CancellationTokenSource(150);
        await Throws<OperationCanceledException>(async () => await new RedisDistributedLock(name, db2).AcquireAsync(cancellationToken: stop.Token));
    }
    IDistributedLockProvider provider = new RedisDistributedSynchronizationProvider(db);
    await using (await provider.AcquireLockAsync(Fresh("name\0 with 🐉 \r\n"))) { }
    await using var held = await new RedisDistributedLock(name, [one.GetDatabase(0), one.GetDatabase(1), one.GetDatabase(2)]).AcquireAsync();
    That(await one.GetDatabase(2).KeyExistsAsync(name), "in each database");
});

await Test("reader-writer lock: readers together, a writer alone, and a waiting writer keeps new readers out", async () =>
{
    var name = Fresh("readers");
    var (a, b) = (new RedisDistributedReaderWriterLock(name, db), new RedisDistributedReaderWriterLock(name, db2));
    await using (var first = await a.AcquireReadLockAsync())
    await using (var second = await b.TryAcquireReadLockAsync())
    {
        That(second is not null, "two readers");
        That(await b.TryAcquireWriteLockAsync() is null, "no writer beside readers");
    }
    await using (await b.AcquireWriteLockAsync(Seconds(5)))
    {
        That(await a.TryAcquireReadLockAsync() is null, "no reader beside a writer");
        That(await a.TryAcquireWriteLockAsync() is null, "no second writer");
    }
    var reader = await a.AcquireReadLockAsync();
    var writer = b.AcquireWriteLockAsync(Seconds(10)).AsTask();
    await Until(async () =>
    {
        await using var another = await a.TryAcquireReadLockAsync();
        return another is null;
    }, "new readers are refused");
    await reader.DisposeAsync();
    await (await writer).DisposeAsync();
});

await Test("semaphore: three at once, the fourth when one has left; a ticket is renewed while it is held", async () =>
{
    var name = Fresh("semaphore");
    RedisDistributedSemaphore Semaphore(int count, IDatabase at) => new(name + count, count, at, it => it.Expiry(Seconds(1)).ExtensionCadence(Milliseconds(200)));
    var held = new List<IDistributedSynchronizationHandle>();
    for (var n = 0; n < 3; n++) held.Add(await Semaphore(3, n % 2 == 0 ? db : db2).AcquireAsync(Seconds(2)));
    That(await Semaphore(3, db2).TryAcquireAsync() is null, "the fourth is refused");
    await held[0].DisposeAsync();
    await using (var fourth = await Semaphore(3, db2).TryAcquireAsync()) That(fourth is not null, "a place again");
    foreach (var ticket in held[1..]) await ticket.DisposeAsync();
    await using (await Semaphore(1, db).AcquireAsync())
        await Holds(2, async () => await Semaphore(1, db2).TryAcquireAsync() is null, "renewed");
    await using var next = await Semaphore(1, db2).TryAcquireAsync();
    That(next is not null, "free");
});

RedLockFactory Factory(params IConnectionMultiplexer[] connections) => RedLockFactory.Create(connections.Select(it => new RedLockMultiplexer(it)).ToList());

await Test("RedLock.net: one holder at a time; a waiter gets it; it is extended while it is held", async () =>
{
    var name = Fresh("red");
    using var a = Factory(one);
    using var b = Factory(two);
    var held = await a.CreateLockAsync(name, Seconds(1));
    That(held.IsAcquired, $"{held.Status}");
    await using (var second = await b.CreateLockAsync(name, Seconds(1))) Equal(RedLockStatus.Conflicted, second.Status);
    await Holds(2.5, () => db2.KeyExistsAsync("redlock:" + name), "extended");
    That(held.ExtendCount > 2, $"{held.ExtendCount} extensions");
    var waiting = b.CreateLockAsync(name, Seconds(30), Seconds(10), Milliseconds(30));
    That(await Task.WhenAny(waiting, Task.Delay(200)) != waiting, "it waits");
    await held.DisposeAsync();
    await using var got = await waiting;
    That(got.IsAcquired, "acquired");
});

const string quorum = "three servers: a quorum locks, also when one of them has died, and not when two have";
if (!OwnServer.Possible) Skip(quorum, "it kills servers: say how to start them with --spawn and --spawn-port");
else await Test(quorum, async () =>
{
    var servers = Enumerable.Range(0, 3).Select(n => new OwnServer(n)).ToArray();
    foreach (var server in servers) await server.Start();
    var connections = await Task.WhenAll(servers.Select(it => ConnectTo(it.Address, ",abortConnect=false,connectTimeout=1000,syncTimeout=1000,asyncTimeout=1000")));
    var databases = connections.Select(IDatabase (it) => it.GetDatabase()).ToArray();
    using var factory = Factory(connections);
    await using (var held = await factory.CreateLockAsync("all", Seconds(30))) Equal(3, held.InstanceSummary.Acquired);
    await using (await new RedisDistributedLock("lock", databases).AcquireAsync()) { }
    await using (await new RedisDistributedReaderWriterLock("readers", databases).AcquireReadLockAsync()) { }
    await servers[0].Kill();
    await using (var held = await factory.CreateLockAsync("two", Seconds(30), Seconds(8), Milliseconds(100))) That(held.IsAcquired, $"{held.Status}");
    await using (await new RedisDistributedLock("lock of two", databases).AcquireAsync(Seconds(8))) { }
    await servers[1].Kill();
    await using (var held = await factory.CreateLockAsync("one", Seconds(30))) That(!held.IsAcquired, $"{held.Status}");
    await servers[0].Start();
    await Until(async () =>
    {
        await using var held = await factory.CreateLockAsync("again", Seconds(30));
        return held.IsAcquired;
    }, "a quorum again");
    foreach (var connection in connections) connection.Dispose();
}, 90);

return End();
