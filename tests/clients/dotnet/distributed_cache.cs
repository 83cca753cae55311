// IDistributedCache on Redis: values, absolute and sliding expiry, buffers; and ASP.NET Core's session state, which is kept in it.
//   dotnet run distributed_cache.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:property CacheVersion=10.0.15
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.Extensions.Caching.StackExchangeRedis@$(CacheVersion)
#:property PublishAot=false
#:include checks.cs
using System.Buffers;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using StackExchange.Redis;
using static Checks;

Begin("distributed_cache.cs", args);
using var redis = await Connect();
var (db, prefix) = (redis.GetDatabase(), Fresh("cache") + ":");
RedisCache New(string instance) => new(new RedisCacheOptions { Configuration = Configuration, InstanceName = instance });
using var cache = New(prefix);
static DistributedCacheEntryOptions In(double seconds) => new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(seconds) };
static DistributedCacheEntryOptions Sliding(double seconds) => new() { SlidingExpiration = TimeSpan.FromSeconds(seconds) };
async Task<double?> Left(string key) => (await db.KeyTimeToLiveAsync(prefix + key))?.TotalSeconds;

await Test("values come back byte for byte, synchronously too; a key that is not there is null", async () =>
{
    That(await cache.GetAsync("missing") is null && cache.Get("missing") is null, "missing");
    foreach (var size in new[] { 1, 255, 256, 4096, 65536, 1_000_000 })
    {
        await cache.SetAsync($"bytes {size}", Bytes(size), In(60));
        Same(Bytes(size), await cache.GetAsync($"bytes {size}"));
        Same(Bytes(size), cache.Get($"bytes {size}"));
    }
});

await Test("keys of any letters", async () =>
{
    foreach (var key in new[] { "a b", "ключ", "k\r\nx", "{tag}:1", "*", "a[b]c", new string('k', 2000) })
    {
        await cache.SetStringAsync(key, "of " + key);
        Equal("of " + key, await cache.GetStringAsync(key));
        await cache.RemoveAsync(key);
        That(await cache.GetStringAsync(key) is null, "removed");
    }
});

await Test("an entry is a hash of absexp, sldexp and data under the instance's name", async () =>
{
    await cache.SetStringAsync("shape", "v", new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(10), SlidingExpiration = TimeSpan.FromMinutes(2) });
    var fields = (await db.HashGetAllAsync(prefix + "shape")).ToDictionary(it => (string)it.Name, it => it.Value);
    Same(["absexp", "data", "sldexp"], fields.Keys.Order());
    Equal(("v", TimeSpan.FromMinutes(2).Ticks), ((string)fields["data"], (long)fields["sldexp"]));
    Between(100, 120, await Left("shape"), "seconds to live");
    await cache.SetStringAsync("forever", "v");
    That(await Left("forever") is null, "no expiry");
    await cache.RemoveAsync("forever");
});

await Test("absolute expiry, relative and at a date; setting again replaces it", async () =>
{
    await cache.SetStringAsync("soon", "v", In(1.2));
    Equal("v", await cache.GetStringAsync("soon"));
    await Until(async () => await cache.GetStringAsync("soon") is null, "it expires");
    That(!await db.KeyExistsAsync(prefix + "soon"), "the key is gone");
    await cache.SetStringAsync("date", "v", new DistributedCacheEntryOptions { AbsoluteExpiration = DateTimeOffset.UtcNow.AddSeconds(100) });
    Between(95, 100, await Left("date"), "seconds to live");
    await cache.SetStringAsync("date", "w", In(500));
    Between(490, 500, await Left("date"), "seconds to live");
    Equal("w", await cache.GetStringAsync("date"));
});

await Test("sliding expiry: reading keeps an entry, refresh prolongs it, neither beyond the absolute end", async () =>
{
    await cache.SetStringAsync("slide", "v", Sliding(2));
    var clock = Stopwatch.StartNew();
    await Until(async () => await cache.GetStringAsync("slide") == "v" && clock.Elapsed.TotalSeconds > 3, "read for 3 s");
    await Until(async () => !await db.KeyExistsAsync(prefix + "slide"), "it expires unread");
    await cache.SetStringAsync("refresh", "v", Sliding(100));
    foreach (var refresh in new[] { () => cache.RefreshAsync("refresh"), () => Task.Run(() => cache.Refresh("refresh")) })
    {
        await db.KeyExpireAsync(prefix + "refresh", TimeSpan.FromSeconds(5));
        await refresh();
        Between(90, 100, await Left("refresh"), "seconds to live");
    }
    await cache.SetStringAsync("both", "v", new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(30), SlidingExpiration = TimeSpan.FromSeconds(100) });
    await cache.GetStringAsync("both");
    Between(20, 30, await Left("both"), "seconds to live");
});

await Test("two instances do not see each other; a key of another type is an error that says so", async () =>
{
    using var other = New(Fresh("other") + ":");
    await cache.SetStringAsync("mine", "a", In(60));
    That(await other.GetStringAsync("mine") is null, "the other instance has none");
    await db.StringSetAsync(prefix + "text", "v", TimeSpan.FromSeconds(60));
    await Throws<RedisServerException>(() => cache.GetAsync("text"), "WRONGTYPE");
});

await Test("1,000 keys at once, over a multiplexer of the application's own", async () =>
{
    using var own = new RedisCache(new RedisCacheOptions { ConnectionMultiplexerFactory = async () => await Connect(), InstanceName = prefix });
    await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => own.SetStringAsync($"many {n}", $"v{n}", n % 2 == 0 ? In(60) : Sliding(60))));
    Same(Enumerable.Range(0, 1000).Select(n => $"v{n}"), await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => own.GetStringAsync($"many {n}"))));
});

if ((object)cache is IBufferDistributedCache buffered)
    await Test("buffers in, buffers out, without an array between", async () =>
    {
        await buffered.SetAsync("buffer", new ReadOnlySequence<byte>(Bytes(100_000)), In(60));
        var into = new ArrayBufferWriter<byte>();
        That(await buffered.TryGetAsync("buffer", into), "found");
        Same(Bytes(100_000), into.WrittenSpan.ToArray());
        That(!await buffered.TryGetAsync("missing", new ArrayBufferWriter<byte>()), "a key that is not there");
        await buffered.SetAsync("empty", ReadOnlySequence<byte>.Empty, In(60));
        That(await buffered.TryGetAsync("empty", into = new()) && into.WrittenCount == 0, "an empty value is found");
    });
else Skip("buffers in, buffers out, without an array between", "it needs version 9 or newer of the cache");

await Test("session state: one visitor's counter, another's, and both end when they are idle", async () =>
{
    var session = Fresh("session") + ":";
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Services.AddStackExchangeRedisCache(options => (options.Configuration, options.InstanceName) = (Configuration, session));
    builder.Services.AddSession(options => (options.IdleTimeout, options.Cookie.IsEssential) = (TimeSpan.FromSeconds(2), true));
    builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
    await using var app = builder.Build();
    app.UseSession();
    app.MapGet("/count", (HttpContext http) =>
    {
        var count = (http.Session.GetInt32("count") ?? 0) + 1;
        http.Session.SetInt32("count", count);
        http.Session.SetString("text", new string('é', count * 1000));
        return $"{count} {http.Session.GetString("text").Length}";
    });
    app.MapGet("/clear", (HttpContext http) => { http.Session.Clear(); return "ok"; });
    await app.StartAsync();
    HttpClient Visitor() => new(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(app.Urls.First()) };
    using var one = Visitor();
    using var two = Visitor();
    foreach (var wanted in new[] { "1 1000", "2 2000", "3 3000" }) Equal(wanted, await one.GetStringAsync("/count"));
    Equal("1 1000", await two.GetStringAsync("/count"), "another visitor");
    await one.GetStringAsync("/clear");
    Equal("1 1000", await one.GetStringAsync("/count"), "after Clear");
    await Until(async () => !await ServerOf(redis).KeysAsync(pattern: session + "*").AnyAsync(), "the sessions end");
    Equal("1 1000", await one.GetStringAsync("/count"), "after the idle timeout");
});

await foreach (var key in ServerOf(redis).KeysAsync(pattern: prefix + "*", pageSize: 1000)) await db.KeyDeleteAsync(key);
return End();
