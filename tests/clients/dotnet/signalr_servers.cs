// SignalR servers as an operator sees them: the channels that PUBSUB lists while two of them run, prefixes, the order of 2,000 messages
// at 20 clients, servers in processes of their own, and Redis killed and started again.
//   dotnet run signalr_servers.cs -- localhost:6379 [--spawn 'cutaway --port {port}' --spawn-port 7001]
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:property SignalRVersion=10.0.15
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.AspNetCore.SignalR.StackExchangeRedis@$(SignalRVersion)
#:package Microsoft.AspNetCore.SignalR.Client@$(SignalRVersion)
#:package Microsoft.AspNetCore.SignalR.Protocols.MessagePack@$(SignalRVersion)
#:property PublishAot=false
#:include checks.cs
#:include signalr_app.cs
using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR.Client;
using StackExchange.Redis;
using static Checks;

if (args.Contains("--web-server"))
{
    // A web server in a process of its own: it prints its address, and ends when its input ends.
    await using var web = await WebServer.Start(args[^2], args[^1]);
    Console.WriteLine(web.Url);
    Console.In.ReadToEnd();
    return 0;
}
Begin("signalr_servers.cs", args);
Console.WriteLine($"# SignalR {typeof(Microsoft.AspNetCore.SignalR.StackExchangeRedis.RedisOptions).Assembly.GetName().Version}");
Task<WebServer> Server(string prefix) => WebServer.Start(Configuration, prefix);
using var redis = await Connect(",allowAdmin=true");

await Test("PUBSUB CHANNELS and NUMSUB show exactly what two servers with their clients hold, and nothing when they have gone", async () =>
{
    var (prefix, pubsub) = (Fresh("app"), ServerOf(redis));
    var patterns = await pubsub.SubscriptionPatternCountAsync();
    var one = await Server(prefix);
    var two = await Server(prefix);
    var a1 = await Browser.Open(one, "a1", "alice");
    var a2 = await Browser.Open(one, "a2", "bob");
    var b1 = await Browser.Open(two, "b1", "alice");
    var b2 = await Browser.Open(two, "b2");
    Dictionary<string, string> names = new() { [a1.Id] = "a1", [a2.Id] = "a2", [b1.Id] = "b1", [b2.Id] = "b2" };
    foreach (var member in new[] { a1, a2, b1 }) await member.Do("Join", "g");
    await b2.Do("Join", "solo");
    await a1.Do("JoinOther", b2.Id, "far");

    async Task<List<string>> Now()
    {
        var channels = (await pubsub.SubscriptionChannelsAsync(Pattern(prefix + "*"))).Select(it => (object)(string)it).ToArray();
        if (channels.Length == 0) return [];
        var counts = (RedisResult[])await redis.GetDatabase().ExecuteAsync("PUBSUB", ["NUMSUB", .. channels]);
        return counts.Chunk(2).Select(it =>
        {
            var channel = names.Aggregate(it[0].ToString()[prefix.Length..], (text, name) => text.Replace(name.Key, name.Value));
            return $"{Regex.Replace(channel, "(ack|return):.+", "$1:server")} {it[1]}";
        }).Where(it => it.Contains("Hub:")).Order(StringComparer.Ordinal).ToList(); // the client library has one more channel
    }
    async Task Shows(Func<List<string>, bool> condition, string what)
    {
        List<string> last = [];
        try { await Until(async () => condition(last = await Now()), what, 15); }
        catch (Exception error) { throw new Exception($"{error.Message}: {string.Join(", ", last)}"); }
    }
    string[] wanted =
    [
        "ChatHub:all 2", "ChatHub:connection:a1 1", "ChatHub:connection:a2 1", "ChatHub:connection:b1 1", "ChatHub:connection:b2 1",
        "ChatHub:group:far 1", "ChatHub:group:g 2", "ChatHub:group:solo 1", "ChatHub:internal:ack:server 1", "ChatHub:internal:ack:server 1",
        "ChatHub:internal:groups 2", "ChatHub:internal:return:server 1", "ChatHub:internal:return:server 1", "ChatHub:user:alice 2",
        "ChatHub:user:bob 1", "NewsHub:all 2", "NewsHub:internal:ack:server 1", "NewsHub:internal:ack:server 1",
        "NewsHub:internal:groups 2", "NewsHub:internal:return:server 1", "NewsHub:internal:return:server 1",
    ];
    await Shows(now => now.SequenceEqual(wanted), "two servers with four clients");
    Equal(0L, await pubsub.SubscriptionPatternCountAsync() - patterns, "NUMPAT");
    await a2.Do("Leave", "g");
    That((await Now()).Contains("ChatHub:group:g 2"), "one of two members at a server has left");
    await a1.Do("Leave", "g");
    await Shows(now => now.Contains("ChatHub:group:g 1"), "the last member at a server has left");
    await a1.DisposeAsync();
    await Shows(now => now.Contains("ChatHub:user:alice 1"), "alice is at one server");
    await b2.DisposeAsync();
    await Shows(now => now.Count == wanted.Length - 4, "groups end with their last member");
    await one.DisposeAsync();
    await Shows(now => now.Contains("ChatHub:all 1"), "one server has stopped");
    await a2.DisposeAsync();
    await b1.DisposeAsync();
    await two.DisposeAsync();
    await Shows(now => now.Count == 0, "nothing is left");
});

await Test("applications with different channel prefixes do not hear each other", async () =>
{
    var prefixes = new[] { Fresh("app"), Fresh("app"), "" };
    await using var one = await Server(prefixes[0]);
    await using var two = await Server(prefixes[0]);
    await using var staging = await Server(prefixes[1]);
    await using var bare = await Server(prefixes[2]);
    await using var a = await Browser.Open(one, "a", "u");
    await using var b = await Browser.Open(two, "b", "u");
    await using var c = await Browser.Open(staging, "c", "u");
    await using var d = await Browser.Open(bare, "d", "u");
    Browser[] all = [a, b, c, d];
    foreach (var browser in all) await browser.Do("Join", "g");
    for (var n = 0; n < 50; n++)
        foreach (var browser in all)
        {
            await browser.Do("ToAll", $"{browser.Name} all {n}");
            await browser.Do("ToGroup", "g", $"{browser.Name} group {n}");
            await browser.Do("ToUser", "u", $"{browser.Name} user {n}");
        }
    foreach (var (browser, hears) in new[] { (a, "ab"), (b, "ab"), (c, "c"), (d, "d") })
    {
        await Until(() => browser.Got.Count >= 150 * hears.Length, $"all arrive at {browser.Name}");
        Equal(150 * hears.Length, browser.Got.Distinct().Count(), browser.Name);
        That(browser.Got.All(text => hears.Contains(text[0])), $"{browser.Name} hears only {hears}");
    }
});

await Test("2,000 broadcasts reach 20 clients of two servers exactly once and in order", async () =>
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    var browsers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Browser.Open(n % 2 == 0 ? one : two, $"browser {n}", pack: n % 4 < 2)));
    for (var n = 0; n < 2000; n++) await browsers[0].Hub.SendAsync("ToAll", $"{n}");
    await Until(() => browsers.All(it => it.Got.Count >= 2000), "all arrive", 60);
    foreach (var browser in browsers)
    {
        Same(Enumerable.Range(0, 2000).Select(n => $"{n}"), browser.Got, browser.Name);
        await browser.DisposeAsync();
    }
}, 120);

await Test("two servers in processes of their own; one is killed, the other goes on", async () =>
{
    var prefix = Fresh("app");
    var (program, me) = (Environment.ProcessPath, System.Reflection.Assembly.GetExecutingAssembly().Location);
    string[] arguments = ["--web-server", Configuration, prefix];
    Process Run() => Process.Start(new ProcessStartInfo(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? [me, .. arguments] : arguments)
    {
        RedirectStandardInput = true, RedirectStandardOutput = true,
    });
    var (one, two) = (Run(), Run());
    try
    {
        var (first, second) = (await one.StandardOutput.ReadLineAsync(), await two.StandardOutput.ReadLineAsync());
        await using var x = await Browser.Open(null, "x", "u", url: first);
        await using var y = await Browser.Open(null, "y", "u", pack: true, url: second);
        await y.Do("Join", "g");
        for (var n = 0; n < 300; n++) await x.Do("ToAll", $"{n}");
        await x.Do("ToGroup", "g", "group");
        await x.Do("ToUser", "u", "user");
        await x.Do("ToClient", y.Id, "client");
        await Until(() => y.Got.Count == 303 && x.Got.Count == 301, "all arrive");
        Same(Enumerable.Range(0, 300).Select(n => $"{n}"), y.Got.Where(text => char.IsDigit(text[0])));
        Equal("x answers q", await y.Ask(x, "q"));
        two.Kill();
        await Soon(1L, () => ServerOf(redis).SubscriptionSubscriberCountAsync(Literal(prefix + "ChatHub:all")), "the killed server is unsubscribed");
        await x.Do("ToAll", "alone");
        await Until(() => x.Got.Contains("alone"), "the other goes on");
    }
    finally
    {
        foreach (var process in new[] { one, two })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
});

await Test("the web servers have logged no warning", () =>
{
    Same([], WebServer.Warnings.Distinct(), "warnings");
    return Task.CompletedTask;
});

const string killed = "Redis is killed and started again, twice: clients stay connected, and everything flows again, once and in order";
if (!OwnServer.Possible) Skip(killed, "it kills its server: say how to start one with --spawn and --spawn-port");
else await Test(killed, async () =>
{
    var (server, prefix) = (new OwnServer(), Fresh("app"));
    await server.Start();
    var where = server.Address + Options + ",abortConnect=false,syncTimeout=2000,asyncTimeout=2000";
    await using var one = await WebServer.Start(where, prefix);
    await using var two = await WebServer.Start(where, prefix);
    await using var a = await Browser.Open(one, "a", "u");
    await using var b = await Browser.Open(two, "b", "u");
    await b.Do("Join", "g");
    await a.Do("ToAll", "before");
    await Until(() => b.Got.Contains("before"), "it flows before");
    for (var round = 1; round <= 2; round++)
    {
        await server.Kill();
        await Throws<Exception>(() => a.Do("ToAll", "into nothing").WaitAsync(TimeSpan.FromSeconds(20)));
        Equal(HubConnectionState.Connected, b.Hub.State);
        await server.Start();
        var n = 0;
        async Task Flows(string what, Func<string, Task> send, Browser to) => await Until(async () =>
        {
            var text = $"{round} {what} {++n}";
            try { await send(text).WaitAsync(TimeSpan.FromSeconds(10)); }
            catch (Exception) { return false; }
            for (var wait = 0; wait < 60 && !to.Got.Contains(text); wait++) await Task.Delay(5);
            return to.Got.Contains(text);
        }, $"{what} flows again", 60);
        await Flows("All", text => a.Do("ToAll", text), b);
        await Flows("Group", text => a.Do("ToGroup", "g", text), b);
        await Flows("User", text => a.Do("ToUser", "u", text), b);
        await Flows("Client", text => a.Do("ToClient", b.Id, text), b);
        await Flows("All from the other server", text => b.Do("ToAll", text), a);
        await a.Do("JoinOther", b.Id, $"new {round}");
        await Flows("a group joined afterwards", text => a.Do("ToGroup", $"new {round}", text), b);
        Equal("b answers q", await a.Ask(b, "q"));
        using var fresh = await ConnectTo(server.Address);
        await Soon(2L, () => ServerOf(fresh).SubscriptionSubscriberCountAsync(Literal(prefix + "ChatHub:all")), "both are subscribed, each once");
        for (var k = 0; k < 200; k++) await a.Do("ToAll", $"more {round} {k}");
        IEnumerable<string> More() => b.Got.Where(text => text.StartsWith($"more {round} "));
        await Until(() => More().Count() >= 200, "200 more arrive");
        Same(Enumerable.Range(0, 200).Select(k => $"more {round} {k}"), More());
    }
}, 180);

return End();
