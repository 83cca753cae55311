// Publish and subscribe with ISubscriber: counts of receivers, patterns, handlers and queues, prefixes, shard channels.
//   dotnet run pubsub.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using StackExchange.Redis;
using static Checks;

Begin("pubsub.cs", args);
using var publisher = await Connect();
using var redis = await Connect();
var subscriber = redis.GetSubscriber();
Task<long> Publish(string channel, RedisValue message) => publisher.GetSubscriber().PublishAsync(Literal(channel), message);

await Test("PUBLISH returns how many subscriptions it reached, by every way of sending it", async () =>
{
    var channel = Fresh("counts");
    Equal(0L, await Publish(channel, "x"));
    var listeners = new List<ConnectionMultiplexer>();
    for (var n = 1; n <= 6; n++)
    {
        listeners.Add(await Connect());
        await listeners[^1].GetSubscriber().SubscribeAsync(Literal(channel), (_, _) => { });
        Equal(n, await Publish(channel, "x"), "subscribers");
    }
    await listeners[0].GetSubscriber().SubscribeAsync(Pattern(channel[..^2] + "*"), (_, _) => { });
    Equal(7L, await Publish(channel, "x"), "a channel and a pattern of one connection");
    await listeners[0].GetSubscriber().SubscribeAsync(Literal(channel), (_, _) => { });
    Equal(7L, await Publish(channel, "x"), "a second handler is not a second subscription");

    var db = publisher.GetDatabase();
    Equal(7L, await db.PublishAsync(Literal(channel), "x"), "IDatabase");
    Equal(7L, (long)await db.ExecuteAsync("PUBLISH", channel, "x"), "ExecuteAsync");
    Equal(7L, (long)await db.ScriptEvaluateAsync("return redis.call('PUBLISH', ARGV[1], ARGV[2])", null, [channel, "x"]), "a script");
    var transaction = db.CreateTransaction();
    var (reached, none) = (transaction.PublishAsync(Literal(channel), "x"), transaction.PublishAsync(Literal(Fresh("none")), "x"));
    That(await transaction.ExecuteAsync(), "the transaction runs");
    Equal((7L, 0L), (await reached, await none), "a transaction");

    foreach (var listener in listeners) listener.Dispose();
    await Soon(0L, () => Publish(channel, "x"), "subscribers that are left");
});

(string pattern, string[] hits, string[] misses)[] patterns =
[
    ("*", [".a", ".a.b", "."], []),
    (".news.*", [".news.", ".news.art", ".news.a.b"], [".news", ".new.s"]),
    (".h?llo", [".hello", ".hallo", ".h?llo"], [".hllo", ".heello"]),
    (".h[ae]llo", [".hello", ".hallo"], [".hillo"]),
    (".h[^e]llo", [".hallo", ".hbllo"], [".hello"]),
    (".h[a-c]llo", [".hallo", ".hbllo", ".hcllo"], [".hdllo"]),
    (@".\*x", [".*x"], [".ax"]),
    (".ключ*", [".ключи"], [".кот"]),
];
foreach (var (pattern, hits, misses) in patterns)
    await Test($"the pattern {pattern} receives what matches, with channel and message", async () =>
    {
        var name = Fresh("pattern");
        var got = new ConcurrentQueue<string>();
        await subscriber.SubscribeAsync(Pattern(name + pattern), (channel, message) => got.Enqueue($"{channel}={message}"));
        foreach (var miss in misses) Equal(0L, await Publish(name + miss, "no"), miss);
        foreach (var hit in hits) Equal(1L, await Publish(name + hit, "to " + hit), hit);
        await Until(() => got.Count >= hits.Length, "all arrive");
        Same(hits.Select(hit => $"{name}{hit}=to {hit}").Order(StringComparer.Ordinal), got.Order(StringComparer.Ordinal));
        await subscriber.UnsubscribeAsync(Pattern(name + pattern));
        await Soon(0L, () => Publish(name + hits[0], "x"), "after unsubscribing");
    });

await Test("a channel and two patterns of one connection receive one copy each", async () =>
{
    var name = Fresh("both");
    var got = new ConcurrentQueue<string>();
    await subscriber.SubscribeAsync(Literal(name + ".both"), (_, message) => got.Enqueue("channel" + message));
    await subscriber.SubscribeAsync(Pattern(name + ".b*"), (_, message) => got.Enqueue("pattern1" + message));
    await subscriber.SubscribeAsync(Pattern(name + "*h"), (_, message) => got.Enqueue("pattern2" + message));
    Equal(3L, await Publish(name + ".both", "!"));
    await Until(() => got.Count >= 3, "three arrive");
    Same(["channel!", "pattern1!", "pattern2!"], got.Order());
});

await Test("handlers are removed one by one; UnsubscribeAll ends everything; 200 changes leave nothing behind", async () =>
{
    using var own = await Connect();
    var (name, mine, first, second) = (Fresh("unsubscribe"), own.GetSubscriber(), 0, 0);
    Action<RedisChannel, RedisValue> one = (_, _) => Interlocked.Increment(ref first), two = (_, _) => Interlocked.Increment(ref second);
    await mine.SubscribeAsync(Literal(name), one);
    await mine.SubscribeAsync(Literal(name), two);
    Equal(1L, await Publish(name, "1"), "two handlers are one receiver");
    await Until(() => first == 1 && second == 1, "both are called");
    await mine.UnsubscribeAsync(Literal(name), one);
    Equal(1L, await Publish(name, "2"));
    await Until(() => second == 2, "the second is called");
    Equal(1, first, "calls of the first");
    await mine.UnsubscribeAsync(Literal(name));
    Equal(0L, await Publish(name, "3"));
    await mine.UnsubscribeAsync(Literal(Fresh("never subscribed")));

    var many = Enumerable.Range(0, 20).Select(n => $"{name}.{n}").ToArray();
    foreach (var channel in many) await mine.SubscribeAsync(Literal(channel), one);
    await mine.SubscribeAsync(Pattern(name + ".9*"), one);
    async Task<long> Reached() => (await Task.WhenAll(many.Select(channel => Publish(channel, "x")))).Sum();
    Equal(21L, await Reached());
    await mine.UnsubscribeAllAsync();
    await Soon(0L, Reached, "after UnsubscribeAll");
    await mine.SubscribeAsync(Literal(name), two);
    Equal(1L, await Publish(name, "4"), "subscribed again");
    for (var n = 0; n < 200; n++)
    {
        await mine.SubscribeAsync(Literal(name + ".flip"), one);
        await mine.UnsubscribeAsync(Literal(name + ".flip"));
    }
    Equal(0L, await Publish(name + ".flip", "x"));
});

await Test("a ChannelMessageQueue keeps the order, by ReadAsync and by OnMessage, and completes when it is unsubscribed", async () =>
{
    var name = Fresh("queue");
    var queue = await subscriber.SubscribeAsync(Literal(name));
    for (var n = 0; n < 500; n++) await Publish(name, n);
    var read = new List<int>();
    using (var limit = new CancellationTokenSource(15_000))
        while (read.Count < 500) read.Add((int)(await queue.ReadAsync(limit.Token)).Message);
    Same(Enumerable.Range(0, 500), read);
    That(!queue.TryRead(out _), "the queue is empty");
    await queue.UnsubscribeAsync();
    await queue.Completion.WaitAsync(TimeSpan.FromSeconds(10));
    Equal(0L, await Publish(name, "x"));

    var (one, two) = (await subscriber.SubscribeAsync(Literal(name)), await subscriber.SubscribeAsync(Literal(name)));
    var (first, second) = (new ConcurrentQueue<int>(), new ConcurrentQueue<int>());
    one.OnMessage(message => first.Enqueue((int)message.Message));
    two.OnMessage(async message => { await Task.Yield(); second.Enqueue((int)message.Message); });
    for (var n = 0; n < 300; n++) Equal(1L, await Publish(name, n), "two queues are one receiver");
    await Until(() => first.Count == 300 && second.Count == 300, "all arrive");
    Same(Enumerable.Range(0, 300), first);
    Same(Enumerable.Range(0, 300), second);
    await one.UnsubscribeAsync();
    Equal(1L, await Publish(name, 300), "the other queue stays");
    await Until(() => second.Count == 301, "the other queue receives");
    Equal(300, first.Count);
    await two.UnsubscribeAsync();
});

await Test("a queue of a pattern tells the pattern and the channel", async () =>
{
    var name = Fresh("queue");
    var queue = await subscriber.SubscribeAsync(Pattern(name + ":*"));
    var got = new ConcurrentQueue<string>();
    queue.OnMessage(message => got.Enqueue($"{message.SubscriptionChannel} {message.Channel} {message.Message}"));
    await Publish(name + ":a", "1");
    await Publish(name + ":b", "2");
    await Until(() => got.Count == 2, "both arrive");
    Same([$"{name}:* {name}:a 1", $"{name}:* {name}:b 2"], got);
    await queue.UnsubscribeAsync();
});

await Test("applications with different channel prefixes do not hear each other", async () =>
{
    var name = Fresh("prefix");
    using var one = await Connect(",channelPrefix=app1:");
    using var two = await Connect(",channelPrefix=app2:");
    var (first, second, all) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
    await one.GetSubscriber().SubscribeAsync(Literal(name), (channel, message) => first.Enqueue($"{channel}={message}"));
    await two.GetSubscriber().SubscribeAsync(Literal(name), (channel, message) => second.Enqueue($"{channel}={message}"));
    await subscriber.SubscribeAsync(Pattern("*" + name), (channel, message) => all.Enqueue($"{channel}={message}"));
    Equal(2L, await one.GetSubscriber().PublishAsync(Literal(name), "A"));
    Equal(2L, await two.GetSubscriber().PublishAsync(Literal(name), "B"));
    Equal(1L, await Publish(name, "C"), "without a prefix");
    Equal(2L, await Publish("app1:" + name, "D"), "the prefix by hand");
    await Until(() => first.Count == 2 && second.Count == 1 && all.Count == 4, "all arrive");
    Same([$"{name}=A", $"{name}=D"], first.Order());
    Same([$"{name}=B"], second);
    Same(new[] { $"app1:{name}=A", $"app1:{name}=D", $"app2:{name}=B", $"{name}=C" }.Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
    var matched = new ConcurrentQueue<string>();
    await one.GetSubscriber().SubscribeAsync(Pattern(name + "?x*"), (channel, message) => matched.Enqueue($"{channel}={message}"));
    Equal(1L, await Publish($"app1:{name}.xyz", "E"), "a pattern with a prefix");
    await Until(() => matched.Count == 1, "it arrives");
    Same([$"{name}.xyz=E"], matched);
});

#if CLIENT_2_9
await Test("shard channels (SPUBLISH) are a space of their own", async () =>
{
    var name = Fresh("shard");
    var (sharded, plain) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
    Task<long> SPublish(RedisValue message) => publisher.GetSubscriber().PublishAsync(RedisChannel.Sharded(name), message);
    (await subscriber.SubscribeAsync(RedisChannel.Sharded(name))).OnMessage(message => sharded.Enqueue($"{message.Channel}={message.Message}"));
    await subscriber.SubscribeAsync(Literal(name), (channel, message) => plain.Enqueue($"{channel}={message}"));
    Equal(1L, await SPublish("s"));
    Equal(1L, await Publish(name, "p"));
    await Until(() => sharded.Count == 1 && plain.Count == 1, "both arrive");
    Same([name + "=s"], sharded);
    Same([name + "=p"], plain);
    var db = publisher.GetDatabase();
    Same([name], ((RedisResult[])await db.ExecuteAsync("PUBSUB", "SHARDCHANNELS", name + "*")).Select(it => it.ToString()));
    Same([name, "1"], ((RedisResult[])await db.ExecuteAsync("PUBSUB", "SHARDNUMSUB", name)).Select(it => it.ToString()));
    for (var n = 0; n < 300; n++) await publisher.GetSubscriber().PublishAsync(RedisChannel.Sharded(name), n, CommandFlags.FireAndForget);
    await Until(() => sharded.Count == 301, "all arrive");
    Same(Enumerable.Range(0, 300).Select(n => $"{name}={n}"), sharded.Skip(1));
    await subscriber.UnsubscribeAsync(RedisChannel.Sharded(name));
    Equal(0L, await SPublish("s"));
    Equal(1L, await Publish(name, "p"), "the plain channel stays");
});
#else
Skip("shard channels (SPUBLISH) are a space of their own", "RedisChannel.Sharded needs StackExchange.Redis 2.9 or newer");
#endif

await Test("a handler that throws loses no message; a handler may publish", async () =>
{
    var (name, ping, pong) = (Fresh("handler"), Fresh("ping"), Fresh("pong"));
    var (thrown, heard) = (0, 0);
    await subscriber.SubscribeAsync(Literal(name), (_, message) =>
    {
        if (message == "throw") { Interlocked.Increment(ref thrown); throw new InvalidOperationException("a handler that throws"); }
        Interlocked.Increment(ref heard);
    });
    for (var n = 0; n < 10; n++) { await Publish(name, "throw"); await Publish(name, "ok"); }
    await Until(() => thrown == 10 && heard == 10, "twenty are handled");

    var answer = new TaskCompletionSource<string>();
    await subscriber.SubscribeAsync(Literal(ping), (_, message) => subscriber.Publish(Literal(pong), "re: " + message, CommandFlags.FireAndForget));
    await publisher.GetSubscriber().SubscribeAsync(Literal(pong), (_, message) => answer.TrySetResult(message));
    await Publish(ping, "hello");
    Equal("re: hello", await answer.Task.WaitAsync(TimeSpan.FromSeconds(10)));
});

await Test("a connection hears itself, and sends commands beside its subscriptions", async () =>
{
    var name = Fresh("self");
    var heard = new TaskCompletionSource<string>();
    await subscriber.SubscribeAsync(Literal(name), (_, message) => heard.TrySetResult(message));
    Equal(1L, await subscriber.PublishAsync(Literal(name), "me"));
    Equal("me", await heard.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    await redis.GetDatabase().StringSetAsync(name, "v");
    Equal("v", (string)await redis.GetDatabase().StringGetAsync(name));
    await redis.GetDatabase().KeyDeleteAsync(name);
});

await Test("the synchronous calls", async () =>
{
    var (name, heard) = (Fresh("sync"), 0);
    subscriber.Subscribe(Literal(name), (_, _) => Interlocked.Increment(ref heard));
    Equal(1L, publisher.GetSubscriber().Publish(Literal(name), "x"));
    await Until(() => heard == 1, "it arrives");
    subscriber.Unsubscribe(Literal(name));
    Equal(0L, publisher.GetSubscriber().Publish(Literal(name), "x"));
    subscriber.Subscribe(Pattern(name + "*"), (_, _) => { });
    Equal(1L, publisher.GetSubscriber().Publish(Literal(name), "x"));
    subscriber.UnsubscribeAll();
    Equal(0L, publisher.GetSubscriber().Publish(Literal(name), "x"));
});

return End();
