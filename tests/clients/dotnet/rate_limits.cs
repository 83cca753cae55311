// Rate limits that several servers share, by RedisRateLimiting: fixed window, sliding window, token bucket, concurrency; and the same
// as a policy of ASP.NET Core.
//   dotnet run rate_limits.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package RedisRateLimiting@1.2.1
#:package RedisRateLimiting.AspNetCore@1.2.1
#:property PublishAot=false
#:include checks.cs
using System.Threading.RateLimiting;
using RedisRateLimiting;
using RedisRateLimiting.AspNetCore;
using StackExchange.Redis;
using static Checks;

Begin("rate_limits.cs", args);
using var redis = await Connect();
Func<IConnectionMultiplexer> factory = () => redis;
static async Task<int> Granted(int calls, params RateLimiter[] limiters) =>
    (await Task.WhenAll(Enumerable.Range(0, calls).Select(n => limiters[n % limiters.Length].AcquireAsync().AsTask()))).Count(lease => lease.IsAcquired);
static async Task<bool> Grants(RateLimiter limiter, int permits = 1)
{
    using var lease = await limiter.AcquireAsync(permits);
    return lease.IsAcquired;
}

await Test("fixed window: two limiters share it, the refusal says when to come again, the next window grants", async () =>
{
    RedisFixedWindowRateLimiter<string> New(string key, int limit, int seconds) =>
        new(key, new() { PermitLimit = limit, Window = TimeSpan.FromSeconds(seconds), ConnectionMultiplexerFactory = factory });
    var shared = Fresh("fixed");
    Equal(10, await Granted(40, New(shared, 10, 60), New(shared, 10, 60)));
    That(await Grants(New(Fresh("fixed"), 10, 60)), "another key");
    var limiter = New(Fresh("fixed"), 3, 1);
    Equal(3, await Granted(3, limiter));
    using var refused = await limiter.AcquireAsync();
    That(!refused.IsAcquired, "the fourth is refused");
    That(refused.TryGetMetadata(RateLimitMetadataName.Limit, out var limit) && limit == "3", "the limit");
    That(refused.TryGetMetadata(RateLimitMetadataName.Remaining, out var remaining) && remaining == 0, "what remains");
    That(refused.TryGetMetadata(RateLimitMetadataName.RetryAfter, out var after) && after >= 0, "when to come again");
    await Until(() => Grants(limiter), "the next window");
});

await Test("sliding window", async () =>
{
    var key = Fresh("sliding");
    RedisSlidingWindowRateLimiter<string> New() => new(key, new() { PermitLimit = 5, Window = TimeSpan.FromSeconds(1), ConnectionMultiplexerFactory = factory });
    var (one, two) = (New(), New());
    Equal(5, await Granted(20, one, two));
    await Until(() => Grants(one), "a place again");
});

await Test("token bucket", async () =>
{
    var key = Fresh("bucket");
    RedisTokenBucketRateLimiter<string> New() =>
        new(key, new() { TokenLimit = 6, TokensPerPeriod = 2, ReplenishmentPeriod = TimeSpan.FromSeconds(2), ConnectionMultiplexerFactory = factory });
    var (one, two) = (New(), New());
    Equal(6, await Granted(6, one, two));
    That(!await Grants(one, 6), "six at once are refused");
    await Until(() => Grants(two, 2), "two tokens again");
});

await Test("concurrency: held leases count, returned ones do not, and the queue is served", async () =>
{
    var key = Fresh("concurrent");
    RedisConcurrencyRateLimiter<string> New(string name, int limit, int queue) => new(name, new()
    {
        PermitLimit = limit, QueueLimit = queue, TryDequeuePeriod = TimeSpan.FromMilliseconds(50), ConnectionMultiplexerFactory = factory,
    });
    var (one, two) = (New(key, 2, 0), New(key, 2, 0));
    var (first, second) = (await one.AcquireAsync(), await two.AcquireAsync());
    That(first.IsAcquired && second.IsAcquired, "two leases");
    That(!await Grants(one), "the third is refused");
    first.Dispose();
    await Until(() => Grants(two), "a place again");
    second.Dispose();

    using var queued = New(Fresh("queued"), 1, 2);
    var held = await queued.AcquireAsync();
    var waiting = queued.AcquireAsync().AsTask();
    That(await Task.WhenAny(waiting, Task.Delay(300)) != waiting, "it waits");
    held.Dispose();
    using var served = await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    That(served.IsAcquired, "served");
});

await Test("policies of ASP.NET Core: two servers, one limit", async () =>
{
    var key = Fresh("web");
    async Task<WebApplication> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRateLimiter(options =>
        {
            options.AddRedisFixedWindowLimiter(key + "fixed", it => (it.ConnectionMultiplexerFactory, it.PermitLimit, it.Window) = (factory, 4, TimeSpan.FromSeconds(30)));
            options.AddRedisSlidingWindowLimiter(key + "sliding", it => (it.ConnectionMultiplexerFactory, it.PermitLimit, it.Window) = (factory, 4, TimeSpan.FromSeconds(30)));
            options.AddRedisTokenBucketLimiter(key + "bucket", it =>
                (it.ConnectionMultiplexerFactory, it.TokenLimit, it.TokensPerPeriod, it.ReplenishmentPeriod) = (factory, 4, 1, TimeSpan.FromSeconds(30)));
            options.AddRedisConcurrencyLimiter(key + "concurrent", it => (it.ConnectionMultiplexerFactory, it.PermitLimit) = (factory, 4));
            options.OnRejected = (context, stop) => RateLimitMetadata.OnRejected(context.HttpContext, context.Lease, stop);
        });
        var app = builder.Build();
        app.UseRateLimiter();
        foreach (var policy in new[] { "fixed", "sliding", "bucket" }) app.MapGet("/" + policy, () => "ok").RequireRateLimiting(key + policy);
        app.MapGet("/concurrent", async () => { await Task.Delay(1000); return "ok"; }).RequireRateLimiting(key + "concurrent");
        await app.StartAsync();
        return app;
    }
    await using var one = await Start();
    await using var two = await Start();
    var clients = new[] { one, two }.Select(app => new HttpClient { BaseAddress = new Uri(app.Urls.First()) }).ToArray();
    foreach (var path in new[] { "/fixed", "/sliding", "/bucket", "/concurrent" })
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => clients[n % 2].GetAsync(path)));
        Equal(4, answers.Count(it => it.IsSuccessStatusCode), path);
        That(answers.All(it => (int)it.StatusCode is 200 or 429 or 503), $"{path}: 200, 429 or 503");
        if (path == "/fixed") That(answers.First(it => !it.IsSuccessStatusCode).Headers.Contains("Retry-After"), "header Retry-After");
    }
});

return End();
