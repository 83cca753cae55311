// ASP.NET Core's output cache on Redis: two servers of one application share pages, vary them, and drop them by tag.
//   dotnet run output_cache.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.AspNetCore.OutputCaching.StackExchangeRedis@10.0.15
#:property PublishAot=false
#:include checks.cs
using System.Reflection;
using Microsoft.AspNetCore.OutputCaching;
using StackExchange.Redis;
using static Checks;

Begin("output_cache.cs", args);
using var redis = await Connect();
var (db, prefix, made, warnings) = (redis.GetDatabase(), Fresh("pages") + ":", 0, new List<string>());
string Page() => $"page {Interlocked.Increment(ref made)}";

async Task<WebApplication> Start()
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders().AddProvider(new Keep(warnings));
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Services.AddStackExchangeRedisOutputCache(options => (options.Configuration, options.InstanceName) = (Configuration, prefix));
    builder.Services.AddOutputCache(options =>
    {
        options.AddBasePolicy(policy => policy.SetVaryByHost(false), excludeDefaultPolicy: true);
        options.AddPolicy("short", policy => policy.Expire(TimeSpan.FromMilliseconds(700)));
    });
    var app = builder.Build();
    app.UseOutputCache();
    app.MapGet("/plain", Page).CacheOutput();
    app.MapGet("/uncached", Page);
    app.MapGet("/short", Page).CacheOutput("short");
    app.MapGet("/query", Page).CacheOutput(policy => policy.SetVaryByQuery("id"));
    app.MapGet("/language", Page).CacheOutput(policy => policy.SetVaryByHeader("Accept-Language"));
    app.MapGet("/item/{id}", (string id) => $"{id} {Page()}").CacheOutput(policy => policy.Tag("items", "all").SetVaryByRouteValue("id"));
    app.MapGet("/other", Page).CacheOutput(policy => policy.Tag("other", "all"));
    app.MapGet("/quick", Page).CacheOutput(policy => policy.Tag("quick").Expire(TimeSpan.FromMilliseconds(700)));
    app.MapGet("/large", () => Results.Bytes(Bytes(500_000))).CacheOutput();
    app.MapGet("/slow", async () => { await Task.Delay(300); return Page(); }).CacheOutput();
    await app.StartAsync();
    return app;
}
await using var one = await Start();
await using var two = await Start();
using var a = new HttpClient { BaseAddress = new Uri(one.Urls.First()) };
using var b = new HttpClient { BaseAddress = new Uri(two.Urls.First()) };
var store = two.Services.GetRequiredService<IOutputCacheStore>();

// A page is sent before the store has it, and the store deletes without waiting for the reply: both are waited for.
async Task<RedisKey[]> KeysOf(string tag) =>
    [$"{prefix}__MSOCT_{tag}", .. (await db.SortedSetRangeByRankAsync($"{prefix}__MSOCT_{tag}")).Select(page => (RedisKey)$"{prefix}__MSOCV_{page}")];
Task Kept(string tag, int pages) => Until(async () => await db.KeyExistsAsync(await KeysOf(tag)) == pages + 1, $"{tag} has {pages} pages");
async Task Evict(string tag)
{
    var keys = await KeysOf(tag);
    await store.EvictByTagAsync(tag, default);
    await Until(async () => await db.KeyExistsAsync(keys) == 0, $"the pages of {tag} are deleted");
}

await Test("a page is made once for both servers", async () =>
{
    var page = await a.GetStringAsync("/plain");
    Same([page, page], [await a.GetStringAsync("/plain"), await b.GetStringAsync("/plain")]);
    That((await b.GetAsync("/plain")).Headers.Contains("Age"), "header Age");
    That(await a.GetStringAsync("/uncached") != await a.GetStringAsync("/uncached"), "an uncached page is made twice");
});

await Test("pages vary by query, header and route", async () =>
{
    var first = await a.GetStringAsync("/query?id=1");
    That(first != await a.GetStringAsync("/query?id=2"), "two ids");
    Equal(first, await b.GetStringAsync("/query?id=1&ignored=7"));
    async Task<string> In(HttpClient client, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/language");
        request.Headers.Add("Accept-Language", language);
        return await (await client.SendAsync(request)).Content.ReadAsStringAsync();
    }
    var german = await In(a, "de");
    That(german != await In(a, "en"), "two languages");
    Equal(german, await In(b, "de"));
    That(await a.GetStringAsync("/item/1") != await a.GetStringAsync("/item/2"), "two route values");
});

await Test("a page expires", async () =>
{
    var page = await a.GetStringAsync("/short");
    await Until(async () => await b.GetStringAsync("/short") != page, "it is made again");
});

await Test("500,000 bytes; twenty callers of a slow page, which is made once", async () =>
{
    Same(Bytes(500_000), await a.GetByteArrayAsync("/large"));
    Same(Bytes(500_000), await b.GetByteArrayAsync("/large"));
    var before = made;
    Equal(1, (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => a.GetStringAsync("/slow")))).Distinct().Count());
    Equal(before + 1, made);
});

await Test("a tag that is evicted at one server is gone at both; other tags stay", async () =>
{
    var items = (int)await db.SortedSetLengthAsync(prefix + "__MSOCT_items");
    var (seven, eight, other) = (await a.GetStringAsync("/item/7"), await a.GetStringAsync("/item/8"), await a.GetStringAsync("/other"));
    await Kept("items", items + 2);
    await Kept("all", items + 3);
    Same([seven, eight, other], [await b.GetStringAsync("/item/7"), await b.GetStringAsync("/item/8"), await b.GetStringAsync("/other")]);
    await Evict("items");
    That(seven != await a.GetStringAsync("/item/7"), "7 is made again");
    That(eight != await b.GetStringAsync("/item/8"), "8 is made again");
    Equal(other, await a.GetStringAsync("/other"), "another tag stays");
    await Kept("items", 2);
    await Evict("all");
    That(other != await a.GetStringAsync("/other"), "its second tag drops it");
    await store.EvictByTagAsync("no such tag", default);
});

await Test("a tag is a sorted set by expiry, listed in a master set", async () =>
{
    await a.GetStringAsync("/item/9");
    // The page may be here before the store has it.
    await Until(async () => await db.KeyTypeAsync(prefix + "__MSOCT_items") == RedisType.SortedSet, "the tag is a sorted set");
    That(await db.SortedSetScoreAsync(prefix + "__MSOCT", "items") is not null, "the master set");
});

await Test("the store by itself: set, get, evict, expire", async () =>
{
    await store.SetAsync("k1", Bytes(70_000), ["t1", "t2"], TimeSpan.FromMinutes(1), default);
    Same(Bytes(70_000), await store.GetAsync("k1", default));
    That(await store.GetAsync("missing", default) is null, "a key that is not there");
    await Evict("t2");
    That(await store.GetAsync("k1", default) is null, "evicted");
    await store.SetAsync("k2", Bytes(10), [], TimeSpan.FromMilliseconds(600), default);
    await Until(async () => await store.GetAsync("k2", default) is null, "it expires");
});

await Test("the collector removes members of a tag that have expired", async () =>
{
    await a.GetStringAsync("/quick");
    await Until(async () => await db.SortedSetLengthAsync(prefix + "__MSOCT_quick") == 1, "the tag has the page");
    await Until(async () => (await db.SortedSetRangeByScoreAsync(prefix + "__MSOCT_quick", 0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())).Length == 1, "it is past its end");
    // The store runs it every few minutes. It is internal, hence the call by name.
    var collect = store.GetType().GetMethod("ExecuteGarbageCollectionAsync", BindingFlags.Instance | BindingFlags.NonPublic);
    await (dynamic)collect.Invoke(store, collect.GetParameters().Select(it =>
        it.ParameterType == typeof(long) ? (object)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() : default(CancellationToken)).ToArray());
    That(!await db.KeyExistsAsync(prefix + "__MSOCT_quick"), "the tag is gone");
});

await Test("the web servers have logged no warning", () =>
{
    lock (warnings) Same([], warnings.Distinct());
    return Task.CompletedTask;
});

await foreach (var key in ServerOf(redis).KeysAsync(pattern: prefix + "*")) await db.KeyDeleteAsync(key);
return End();

sealed class Keep(List<string> lines) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string category) => this;
    public IDisposable BeginScope<T>(T state) => null;
    public bool IsEnabled(LogLevel level) => level >= LogLevel.Warning;
    public void Log<T>(LogLevel level, EventId id, T state, Exception error, Func<T, Exception, string> text)
    {
        if (IsEnabled(level)) lock (lines) lines.Add($"{text(state, error)} {error?.Message}");
    }
    public void Dispose() { }
}
