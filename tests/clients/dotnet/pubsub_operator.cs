// What an operator sees of Pub/Sub from .NET: PUBSUB's answers, CLIENT LIST, keyspace events, and connections that end cleanly.
//   dotnet run pubsub_operator.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using StackExchange.Redis;
using static Checks;

Begin("pubsub_operator.cs", args);
using var redis = await Connect(",allowAdmin=true");
var (db, server) = (redis.GetDatabase(), ServerOf(redis));

await Test("PUBSUB CHANNELS, NUMSUB and NUMPAT show who is subscribed", async () =>
{
    var name = Fresh("channels");
    using var one = await Connect();
    using var two = await Connect();
    var before = await server.SubscriptionPatternCountAsync();
    for (var n = 0; n < 5; n++) await one.GetSubscriber().SubscribeAsync(Literal(name + n), (_, _) => { });
    await two.GetSubscriber().SubscribeAsync(Literal(name + 0), (_, _) => { });
    foreach (var (who, pattern) in new[] { (one, "*"), (two, "*"), (one, "?") })
        await who.GetSubscriber().SubscribeAsync(Pattern(name + pattern), (_, _) => { });

    async Task<IEnumerable<string>> Channels(string pattern) => (await server.SubscriptionChannelsAsync(Pattern(pattern))).Select(it => (string)it).Order();
    Same(Enumerable.Range(0, 5).Select(n => name + n), await Channels(name + "*"));
    Same([name + 1, name + 3], await Channels(name + "[13]"));
    Equal(5, server.SubscriptionChannels().Count(it => ((string)it).StartsWith(name)), "without a pattern");
    Equal(2L, server.SubscriptionSubscriberCount(Literal(name + 0)));
    Equal(1L, await server.SubscriptionSubscriberCountAsync(Literal(name + 1)));
    Equal(0L, await server.SubscriptionSubscriberCountAsync(Literal(name + "none")));
    var numsub = (RedisResult[])await db.ExecuteAsync("PUBSUB", "NUMSUB", name + 0, name + 1, name + "none", name + 0);
    Same([name + 0, "2", name + 1, "1", name + "none", "0", name + 0, "2"], numsub.Select(it => it.ToString()));

    Equal(2L, await server.SubscriptionPatternCountAsync() - before, "different patterns");
    await one.GetSubscriber().UnsubscribeAsync(Pattern(name + "*"));
    Equal(2L, await server.SubscriptionPatternCountAsync() - before, "one of two has left");
    await two.GetSubscriber().UnsubscribeAsync(Pattern(name + "*"));
    Equal(1L, await server.SubscriptionPatternCountAsync() - before, "both have left");
    That(((RedisResult[])await db.ExecuteAsync("PUBSUB", "HELP")).Length > 5, "PUBSUB HELP");
});

await Test("ISubscriber knows where it is subscribed", async () =>
{
    var channel = Literal(Fresh("where"));
    var subscriber = redis.GetSubscriber();
    var endpoint = redis.GetEndPoints()[0];
    Equal(endpoint, await subscriber.IdentifyEndpointAsync(channel));
    That(subscriber.SubscribedEndpoint(channel) is null, "not subscribed yet");
    await subscriber.SubscribeAsync(channel, (_, _) => { });
    Equal(endpoint, subscriber.SubscribedEndpoint(channel));
    That(subscriber.IsConnected(channel) && redis.IsConnected && server.IsConnected, "connected");
    foreach (var ping in new[] { await subscriber.PingAsync(), await db.PingAsync(), await server.PingAsync() })
        Between(0, 5, ping.TotalSeconds, "seconds of a ping");
    await subscriber.UnsubscribeAsync(channel);
    That(subscriber.SubscribedEndpoint(channel) is null, "no longer subscribed");
    Equal("Standalone", server.ServerType.ToString());
    Equal("master", ((RedisResult[])await db.ExecuteAsync("ROLE"))[0].ToString());
});

await Test("CLIENT LIST shows each connection: name, subscriptions, flags, library", async () =>
{
    var name = "app-" + Guid.NewGuid().ToString("N")[..6];
    using var own = await Connect(",name=" + name);
    await own.GetSubscriber().SubscribeAsync(Literal(name), (_, _) => { });
    await own.GetSubscriber().SubscribeAsync(Pattern(name + "*"), (_, _) => { });
    var mine = (await server.ClientListAsync()).Where(client => client.Name == name).ToArray();
    Between(1, 2, mine.Length, "connections");
    var subscribed = mine.Single(client => client.SubscriptionCount > 0);
    Equal(1, subscribed.PatternSubscriptionCount);
    Equal(ClientType.PubSub, subscribed.ClientType);
    That(subscribed.FlagsRaw.Contains('P'), $"flag P in {subscribed.FlagsRaw}");
    await own.GetSubscriber().SubscribeAsync(Literal(name + "more"), (_, _) => { });
    Equal(subscribed.SubscriptionCount + 1, (await server.ClientListAsync()).Single(client => client.Id == subscribed.Id).SubscriptionCount);
    Equal(name, (string)await own.GetDatabase().ExecuteAsync("CLIENT", "GETNAME"));
#if CLIENT_2_7
    That(mine.All(client => client.LibraryName.StartsWith("SE.Redis")), "the library's name");
    That(mine.All(client => client.Protocol == (Resp3 ? RedisProtocol.Resp3 : RedisProtocol.Resp2)), "the protocol");
#endif
    async Task<int> Info(string section, string field) => int.Parse((await server.InfoAsync(section)).SelectMany(it => it).First(it => it.Key == field).Value);
    That(await Info("clients", "connected_clients") >= mine.Length, "connected_clients");
    That(await Info("stats", "pubsub_channels") >= 1, "pubsub_channels");
});

await Test("keyspace events come in the order of the commands, and `expired` when a key expires", async () =>
{
    const int database = 3;
    var (name, db) = (Fresh("events"), redis.GetDatabase(database));
    var setting = (await server.ConfigGetAsync("notify-keyspace-events"))[0].Value;
    await server.ConfigSetAsync("notify-keyspace-events", "KEA");
    try
    {
        using var listener = await Connect();
        var (got, expired, space) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>(), $"__keyspace@{database}__:{name}.");
        (await listener.GetSubscriber().SubscribeAsync(Pattern(space + "*"))).OnMessage(it => got.Enqueue($"{((string)it.Channel)[space.Length..]} {it.Message}"));
        (await listener.GetSubscriber().SubscribeAsync(Literal($"__keyevent@{database}__:expired"))).OnMessage(it => expired.Enqueue(it.Message));
        var (a, h, l, m, n, t) = (name + ".a", name + ".h", name + ".l", name + ".m", name + ".n", name + ".t");
        await db.StringSetAsync(a, "1");
        await db.StringIncrementAsync(a);
        await db.StringAppendAsync(a, "x");
        await db.KeyExpireAsync(a, TimeSpan.FromSeconds(100));
        await db.KeyPersistAsync(a);
        await db.KeyDeleteAsync(a);
        await db.HashSetAsync(h, "f", "v");
        await db.HashDeleteAsync(h, "f");
        await db.ListLeftPushAsync(l, "v");
        await db.ListRightPushAsync(l, "w");
        await db.ListLeftPopAsync(l);
        await db.ListRightPopAsync(l);
        await db.StringSetAsync(m, "1");
        await db.KeyRenameAsync(m, n);
        await db.StringGetSetAsync(n, "2");
        await db.StringSetAsync(t, "x", TimeSpan.FromMilliseconds(60));
        string[] wanted =
        [
            "a set", "a incrby", "a append", "a expire", "a persist", "a del", "h hset", "h hdel", "h del", "l lpush", "l rpush", "l lpop",
            "l rpop", "l del", "m set", "m rename_from", "n rename_to", "n set", "t set", "t expire", "t expired",
        ];
        await Until(() => got.Count >= wanted.Length, "all events arrive");
        Same(wanted, got);
        await Until(() => expired.Contains(t), "the event `expired`");
        await db.KeyDeleteAsync(n);
    }
    finally { await server.ConfigSetAsync("notify-keyspace-events", setting); }
});

await Test("a multiplexer that is closed or disposed leaves no connection and no subscription", async () =>
{
    var (channel, name) = (Literal(Fresh("closing")), Fresh("closing"));
    for (var n = 0; n < 4; n++)
    {
        var own = await Connect(",name=" + name);
        await own.GetSubscriber().SubscribeAsync(channel, (_, _) => { });
        Equal(1L, await redis.GetSubscriber().PublishAsync(channel, "x"));
        if (n % 2 == 0) await own.CloseAsync();
        own.Dispose();
        await Soon(0L, () => redis.GetSubscriber().PublishAsync(channel, "x"), "unsubscribed");
        await Throws<Exception>(() => own.GetDatabase().PingAsync());
    }
    await Soon(0, async () => (await server.ClientListAsync()).Count(client => client.Name == name), "connections that are left");
});

return End();
