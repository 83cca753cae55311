// Pub/Sub under load: payloads up to 5 MB byte for byte, 200 channels, fire and forget, and four publishers whose 20,000 messages
// reach three subscribers in one order.
//   dotnet run pubsub_load.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using StackExchange.Redis;
using static Checks;

Begin("pubsub_load.cs", args);
using var publisher = await Connect();
using var redis = await Connect();
var subscriber = redis.GetSubscriber();
Task<long> Publish(RedisChannel channel, RedisValue message) => publisher.GetSubscriber().PublishAsync(channel, message);

await Test("payloads of 0 bytes to 5 MB arrive byte for byte", async () =>
{
    var channel = Literal(Fresh("payload"));
    var got = new ConcurrentQueue<byte[]>();
    await subscriber.SubscribeAsync(channel, (_, message) => got.Enqueue((byte[])message));
    byte[][] payloads =
    [
        [], [0], "\r\n"u8.ToArray(), "$5\r\nhello\r\n"u8.ToArray(), Enumerable.Range(0, 256).Select(n => (byte)n).ToArray(),
        Bytes(16 * 1024 - 1), Bytes(16 * 1024), Bytes(16 * 1024 + 1), Bytes(65536), Bytes(1 << 20), Bytes(5_000_000),
    ];
    foreach (var payload in payloads)
    {
        Equal(1L, await Publish(channel, payload));
        await Until(() => !got.IsEmpty, $"{payload.Length} bytes arrive");
        That(got.TryDequeue(out var came) && came.AsSpan().SequenceEqual(payload), $"{payload.Length} bytes are the same");
    }
});

await Test("twenty messages of 1 MB at once arrive whole, each once", async () =>
{
    var channel = Literal(Fresh("large"));
    var got = new ConcurrentQueue<byte[]>();
    var large = Bytes(1 << 20);
    await subscriber.SubscribeAsync(channel, (_, message) => got.Enqueue((byte[])message));
    await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Publish(channel, (byte[])[(byte)n, .. large])));
    await Until(() => got.Count == 20, "all arrive");
    Same(Enumerable.Range(0, 20), got.Select(bytes => (int)bytes[0]).Order());
    That(got.All(bytes => bytes.AsSpan(1).SequenceEqual(large)), "all are whole");
});

await Test("channel names are bytes; numbers come back as numbers", async () =>
{
    byte[] odd = [1, 0, 255, 13, 10, 32, 42, .. Guid.NewGuid().ToByteArray()];
    var channel = new RedisChannel(odd, RedisChannel.PatternMode.Literal);
    var got = new ConcurrentQueue<(byte[] channel, RedisValue message)>();
    await subscriber.SubscribeAsync(channel, (name, message) => got.Enqueue(((byte[])name, message)));
    Equal(1L, await Publish(channel, 12345));
    await Publish(channel, 1.5);
    await Until(() => got.Count == 2, "both arrive");
    That(got.All(it => it.channel.SequenceEqual(odd)), "the channel is the same");
    That(got.First().message.TryParse(out int number) && number == 12345, "an integer");
    That(got.Last().message.TryParse(out double real) && real == 1.5, "a double");
});

await Test("200 channels get ten messages each, and each only its own", async () =>
{
    var name = Fresh("many");
    var got = new ConcurrentDictionary<string, ConcurrentQueue<string>>();
    var channels = Enumerable.Range(0, 200).Select(n => $"{name}.{n}").ToArray();
    await Task.WhenAll(channels.Select(it => subscriber.SubscribeAsync(Literal(it), (channel, message) => got.GetOrAdd(channel, _ => new()).Enqueue(message))));
    var reached = await Task.WhenAll(channels.SelectMany(it => Enumerable.Range(0, 10).Select(n => Publish(Literal(it), $"{it}/{n}"))));
    That(reached.All(count => count == 1), "each reaches one");
    await Until(() => got.Values.Sum(queue => queue.Count) >= 2000, "all arrive");
    foreach (var channel in channels) Same(Enumerable.Range(0, 10).Select(n => $"{channel}/{n}"), got[channel].Order(), channel);
    await Task.WhenAll(channels.Select(it => subscriber.UnsubscribeAsync(Literal(it))));
    Equal(0L, (await Task.WhenAll(channels.Select(it => Publish(Literal(it), "x")))).Sum());
});

await Test("2,000 messages sent by fire and forget arrive in order", async () =>
{
    var channel = Literal(Fresh("forget"));
    var got = new ConcurrentQueue<int>();
    (await subscriber.SubscribeAsync(channel)).OnMessage(message => got.Enqueue((int)message.Message));
    for (var n = 0; n < 2000; n++) Equal(0L, publisher.GetSubscriber().Publish(channel, n, CommandFlags.FireAndForget));
    await Until(() => got.Count >= 2000, "all arrive");
    Same(Enumerable.Range(0, 2000), got);

    var other = Literal(Fresh("forget"));
    subscriber.Subscribe(other, (_, _) => { }, CommandFlags.FireAndForget);
    await Soon(1L, () => Publish(other, 1), "subscribed by fire and forget");
    await Until(() => subscriber.SubscribedEndpoint(other) is not null, "the client knows it");
    subscriber.Unsubscribe(other, null, CommandFlags.FireAndForget);
    await Soon(0L, () => Publish(other, 1), "unsubscribed by fire and forget");
});

await Test("20,000 messages of four publishers reach three subscribers in the same order", async () =>
{
    const int each = 5000;
    var channel = Literal(Fresh("burst"));
    var publishers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Connect()));
    var subscribers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Connect()));
    var got = subscribers.Select(_ => new ConcurrentQueue<string>()).ToArray();
    for (var n = 0; n < 3; n++)
    {
        var mine = got[n];
        (await subscribers[n].GetSubscriber().SubscribeAsync(channel)).OnMessage(message => mine.Enqueue(message.Message));
    }
    await Task.WhenAll(publishers.Select((from, who) => Task.Run(async () =>
    {
        var open = new Queue<Task<long>>();
        for (var n = 0; n < each; n++)
        {
            open.Enqueue(from.GetSubscriber().PublishAsync(channel, $"{who}:{n}"));
            if (open.Count > 200) Equal(3L, await open.Dequeue());
        }
        while (open.Count > 0) Equal(3L, await open.Dequeue());
    })));
    await Until(() => got.All(mine => mine.Count >= 4 * each), "all arrive");
    for (var who = 0; who < 4; who++)
        Same(Enumerable.Range(0, each).Select(n => $"{who}:{n}"), got[0].Where(message => message.StartsWith($"{who}:")), $"publisher {who}");
    Same(got[0], got[1], "the second subscriber's order");
    Same(got[0], got[2], "the third subscriber's order");
    foreach (var connection in publishers.Concat(subscribers)) connection.Dispose();
});

return End();
