// A producer and consumers as hosted services, and the cache of five nodes that one message clears: the two things that a .NET
// application does with Redis Pub/Sub most often.
//   dotnet run hosted.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.Extensions.Hosting@10.0.15
#:package Microsoft.Extensions.Caching.Memory@10.0.15
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using static Checks;

Begin("hosted.cs", args);

await Test("a hosted producer sends 200 messages, and each of four consumers gets every one in order", async () =>
{
    const int count = 200;
    var channel = Literal(Fresh("messages"));
    var consumers = new List<Consumer>();
    for (var n = 0; n < 4; n++) consumers.Add(new(await Connect(), channel));
    using var publisher = await Connect();
    var producer = new Producer(publisher, channel, count);

    using var host = new HostBuilder().ConfigureServices(services =>
    {
        foreach (var consumer in consumers) services.AddSingleton<IHostedService>(consumer);
        services.AddSingleton<IHostedService>(producer);
    }).Build();
    await host.StartAsync();
    await producer.ExecuteTask;
    await Until(() => consumers.All(consumer => consumer.Got.Count >= count), "every message arrives");
    await host.StopAsync();

    foreach (var consumer in consumers) Same(producer.Sent, consumer.Got);
    Same(Enumerable.Repeat(4L, count), producer.Receivers);
    Equal(0L, await publisher.GetSubscriber().PublishAsync(channel, "x"), "receivers after the host has stopped");
});

await Test("a cache-invalidation message removes the key from the memory cache of every node, and only that key", async () =>
{
    var channel = Literal(Fresh("cache-invalidation"));
    string[] keys = ["product:1", "product:2", "ключ", "with space", "emoji 🚀"];
    var hosts = new List<IHost>();
    for (var n = 0; n < 5; n++)
    {
        // ANCHOR: host
        var redis = await Connect(); // ConnectionMultiplexer.ConnectAsync("localhost:7000,abortConnect=false")
        var host = new HostBuilder().ConfigureServices(services => services
            .AddSingleton<IConnectionMultiplexer>(redis)
            .AddMemoryCache()
            .AddHostedService(it => new CacheInvalidation(redis, channel, it.GetRequiredService<IMemoryCache>()))).Build();
        await host.StartAsync();
        // ANCHOR_END: host
        hosts.Add(host);
    }
    var caches = hosts.Select(host => host.Services.GetRequiredService<IMemoryCache>()).ToList();
    foreach (var cache in caches)
        foreach (var key in keys) cache.Set(key, key + "!");

    using var publisher = await Connect();
    for (var n = 0; n < keys.Length; n++)
    {
        Equal(5L, await publisher.GetSubscriber().PublishAsync(channel, keys[n]), "nodes reached");
        await Until(() => caches.All(cache => !cache.TryGetValue(keys[n], out _)), $"{keys[n]} is gone everywhere");
        foreach (var kept in keys[(n + 1)..]) That(caches.All(cache => cache.Get<string>(kept) == kept + "!"), $"{kept} is kept");
    }
    Equal(5L, await publisher.GetSubscriber().PublishAsync(channel, "no such key"));
    foreach (var host in hosts)
    {
        await host.StopAsync();
        host.Dispose();
    }
    await Soon(0L, () => publisher.GetSubscriber().PublishAsync(channel, "x"), "no node is left");
});

return End();

record Message(Guid Id, DateTime At, int Number);

// ANCHOR: producer
class Producer(IConnectionMultiplexer redis, RedisChannel channel, int count) : BackgroundService
{
    public readonly List<Message> Sent = [];
    public readonly List<long> Receivers = [];

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        for (var n = 0; n < count; n++)
        {
            Sent.Add(new(Guid.NewGuid(), DateTime.UtcNow, n));
            Receivers.Add(await redis.GetSubscriber().PublishAsync(channel, JsonSerializer.Serialize(Sent[n])));
        }
    }
}
// ANCHOR_END: producer

// ANCHOR: consumer
class Consumer(IConnectionMultiplexer redis, RedisChannel channel) : IHostedService
{
    public readonly ConcurrentQueue<Message> Got = new();

    public async Task StartAsync(CancellationToken stop) =>
        (await redis.GetSubscriber().SubscribeAsync(channel)).OnMessage(m => Got.Enqueue(JsonSerializer.Deserialize<Message>((string)m.Message)));

    public Task StopAsync(CancellationToken stop) => redis.GetSubscriber().UnsubscribeAsync(channel);
}
// ANCHOR_END: consumer

// ANCHOR: invalidation
class CacheInvalidation(IConnectionMultiplexer redis, RedisChannel channel, IMemoryCache cache) : IHostedService
{
    public async Task StartAsync(CancellationToken stop) =>
        (await redis.GetSubscriber().SubscribeAsync(channel)).OnMessage(m => cache.Remove((string)m.Message));

    public Task StopAsync(CancellationToken stop) => redis.CloseAsync();
}
// ANCHOR_END: invalidation
