// Consumer groups on a stream: workers that share it, what is pending, claims after a crash, trimming, and what XINFO shows.
//   dotnet run event_groups.cs -- localhost:6379
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using StackExchange.Redis;
using static Checks;

Begin("event_groups.cs", args);
using var redis = await Connect();
var db = redis.GetDatabase();

// A stream of entries 1-0, 2-0, … with the field n.
async Task<string> Stream(int count, params string[] groups)
{
    var key = Fresh("stream");
    foreach (var group in groups) await db.StreamCreateConsumerGroupAsync(key, group, "0-0", createStream: true);
    for (var n = 1; n <= count; n++) await db.StreamAddAsync(key, "n", n, $"{n}-0");
    return key;
}
static IEnumerable<int> Numbers(IEnumerable<StreamEntry> entries) => entries.Select(it => (int)it["n"]);
static string Show(StreamEntry entry) => $"{entry.Id} " + string.Join(" ", entry.Values.Select(it => $"{it.Name}={it.Value}"));
async Task<IEnumerable<string>> Pending(string key) =>
    (await db.StreamPendingMessagesAsync(key, "g", 100, RedisValue.Null)).Select(it => $"{it.MessageId} {it.ConsumerName} {it.DeliveryCount}");

// ANCHOR: worker
async Task Work(string key, string worker, Func<StreamEntry, bool> handle, CancellationToken stop)
{
    while (!stop.IsCancellationRequested)
    {
        var entries = await db.StreamReadGroupAsync(key, "g", worker, ">", count: 16);
        foreach (var entry in entries)
            if (handle(entry)) await db.StreamAcknowledgeAsync(key, "g", entry.Id);
        if (entries.Length == 0) await Task.Delay(5);
    }
}
// ANCHOR_END: worker

await Test("four workers share 3,000 events, each event handled once; an audit group sees all in order", async () =>
{
    const int count = 3000;
    var (key, seen, audit, stop) = (await Stream(0, "g", "audit"), new ConcurrentDictionary<int, int>(), new List<int>(), new CancellationTokenSource());
    var workers = Enumerable.Range(0, 4).Select(n => Work(key, $"worker-{n}", it =>
    {
        seen.AddOrUpdate((int)it["n"], 1, (_, times) => times + 1);
        return true;
    }, stop.Token)).ToList();
    foreach (var chunk in Enumerable.Range(0, count).Chunk(100)) await Task.WhenAll(chunk.Select(n => db.StreamAddAsync(key, "n", n)));
    while (await db.StreamReadGroupAsync(key, "audit", "a", ">", 100, noAck: true) is { Length: > 0 } entries) audit.AddRange(Numbers(entries));
    await Until(async () => seen.Count == count && (await db.StreamPendingAsync(key, "g")).PendingMessageCount == 0, "all are handled and acknowledged");
    stop.Cancel();
    await Task.WhenAll(workers);
    That(seen.Values.All(times => times == 1), "each once");
    Same(Enumerable.Range(0, count), audit.Order());
    var group = (await db.StreamGroupInfoAsync(key)).Single(it => it.Name == "g");
    Equal(4, group.ConsumerCount);
#if CLIENT_2_7
    Equal((0L, (long?)count), (group.Lag, group.EntriesRead), "lag and entries read");
#endif
    await db.KeyDeleteAsync(key);
});

await Test("a worker dies with 13 events in hand: another claims them, and each event is handled once", async () =>
{
    var (key, handled) = (await Stream(50, "g"), new List<int>());
    using (var dead = await Connect())
        foreach (var entry in (await dead.GetDatabase().StreamReadGroupAsync(key, "g", "dead", ">", 20)).Take(7))
        {
            handled.Add((int)entry["n"]);
            await dead.GetDatabase().StreamAcknowledgeAsync(key, "g", entry.Id);
        }
    var left = await db.StreamPendingMessagesAsync(key, "g", 100, "dead");
    Equal(13, left.Length);
    var claimed = await db.StreamClaimAsync(key, "g", "alive", 0, left.Select(it => it.MessageId).ToArray());
    Same(Enumerable.Range(8, 13).Select(n => $"{n}-0 n={n}"), claimed.Select(Show));
    handled.AddRange(Numbers(claimed));
    Equal(13L, await db.StreamAcknowledgeAsync(key, "g", claimed.Select(it => it.Id).ToArray()));
    while (await db.StreamReadGroupAsync(key, "g", "alive", ">", 7) is { Length: > 0 } entries)
    {
        handled.AddRange(Numbers(entries));
        await db.StreamAcknowledgeAsync(key, "g", entries.Select(it => it.Id).ToArray());
    }
    Same(Enumerable.Range(1, 50), handled);
    Equal(0, (await db.StreamPendingAsync(key, "g")).PendingMessageCount);
});

await Test("groups: made at the end or the beginning, read, acknowledged, set back, removed", async () =>
{
    var key = Fresh("groups");
    await Throws<RedisServerException>(() => db.StreamCreateConsumerGroupAsync(key, "g", "$", createStream: false), "requires the key to exist");
    That(await db.StreamCreateConsumerGroupAsync(key, "g", "$", createStream: true), "MKSTREAM");
    Equal(0L, await db.StreamLengthAsync(key));
    await Throws<RedisServerException>(() => db.StreamCreateConsumerGroupAsync(key, "g", "$"), "BUSYGROUP");
    That(await db.StreamCreateConsumerGroupAsync(key, "h", "0"), "a second group");
    for (var n = 1; n <= 30; n++) await db.StreamAddAsync(key, "n", n, $"{n}-0");

    var first = await db.StreamReadGroupAsync(key, "g", "c1", ">", 10);
    Same(Enumerable.Range(1, 10), Numbers(first));
    Same(Enumerable.Range(11, 10), Numbers(await db.StreamReadGroupAsync(key, "g", "c2", ">", 10)));
    Same(Enumerable.Range(1, 30), Numbers(await db.StreamReadGroupAsync(key, "h", "c1", ">")), "the second group");
    Same(Enumerable.Range(1, 10), Numbers(await db.StreamReadGroupAsync(key, "g", "c1", "0-0")), "its pending again");
    Same([6, 7], Numbers(await db.StreamReadGroupAsync(key, "g", "c1", "5-0", 2)), "its pending from 5-0");
    Equal(10L, await db.StreamAcknowledgeAsync(key, "g", first.Select(it => it.Id).Append("99-9").ToArray()));
    Equal(0, (await db.StreamReadGroupAsync(key, "g", "c1", "0-0")).Length);
    Same(Enumerable.Range(21, 5), Numbers(await db.StreamReadGroupAsync(key, "g", "c3", ">", 5, noAck: true)));
    Equal(0, (await db.StreamReadGroupAsync(key, "g", "c3", "0-0")).Length, "pending after noAck");
    That(await db.StreamConsumerGroupSetPositionAsync(key, "g", "3-0"), "set back");
    Same([4, 5, 6], Numbers(await db.StreamReadGroupAsync(key, "g", "c4", ">", 3)));
    That(await db.StreamConsumerGroupSetPositionAsync(key, "g", "$"), "set to the end");
    Equal(0, (await db.StreamReadGroupAsync(key, "g", "c4", ">", 3)).Length);

    var other = await Stream(1, "g");
    await db.StreamAddAsync(key, "n", 31, "31-0");
    var both = await db.StreamReadGroupAsync([new StreamPosition(key, ">"), new StreamPosition(other, ">")], "g", "c5", 10);
    Same([$"{key} 31", $"{other} 1"], both.Select(it => $"{it.Key} {string.Join(",", Numbers(it.Entries))}"), "two streams at once");
    Equal(10L, await db.StreamDeleteConsumerAsync(key, "g", "c2"), "pending of a removed consumer");
    That(await db.StreamDeleteConsumerGroupAsync(key, "h"), "removed");
    That(!await db.StreamDeleteConsumerGroupAsync(key, "h"), "removed already");
    await Throws<RedisServerException>(() => db.StreamReadGroupAsync(key, "h", "c", ">"), "NOGROUP");
});

await Test("XREAD: from an id, with a count, of several streams, at the end", async () =>
{
    var (one, two) = (await Stream(5), await Stream(5));
    Same([4, 5], Numbers(await db.StreamReadAsync(one, "3-0")));
    Same([1, 2], Numbers(await db.StreamReadAsync(one, "0-0", 2)));
    Equal(0, (await db.StreamReadAsync(one, "5-0")).Length);
    That((await db.ExecuteAsync("XREAD", "STREAMS", one, "$")).IsNull, "nothing after $");
    var both = await db.StreamReadAsync([new StreamPosition(one, "3-0"), new StreamPosition(Fresh("none"), "0-0"), new StreamPosition(two, "4-0")], 10);
    Same([$"{one} 4,5", $"{two} 5"], both.Select(it => $"{it.Key} {string.Join(",", Numbers(it.Entries))}"));
    Equal(0, (await db.StreamReadAsync([new StreamPosition(one, "9-0"), new StreamPosition(two, "9-0")])).Length);
});

await Test("XPENDING: the summary, the messages, of one consumer, in a range, idle", async () =>
{
    var key = await Stream(10, "g");
    var none = await db.StreamPendingAsync(key, "g");
    That(none.PendingMessageCount == 0 && none.LowestPendingMessageId.IsNull && none.Consumers.Length == 0, "nothing is pending");
    await db.StreamReadGroupAsync(key, "g", "a", ">", 4);
    await db.StreamReadGroupAsync(key, "g", "b", ">", 3);
    await db.StreamReadGroupAsync(key, "g", "a", "0-0", 2);
    var all = await db.StreamPendingAsync(key, "g");
    Equal((7, "1-0", "7-0"), (all.PendingMessageCount, (string)all.LowestPendingMessageId, (string)all.HighestPendingMessageId));
    Same(["a 4", "b 3"], all.Consumers.Select(it => $"{it.Name} {it.PendingMessageCount}"));
    Same(["1-0 a 2", "2-0 a 2", "3-0 a 1", "4-0 a 1", "5-0 b 1", "6-0 b 1", "7-0 b 1"], await Pending(key));
    async Task Is(string[] wanted, int count, RedisValue consumer, RedisValue? from = null, RedisValue? to = null) =>
        Same(wanted, (await db.StreamPendingMessagesAsync(key, "g", count, consumer, from, to)).Select(it => (string)it.MessageId));
    await Is(["5-0", "6-0", "7-0"], 10, "b");
    await Is(["2-0", "3-0", "4-0", "5-0"], 10, RedisValue.Null, "2-0", "5-0");
    await Is(["1-0", "2-0"], 2, RedisValue.Null);
    await Is([], 10, "unknown");
    Equal(0, ((RedisResult[])await db.ExecuteAsync("XPENDING", key, "g", "IDLE", 600000, "-", "+", 10)).Length);
});

await Test("XCLAIM: by idle time, ids only; a deleted entry leaves the pending list", async () =>
{
    var key = await Stream(6, "g");
    await db.StreamReadGroupAsync(key, "g", "dead", ">", 6);
    Equal(0, (await db.StreamClaimAsync(key, "g", "alive", 600_000, ["1-0", "2-0"])).Length, "too young");
    Same(["1-0 n=1", "2-0 n=2"], (await db.StreamClaimAsync(key, "g", "alive", 0, ["1-0", "2-0", "9-9"])).Select(Show));
    Same(["3-0"], (await db.StreamClaimIdsOnlyAsync(key, "g", "alive", 0, ["3-0"])).Select(it => (string)it));
    Same(["1-0 alive 2", "2-0 alive 2", "3-0 alive 1", "4-0 dead 1", "5-0 dead 1", "6-0 dead 1"], await Pending(key));
    await db.StreamDeleteAsync(key, ["4-0"]);
    Equal(0, (await db.StreamClaimAsync(key, "g", "alive", 0, ["4-0"])).Length);
    Equal(5, (await db.StreamPendingAsync(key, "g")).PendingMessageCount);
    Same([5, 6], Numbers(await db.StreamReadGroupAsync(key, "g", "dead", "0-0")), "what the dead consumer still has");
});

#if CLIENT_2_6
await Test("XAUTOCLAIM walks the pending list in steps and names deleted entries", async () =>
{
    var key = await Stream(10, "g");
    await db.StreamReadGroupAsync(key, "g", "dead", ">", 10);
    await db.StreamDeleteAsync(key, ["2-0", "3-0"]);
    var young = await db.StreamAutoClaimAsync(key, "g", "alive", 600_000, "0-0");
    Equal((0, "0-0"), (young.ClaimedEntries.Length, (string)young.NextStartId));
    Same(["2-0", "3-0"], young.DeletedIds.Select(it => (string)it));
    var step = await db.StreamAutoClaimAsync(key, "g", "alive", 0, "0-0", 4);
    Same(["1-0 n=1", "4-0 n=4", "5-0 n=5", "6-0 n=6"], step.ClaimedEntries.Select(Show));
    Equal((0, "7-0"), (step.DeletedIds.Length, (string)step.NextStartId));
    var rest = await db.StreamAutoClaimIdsOnlyAsync(key, "g", "alive", 0, step.NextStartId, 100);
    Same(["7-0", "8-0", "9-0", "10-0"], rest.ClaimedIds.Select(it => (string)it));
    Equal("0-0", (string)rest.NextStartId);
    Equal(8, (await db.StreamPendingAsync(key, "g")).Consumers.Single().PendingMessageCount);
});
#else
Skip("XAUTOCLAIM walks the pending list in steps and names deleted entries", "it needs StackExchange.Redis 2.6 or newer");
#endif

await Test("trimming: exact, approximate by whole blocks, MINID, and at each append", async () =>
{
    var key = Fresh("trim");
    for (var n = 1; n <= 1000; n++) await db.StreamAddAsync(key, "n", n, $"{n}-0", flags: CommandFlags.FireAndForget);
    Equal(1000L, await db.StreamLengthAsync(key));
    Equal(100L, await db.StreamTrimAsync(key, 900));
    Same(["101-0 n=101"], (await db.StreamRangeAsync(key, count: 1)).Select(Show));
    Equal(0L, await db.StreamTrimAsync(key, 850, useApproximateMaxLength: true), "less than a block");
    Equal(600L, await db.StreamTrimAsync(key, 250, useApproximateMaxLength: true), "whole blocks");
    Equal(50L, (long)await db.ExecuteAsync("XTRIM", key, "MINID", "751-0"));
    await db.StreamAddAsync(key, "n", 1001, "1001-0", maxLength: 100);
    Equal(100L, await db.StreamLengthAsync(key));
    Same(["902-0 n=902"], (await db.StreamRangeAsync(key, count: 1)).Select(Show));
    for (var n = 0; n < 500; n++) await db.StreamAddAsync(key, "n", n, maxLength: 100, useApproximateMaxLength: true, flags: CommandFlags.FireAndForget);
    Between(100, 299, await db.StreamLengthAsync(key), "length");
    await db.ExecuteAsync("XTRIM", key, "MAXLEN", 0);
    That(await db.KeyExistsAsync(key), "an empty stream stays");
    await db.KeyDeleteAsync(key);
});

await Test("deleting entries keeps the last id, so that none is given twice", async () =>
{
    var key = await Stream(10);
    Equal(3L, await db.StreamDeleteAsync(key, ["2-0", "5-0", "10-0", "77-0"]));
    Same([1, 3, 4, 6, 7, 8, 9], Numbers(await db.StreamRangeAsync(key)));
    Equal("10-0", (string)(await db.StreamInfoAsync(key)).LastGeneratedId);
    await Throws<RedisServerException>(() => db.StreamAddAsync(key, "n", 10, "10-0"), "equal or smaller");
    That(await db.KeyDeleteAsync(key), "the key");
    Equal(0L, await db.StreamLengthAsync(key));
});

await Test("XINFO shows stream, groups and consumers", async () =>
{
    var key = await Stream(5, "g");
    await db.StreamCreateConsumerGroupAsync(key, "h", "$");
    await db.StreamReadGroupAsync(key, "g", "a", ">", 2);
    await db.StreamReadGroupAsync(key, "g", "b", ">", 1);
    var stream = await db.StreamInfoAsync(key);
    Equal((5, 2, "5-0"), (stream.Length, stream.ConsumerGroupCount, (string)stream.LastGeneratedId));
    Equal(("1-0 n=1", "5-0 n=5"), (Show(stream.FirstEntry), Show(stream.LastEntry)));
    Equal((1, 2), (stream.RadixTreeKeys, stream.RadixTreeNodes));
    var groups = await db.StreamGroupInfoAsync(key);
    Same(["g 2 3", "h 0 0"], groups.Select(it => $"{it.Name} {it.ConsumerCount} {it.PendingMessageCount}"));
#if CLIENT_2_6
    Same(["3-0", "5-0"], groups.Select(it => it.LastDeliveredId));
#endif
#if CLIENT_2_7
    Same(["3 2", "0 0"], groups.Select(it => $"{it.EntriesRead} {it.Lag}"), "entries read and lag");
#endif
    Same(["a 2", "b 1"], (await db.StreamConsumerInfoAsync(key, "g")).Select(it => $"{it.Name} {it.PendingMessageCount}"));
    Equal(0, (await db.StreamConsumerInfoAsync(key, "h")).Length);
    var empty = await db.StreamInfoAsync(await Stream(0, "g"));
    That(empty.Length == 0 && empty.FirstEntry.IsNull && empty.LastEntry.IsNull, "an empty stream");
    await Throws<RedisServerException>(() => db.StreamInfoAsync(Fresh("none")), "no such key");
    Equal("stream", (string)await db.ExecuteAsync("OBJECT", "ENCODING", key));
});

await Test("the synchronous calls", () =>
{
    var key = Fresh("sync");
    var id = db.StreamAdd(key, [new("a", 1), new("b", 2)]);
    That(db.StreamCreateConsumerGroup(key, "g", "0-0"), "a group");
    Equal($"{id} a=1 b=2", Show(db.StreamRange(key).Single()));
    Equal(id, db.StreamReadGroup(key, "g", "c", ">", 1).Single().Id);
    Equal(1, db.StreamPending(key, "g").PendingMessageCount);
    Equal(1L, db.StreamAcknowledge(key, "g", id));
    Equal(1L, db.StreamDelete(key, [id]));
    That(db.KeyDelete(key), "the key");
    return Task.CompletedTask;
});

return End();
