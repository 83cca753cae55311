// An event store on a stream: append under a version that no two writers can take, read in pages, snapshots, and projections that a
// Pub/Sub message wakes.
//   dotnet run event_store.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using System.Text.Json;
using StackExchange.Redis;
using static Checks;

Begin("event_store.cs", args);
using var redis = await Connect();
var db = redis.GetDatabase();
var store = new EventStore(db);
Task<ConnectionMultiplexer[]> Five() => Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Connect()));

await Test("an event comes back as it was appended, field for field", async () =>
{
    var (id, now) = (Fresh("order"), DateTime.UtcNow);
    var at = await db.StreamAddAsync(EventStore.Key(id), EventStore.Event("OrderCreated", JsonSerializer.Serialize(new OrderCreated("12345", 100)), 1, now));
    That(Math.Abs(long.Parse(((string)at).Split('-')[0]) - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()) < 60_000, $"the id is the time: {at}");
    var entry = (await db.StreamRangeAsync(EventStore.Key(id))).Single();
    Equal(at, entry.Id);
    Same(["type", "data", "timestamp", "version"], entry.Values.Select(it => (string)it.Name));
    Equal("OrderCreated", (string)entry["type"]);
    Equal(new OrderCreated("12345", 100), JsonSerializer.Deserialize<OrderCreated>((string)entry["data"]));
    Equal(now, DateTime.Parse(entry["timestamp"], null, System.Globalization.DateTimeStyles.RoundtripKind));
    Equal(1, (int)entry["version"]);
    That(entry["nothing"].IsNull, "a field that is not there");
    Equal(RedisType.Stream, await db.KeyTypeAsync(EventStore.Key(id)));
});

await Test("append under an expected version, by script and by transaction; the wrong version is a conflict", async () =>
{
    var id = Fresh("order");
    Equal(1L, (await store.Append(id, 0, "OrderCreated", "{}")).version);
    That(await store.AppendInTransaction(id, 1, "OrderPaid", "{}"), "version 2");
    Equal(3L, (await store.Append(id, 2, "OrderShipped", "{}")).version);
    await Throws<VersionConflict>(() => store.Append(id, 2, "Late", "{}"));
    That(!await store.AppendInTransaction(id, 2, "Late", "{}"), "the transaction is not executed");
    Same(["OrderCreated 1", "OrderPaid 2", "OrderShipped 3"], (await db.StreamRangeAsync(EventStore.Key(id))).Select(it => $"{it["type"]} {it["version"]}"));
    Equal(3L, (long)await db.StringGetAsync(EventStore.Version(id)));
});

await Test("fifty writers race for forty versions by script: one winner each, no gap, no double", async () =>
{
    const int versions = 40;
    var (id, connections, won, lost) = (Fresh("race"), await Five(), new ConcurrentBag<(long version, int writer)>(), 0);
    await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(async () =>
    {
        var mine = connections[writer % 5].GetDatabase();
        for (long version = 0; version < versions; version++)
            try { won.Add(((await new EventStore(mine).Append(id, version, $"W{writer}", "{}")).version, writer)); }
            catch (VersionConflict)
            {
                Interlocked.Increment(ref lost);
                version = Math.Max(version, (long)await mine.StringGetAsync(EventStore.Version(id)) - 1);
            }
    })));
    var events = await db.StreamRangeAsync(EventStore.Key(id));
    Same(Enumerable.Range(1, versions).Select(n => (long)n), events.Select(it => (long)it["version"]));
    Same(Enumerable.Range(1, versions).Select(n => (long)n), won.Select(it => it.version).Order());
    foreach (var (version, writer) in won) Equal($"W{writer}", (string)events[version - 1]["type"], "the winner's event");
    That(lost > 0, "there were conflicts");
    foreach (var connection in connections) connection.Dispose();
});

await Test("fifty writers race for twenty versions by transaction", async () =>
{
    const int versions = 20;
    var (id, connections, won, lost) = (Fresh("race"), await Five(), 0, 0);
    await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(async () =>
    {
        var mine = connections[writer % 5].GetDatabase();
        while ((long)await mine.StringGetAsync(EventStore.Version(id)) is var version && version < versions)
            if (await new EventStore(mine).AppendInTransaction(id, version, $"W{writer}", "{}")) Interlocked.Increment(ref won);
            else Interlocked.Increment(ref lost);
    })));
    Same(Enumerable.Range(1, versions).Select(n => (long)n), (await db.StreamRangeAsync(EventStore.Key(id))).Select(it => (long)it["version"]));
    Equal(versions, won);
    That(lost > 0, "there were conflicts");
    foreach (var connection in connections) connection.Dispose();
});

await Test("10,000 events are read in pages, forwards and backwards, each field exact", async () =>
{
    const int count = 10_000;
    var (key, start) = (EventStore.Key(Fresh("pages")), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
    NameValueEntry[] Made(int n) => EventStore.Event(n % 3 == 0 ? "Moved" : "Changed", $"{{\"n\":{n},\"x\":\"{new string('x', n % 50)}\"}}", n, start.AddSeconds(n));
    foreach (var chunk in Enumerable.Range(1, count).Chunk(500)) await Task.WhenAll(chunk.Select(n => db.StreamAddAsync(key, Made(n))));
    void Right(StreamEntry entry, int n) => Same(Made(n).Select(it => $"{it.Name}={it.Value}"), entry.Values.Select(it => $"{it.Name}={it.Value}"), $"event {n}");
    foreach (var page in new[] { 100, 333, 5000 })
    {
        var (from, seen) = ((RedisValue)"-", 0);
        while (await db.StreamRangeAsync(key, from, "+", page) is { Length: > 0 } entries)
        {
            foreach (var entry in entries) Right(entry, ++seen);
            from = "(" + entries[^1].Id;
        }
        Equal(count, seen, $"events in pages of {page}");
    }
    var (to, left) = ((RedisValue)"+", count);
    while (await db.StreamRangeAsync(key, "-", to, 777, Order.Descending) is { Length: > 0 } entries)
    {
        foreach (var entry in entries) Right(entry, left--);
        to = "(" + entries[^1].Id;
    }
    Equal(0, left, "events that are left, backwards");
    var (position, read) = ((RedisValue)"0-0", 0);
    while (await db.StreamReadAsync(key, position, 1000) is { Length: > 0 } entries)
    {
        foreach (var entry in entries) Right(entry, ++read);
        position = entries[^1].Id;
    }
    Equal(count, read, "events by XREAD");
    await db.KeyDeleteAsync(key);
});

await Test("ids: given, completed by the server, refused when they are not larger", async () =>
{
    var key = Fresh("ids");
    Equal("5-1", (string)await db.StreamAddAsync(key, "f", "v", "5-1"));
    Equal("6-0", (string)await db.StreamAddAsync(key, "f", "v", "6"));
    Equal("6-1", (string)await db.ExecuteAsync("XADD", key, "6-*", "f", "v"));
    await Throws<RedisServerException>(() => db.StreamAddAsync(key, "f", "v", "6-1"), "equal or smaller than the target stream top item");
    await Throws<RedisServerException>(() => db.StreamAddAsync(key, "f", "v", "0-0"), "must be greater than 0-0");
    await Throws<RedisServerException>(() => db.StreamAddAsync(key, "f", "v", "x"), "Invalid stream ID");
    var many = await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => db.StreamAddAsync(key, "n", n)));
    static (ulong, ulong) Parse(string id) => (ulong.Parse(id.Split('-')[0]), ulong.Parse(id.Split('-')[1]));
    That(many.Zip(many.Skip(1)).All(pair => Parse(pair.First).CompareTo(Parse(pair.Second)) < 0), "ids ascend");
    Equal(1003L, await db.StreamLengthAsync(key));
    var last = Fresh("ids");
    await db.StreamAddAsync(last, "f", "v", "18446744073709551615-18446744073709551615");
    await Throws<RedisServerException>(() => db.StreamAddAsync(last, "f", "v"), "ERR");
    await db.KeyDeleteAsync([key, last]);
});

await Test("fields and values are bytes: empty, repeated, binary, 1 MB, 500 of them, numbers as they were written", async () =>
{
    var key = Fresh("fields");
    NameValueEntry[][] events =
    [
        [new("", "")], [new("same", 1), new("same", 2), new("same", 3)], [new("min", long.MinValue), new("real", 1.5), new("bool", true)],
        [new("ключ", "значение"), new("emoji", "🚀"), new("line", "a\r\nb")], [new("bytes", Enumerable.Range(0, 256).Select(n => (byte)n).ToArray())],
        [new("64k", Bytes(65536))], [new("1m", Bytes(1 << 20))], Enumerable.Range(0, 500).Select(n => new NameValueEntry($"f{n}", $"v{n}")).ToArray(),
        [new("007", "007"), new("+1", "+1"), new("-0", "-0"), new("1e3", "1e3"), new("9223372036854775808", "9223372036854775808")],
    ];
    foreach (var it in events) await db.StreamAddAsync(key, it);
    static string Hex(NameValueEntry it) => Convert.ToHexString((byte[])it.Name) + "=" + Convert.ToHexString((byte[])it.Value);
    var back = await db.StreamRangeAsync(key);
    Equal(events.Length, back.Length);
    for (var n = 0; n < events.Length; n++) Same(events[n].Select(Hex), back[n].Values.Select(Hex), $"event {n}");
    await db.KeyDeleteAsync(key);
});

await Test("ranges: open, exclusive, backwards, one millisecond, empty", async () =>
{
    var key = Fresh("range");
    for (var n = 1; n <= 20; n++) await db.StreamAddAsync(key, "n", n, $"{n / 2 + 1}-{n % 2}");
    async Task Is(IEnumerable<int> wanted, RedisValue? from, RedisValue? to, int? count = null, Order order = Order.Ascending) =>
        Same(wanted, (await db.StreamRangeAsync(key, from, to, count, order)).Select(it => (int)it["n"]), $"{from} to {to}, {order}");
    await Is(Enumerable.Range(1, 20), null, null);
    await Is(Enumerable.Range(1, 20).Reverse(), null, null, null, Order.Descending);
    await Is([1, 2, 3], "-", "+", 3);
    await Is([20, 19, 18], "-", "+", 3, Order.Descending);
    await Is([2, 3], "2", "2");
    await Is([3, 4], "(2-0", "(3-1");
    await Is([4, 3], "(2-0", "(3-1", null, Order.Descending);
    await Is([], "100", "200");
    await Is([], "5", "1");
    await Is([18, 19, 20], "10", null);
    await Throws<RedisServerException>(() => db.StreamRangeAsync(key, "abc", "+"), "Invalid stream ID");
    await db.KeyDeleteAsync(key);
});

await Test("a snapshot and the events after it give what the whole stream gives", async () =>
{
    var (id, balance, random) = (Fresh("account"), 0m, new Random(1));
    for (var n = 0; n < 300; n++)
    {
        var amount = random.Next(-50, 100);
        balance += amount;
        var (at, version) = await store.Append(id, n, "Moved", $"{amount}");
        if (version == 200) await db.HashSetAsync("snapshot:" + id, [new("balance", (double)balance), new("last", at)]);
    }
    Equal(balance, (await db.StreamRangeAsync(EventStore.Key(id))).Sum(it => (decimal)it["data"]));
    var snapshot = (await db.HashGetAllAsync("snapshot:" + id)).ToDictionary(it => (string)it.Name, it => it.Value);
    var after = await db.StreamRangeAsync(EventStore.Key(id), "(" + snapshot["last"], "+");
    Equal(100, after.Length);
    Equal(balance, (decimal)(double)snapshot["balance"] + after.Sum(it => (decimal)it["data"]));
});

await Test("a projection is woken by a Pub/Sub message that the appending transaction sends", async () =>
{
    var id = Fresh("projection");
    var (channel, seen, wake) = (Literal("appended:" + id), new List<int>(), new SemaphoreSlim(0));
    using var reader = await Connect();
    await reader.GetSubscriber().SubscribeAsync(channel, (_, _) => wake.Release());
    var reading = Task.Run(async () =>
    {
        for (RedisValue position = "0-0"; seen.Count < 200;)
        {
            await wake.WaitAsync(TimeSpan.FromSeconds(20));
            foreach (var entry in await reader.GetDatabase().StreamReadAsync(EventStore.Key(id), position, 1000))
            {
                seen.Add((int)entry["version"]);
                position = entry.Id;
            }
        }
    });
    for (var version = 1; version <= 200; version++)
    {
        var transaction = db.CreateTransaction();
        _ = transaction.StreamAddAsync(EventStore.Key(id), EventStore.Event("Happened", "{}", version, DateTime.UtcNow));
        var reached = transaction.PublishAsync(channel, version);
        That(await transaction.ExecuteAsync(), "executed");
        Equal(1L, await reached);
    }
    await reading.WaitAsync(TimeSpan.FromSeconds(30));
    Same(Enumerable.Range(1, 200), seen);
});

await Test("conditions of a transaction, and a command in it that fails", async () =>
{
    var (text, hash, list, stream) = (Fresh("text"), Fresh("hash"), Fresh("list"), Fresh("stream"));
    async Task Is(bool wanted, Condition condition)
    {
        var transaction = db.CreateTransaction();
        var result = transaction.AddCondition(condition);
        var done = transaction.StringIncrementAsync(text + ".count");
        Equal(wanted, await transaction.ExecuteAsync(), $"{condition}");
        Equal(wanted, result.WasSatisfied);
        if (!wanted) await Throws<TaskCanceledException>(() => done);
    }
    await Is(true, Condition.KeyNotExists(text));
    await db.StringSetAsync(text, "5");
    await Is(false, Condition.KeyNotExists(text));
    await Is(true, Condition.StringEqual(text, 5));
    await Is(false, Condition.StringEqual(text, 6));
    await Is(true, Condition.StringLengthEqual(text, 1));
    await db.HashSetAsync(hash, "f", "v");
    await Is(true, Condition.HashEqual(hash, "f", "v"));
    await Is(false, Condition.HashNotExists(hash, "f"));
    await db.ListRightPushAsync(list, ["a", "b"]);
    await Is(true, Condition.ListIndexEqual(list, 1, "b"));
    await Is(false, Condition.ListIndexExists(list, 2));
    await db.StreamAddAsync(stream, "n", 1);
#if CLIENT_2_6
    await Is(true, Condition.StreamLengthEqual(stream, 1));
    await Is(false, Condition.StreamLengthGreaterThan(stream, 1));
#endif
    var mixed = db.CreateTransaction();
    var (added, set, failing) = (mixed.StreamAddAsync(stream, "n", 2), mixed.StringSetAsync(text, "not a number"), mixed.StringIncrementAsync(text));
    That(await mixed.ExecuteAsync() && await set && (await added).HasValue, "the others are done");
    await Throws<RedisServerException>(() => failing, "not an integer");
});

await Test("scripts: by hash after SCRIPT LOAD, LuaScript.Prepare, errors of a script", async () =>
{
    var (id, server) = (Fresh("script"), ServerOf(redis));
    var hash = await server.ScriptLoadAsync(EventStore.AppendScript);
    RedisKey[] keys = [EventStore.Key(id), EventStore.Version(id)];
    Equal(1L, (long)((RedisResult[])await db.ScriptEvaluateAsync(hash, keys, [0, "t", "d", "now"]))[1]);
    await Throws<RedisServerException>(() => db.ScriptEvaluateAsync(hash, keys, [0, "t", "d", "now"]), "CONFLICT expected 0 but is 1");
    That(await server.ScriptExistsAsync(hash), "SCRIPT EXISTS");
    var prepared = LuaScript.Prepare("return redis.call('XADD', @key, '*', 'v', @value)");
    var at = (string)await db.ScriptEvaluateAsync(prepared, new { key = keys[0], value = "prepared" });
    Equal("prepared", (string)(await db.StreamRangeAsync(keys[0], at, at))[0]["v"]);
    var loaded = await prepared.LoadAsync(server);
    That(!(await loaded.EvaluateAsync(db, new { key = keys[0], value = "loaded" })).IsNull, "LoadedLuaScript");
    await Throws<RedisServerException>(() => db.ScriptEvaluateAsync("return redis.call('XADD', KEYS[1], '1-1')", keys), "Wrong number of args");
    await Throws<RedisServerException>(() => db.ScriptEvaluateAsync("return ("), "Error compiling script");
});

await Test("a key of another type, a group that is not there, an unknown command are errors that say so", async () =>
{
    var (text, none) = (Fresh("text"), Fresh("none"));
    await db.StringSetAsync(text, "x");
    foreach (Func<Task> call in new Func<Task>[] { () => db.StreamAddAsync(text, "f", "v"), () => db.StreamRangeAsync(text), () => db.StreamLengthAsync(text) })
        await Throws<RedisServerException>(call, "WRONGTYPE");
    await Throws<RedisServerException>(() => db.StreamPendingAsync(none, "g"), "NOGROUP");
    await Throws<RedisServerException>(() => db.StreamClaimAsync(none, "g", "c", 0, ["1-1"]), "NOGROUP");
    await Throws<RedisServerException>(() => db.ExecuteAsync("NOSUCH", "a"), "unknown command");
    Equal(0L, await db.StreamAcknowledgeAsync(none, "g", "1-1"));
});

return End();

record OrderCreated(string OrderId, decimal Amount);

class VersionConflict : Exception;

/// <summary>The events of an aggregate in a stream, and its version in a key beside it.</summary>
class EventStore(IDatabase db)
{
    public static NameValueEntry[] Event(string type, string data, long version, DateTime at) =>
        [new("type", type), new("data", data), new("timestamp", at.ToString("o")), new("version", version)];

    // ANCHOR: append
    public static string Key(string id) => $"events:{{{id}}}";
    public static string Version(string id) => $"version:{{{id}}}";

    public const string AppendScript = """
        local version = tonumber(redis.call('GET', KEYS[2]) or '0')
        if version ~= tonumber(ARGV[1]) then
          return redis.error_reply('CONFLICT expected ' .. ARGV[1] .. ' but is ' .. version)
        end
        local id = redis.call('XADD', KEYS[1], '*', 'type', ARGV[2], 'data', ARGV[3], 'timestamp', ARGV[4], 'version', version + 1)
        return {id, redis.call('INCR', KEYS[2])}
        """;

    public async Task<(string id, long version)> Append(string id, long expected, string type, string data)
    {
        try
        {
            var reply = (RedisResult[])await db.ScriptEvaluateAsync(
                AppendScript, [Key(id), Version(id)], [expected, type, data, DateTime.UtcNow.ToString("o")]);
            return ((string)reply[0], (long)reply[1]);
        }
        catch (RedisServerException error) when (error.Message.Contains("CONFLICT")) { throw new VersionConflict(); }
    }
    // ANCHOR_END: append

    public async Task<bool> AppendInTransaction(string id, long expected, string type, string data)
    {
        var transaction = db.CreateTransaction();
        transaction.AddCondition(expected == 0 ? Condition.KeyNotExists(Version(id)) : Condition.StringEqual(Version(id), expected));
        _ = transaction.StreamAddAsync(Key(id), Event(type, data, expected + 1, DateTime.UtcNow));
        _ = transaction.StringSetAsync(Version(id), expected + 1);
        return await transaction.ExecuteAsync();
    }
}
