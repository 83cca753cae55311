// What a subscriber goes through when its server dies and returns, when its connection is killed, when the server starts after it,
// and when the password is wrong. All of it on a server that the program starts itself:
//   dotnet run reconnect.cs -- localhost:6379 --spawn 'cutaway --port {port}' --spawn-port 7001
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:property PublishAot=false
#:include checks.cs
using System.Collections.Concurrent;
using StackExchange.Redis;
using static Checks;

Begin("reconnect.cs", args);
if (!OwnServer.Possible)
{
    Skip("the whole program", "it kills its server: say how to start one with --spawn and --spawn-port");
    return End();
}
var server = new OwnServer();
const string patient = ",abortConnect=false,syncTimeout=2000";
Task<long> Publish(IConnectionMultiplexer redis, string channel, string message) => redis.GetSubscriber().PublishAsync(Literal(channel), message);

await server.Start();
const string killed = "a subscriber whose connections are killed (CLIENT KILL) subscribes again by itself";
if (Resp3 && ClientVersion.StartsWith("2.7.27") || Resp3 && ClientVersion.StartsWith("2.8.16"))
    Skip(killed, $"StackExchange.Redis {ClientVersion} does not subscribe again in RESP3 after CLIENT KILL TYPE pubsub");
else
    await Test(killed, async () =>
    {
        var (channel, got, lost, restored) = (Fresh("kill"), new ConcurrentQueue<string>(), 0, 0);
        using var victim = await ConnectTo(server.Address);
        using var admin = await ConnectTo(server.Address, ",allowAdmin=true");
        victim.ConnectionFailed += (_, _) => Interlocked.Increment(ref lost);
        victim.ConnectionRestored += (_, _) => Interlocked.Increment(ref restored);
        await victim.GetSubscriber().SubscribeAsync(Literal(channel), (_, message) => got.Enqueue(message));
        await victim.GetSubscriber().SubscribeAsync(Pattern(channel + "*"), (_, message) => got.Enqueue("pattern " + message));
        Equal(2L, await Publish(admin, channel, "1"));
        That((long)await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub") >= 1, "a connection is killed");
        await Until(() => lost > 0, "ConnectionFailed is raised");
        await Until(() => restored > 0, "ConnectionRestored is raised");
        await Soon(2L, () => Publish(admin, channel, "2"), "subscribed again");
        await Until(() => got.Contains("2") && got.Contains("pattern 2"), "messages arrive again");
        That(victim.GetSubscriber().IsConnected(Literal(channel)), "IsConnected");
        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await Soon(2L, () => Publish(admin, channel, "3"), "subscribed after every connection was killed");
        await Until(() => got.Contains("3"), "messages arrive after that");
    });

await Test("kill -9 and return, twice: the client notices, publishing fails at once, all 22 subscriptions come back", async () =>
{
    var (name, got, queued, lost) = (Fresh("restart"), new ConcurrentQueue<string>(), new ConcurrentQueue<string>(), 0);
    using var redis = await ConnectTo(server.Address, patient);
    using var publisher = await ConnectTo(server.Address, patient);
    redis.ConnectionFailed += (_, _) => Interlocked.Increment(ref lost);
    for (var n = 0; n < 20; n++) await redis.GetSubscriber().SubscribeAsync(Literal($"{name}.{n}"), (channel, message) => got.Enqueue($"{channel}={message}"));
    await redis.GetSubscriber().SubscribeAsync(Pattern(name + ".*"), (_, message) => got.Enqueue("pattern " + message));
    (await redis.GetSubscriber().SubscribeAsync(Literal(name + "queue"))).OnMessage(message => queued.Enqueue(message.Message));
    Equal(2L, await Publish(publisher, name + ".0", "before"));
    for (var round = 1; round <= 2; round++)
    {
        var before = lost;
        await server.Kill();
        await Until(() => lost > before, "ConnectionFailed is raised");
        var error = await Throws<Exception>(() => Publish(publisher, name + ".0", "into nothing"));
        That(error is RedisConnectionException or RedisTimeoutException, error.GetType().Name);
        await server.Start();
        for (var n = 0; n < 20; n++) await Soon(2L, () => Publish(publisher, $"{name}.{n}", $"{round}/{n}"), $"channel {n} is back", 60);
        await Until(() => Enumerable.Range(0, 20).All(n => got.Contains($"{name}.{n}={round}/{n}") && got.Contains($"pattern {round}/{n}")), "all arrive");
        await Soon(1L, () => Publish(publisher, name + "queue", $"{round}"), "the queue is back");
        await Until(() => queued.Contains($"{round}"), "the queue receives");
    }
});

await Test("abortConnect=false: a client that starts before its server connects when the server is there", async () =>
{
    await server.Kill();
    var (channel, got) = (Fresh("late"), new ConcurrentQueue<string>());
    using var redis = await ConnectionMultiplexer.ConnectAsync(server.Address + Options + patient + ",connectRetry=1,connectTimeout=500");
    That(!redis.IsConnected, "not connected yet");
    await server.Start();
    await Until(() => redis.IsConnected, "connected", 60);
    await Soon(true, async () =>
    {
        await redis.GetSubscriber().SubscribeAsync(Literal(channel), (_, message) => got.Enqueue(message));
        return true;
    }, "subscribed", 60);
    await Soon(1L, () => Publish(redis, channel, "hello"), "published");
    await Until(() => got.Contains("hello"), "it arrives");
}, 120);

await server.Kill();
await Test("a password: the right one connects, a wrong one and none are refused with an exception that says so", async () =>
{
    await server.Start("--requirepass s3cret-x");
    Task<ConnectionMultiplexer> With(string password) =>
        ConnectionMultiplexer.ConnectAsync($"{server.Address}{Options.Split(",password=")[0]}{password},connectRetry=1");
    foreach (var right in new[] { ",password=s3cret-x", ",user=default,password=s3cret-x" })
    {
        using var redis = await With(right);
        var (channel, heard) = (Fresh("password"), new TaskCompletionSource<string>());
        await redis.GetSubscriber().SubscribeAsync(Literal(channel), (_, message) => heard.TrySetResult(message));
        await Soon(1L, () => Publish(redis, channel, "x"), "published");
        Equal("x", await heard.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }
    await Throws<RedisConnectionException>(() => With(",password=wrong"), "authentication failure");
    await Throws<RedisConnectionException>(() => With(""));
    await server.Kill();
});

return End();
