// HybridCache: memory in each node, Redis below them. A second node reads what the first one made; one call makes a value for many.
//   dotnet run hybrid_cache.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.Extensions.Caching.StackExchangeRedis@10.0.15
#:package Microsoft.Extensions.Caching.Hybrid@10.10.0
#:property PublishAot=false
#:include checks.cs
using Microsoft.Extensions.Caching.Hybrid;
using static Checks;

Begin("hybrid_cache.cs", args);
using var redis = await Connect();
var (db, prefix) = (redis.GetDatabase(), Fresh("hybrid") + ":");
ServiceProvider Node() => new ServiceCollection()
    .AddStackExchangeRedisCache(options => (options.Configuration, options.InstanceName) = (Configuration, prefix))
    .AddHybridCache(options => options.DefaultEntryOptions = new() { Expiration = TimeSpan.FromMinutes(5), LocalCacheExpiration = TimeSpan.FromMinutes(1) })
    .Services.BuildServiceProvider();
await using var one = Node();
await using var two = Node();
var (first, second) = (one.GetRequiredService<HybridCache>(), two.GetRequiredService<HybridCache>());
static Func<CancellationToken, ValueTask<string>> Gives(string value) => _ => new(value);

await Test("the second node reads what the first one made", async () =>
{
    var made = 0;
    ValueTask<Order> Make(CancellationToken stop)
    {
        Interlocked.Increment(ref made);
        return new(new Order(7, "sieben", [1, 2, 3]));
    }
    var order = await first.GetOrCreateAsync("order", Make);
    await Until(() => db.KeyExistsAsync(prefix + "order"), "it is in Redis");
    var again = await second.GetOrCreateAsync("order", Make);
    Equal((1, order.Name), (made, again.Name));
    Same(order.Lines, again.Lines);
    Between(280, 300, (await db.KeyTimeToLiveAsync(prefix + "order"))?.TotalSeconds, "seconds to live");
});

await Test("fifty callers at once make a value once", async () =>
{
    var (made, gate) = (0, new TaskCompletionSource());
    var calls = Enumerable.Range(0, 50).Select(_ => first.GetOrCreateAsync("stampede", async _ =>
    {
        Interlocked.Increment(ref made);
        await gate.Task;
        return "v";
    }).AsTask()).ToArray();
    gate.SetResult();
    Same(Enumerable.Repeat("v", 50), await Task.WhenAll(calls));
    Equal(1, made);
});

await Test("set, and remove", async () =>
{
    await first.SetAsync("set", "x");
    Equal("x", await second.GetOrCreateAsync("set", Gives("made")));
    await first.RemoveAsync("set");
    That(!await db.KeyExistsAsync(prefix + "set"), "removed from Redis");
    await using var third = Node();
    Equal("made", await third.GetRequiredService<HybridCache>().GetOrCreateAsync("set", Gives("made")));
});

await Test("removing by a tag reaches a node that starts later", async () =>
{
    await first.SetAsync("t1", "old", tags: ["red", "all"]);
    await first.SetAsync("t2", "old", tags: ["blue", "all"]);
    for (var n = 0; n < 100; n++) await first.SetAsync($"witness {n}", "old", tags: ["red"]);
    await first.RemoveByTagAsync("red");
    await using var later = Node();
    var (cache, asked) = (later.GetRequiredService<HybridCache>(), 0);
    // While a node still reads when the tag was removed, it takes its entries for younger: others of the tag show that it knows.
    await Until(async () => await cache.GetOrCreateAsync($"witness {asked++}", Gives("new"), tags: ["red"]) == "new", "the node has read the tag");
    Equal("new", await cache.GetOrCreateAsync("t1", Gives("new"), tags: ["red", "all"]));
    Equal("old", await cache.GetOrCreateAsync("t2", Gives("new"), tags: ["blue", "all"]));
    Equal("new", await first.GetOrCreateAsync("t1", Gives("new"), tags: ["red", "all"]));
});

await Test("a value of 900,000 bytes", async () =>
{
    await first.SetAsync("large", Bytes(900_000));
    Same(Bytes(900_000), await second.GetOrCreateAsync("large", _ => new ValueTask<byte[]>(new byte[1])));
});

await foreach (var key in ServerOf(redis).KeysAsync(pattern: prefix + "*")) await db.KeyDeleteAsync(key);
return End();

record Order(int Id, string Name, int[] Lines);
