// SignalR with the Redis backplane: what reaches which client when an application runs on two servers. The two servers and their
// clients live in this process; between the servers there is only Redis.
//   dotnet run signalr.cs -- localhost:6379
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
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using static Checks;

Begin("signalr.cs", args);
Console.WriteLine($"# SignalR {typeof(Microsoft.AspNetCore.SignalR.StackExchangeRedis.RedisOptions).Assembly.GetName().Version}");
Task<WebServer> Server(string prefix) => WebServer.Start(Configuration, prefix);

foreach (var (mode, packOne, packTwo) in new[] { ("JSON", false, false), ("MessagePack", true, true), ("JSON and MessagePack", false, true) })
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    await using var a1 = await Browser.Open(one, "a1", "alice", packOne);
    await using var a2 = await Browser.Open(one, "a2", "bob", packOne);
    await using var b1 = await Browser.Open(two, "b1", "alice", packTwo);
    await using var b2 = await Browser.Open(two, "b2", "carol", packTwo);
    await using var b3 = await Browser.Open(two, "b3", null, packTwo);
    Browser[] all = [a1, a2, b1, b2, b3];

    // Each message must reach these browsers and no other. A message to all, sent afterwards from each server, shows when every
    // server has handed on what came before it.
    var number = 0;
    async Task Reaches(string what, Func<string, Task> send, params Browser[] wanted)
    {
        var text = $"{++number} {what}";
        await send(text);
        await Until(() => wanted.All(it => it.Got.Contains(text)), $"{what} arrives");
        foreach (var from in new[] { a1, b1 })
        {
            var barrier = $"after {number} from {from.Name}";
            await from.Do("ToAll", barrier);
            await Until(() => all.All(it => it.Got.Contains(barrier)), $"the barrier after {what}");
        }
        Same(wanted.Select(it => it.Name).Order(), all.SelectMany(it => it.Got.Where(got => got == text).Select(_ => it.Name)).Order(), what);
    }

    await Test($"{mode}: all, all except, caller, others, one client, several", async () =>
    {
        await Reaches("All", it => a1.Do("ToAll", it), all);
        await Reaches("All from the other server", it => b3.Do("ToAll", it), all);
        await Reaches("AllExcept", it => a1.Do("ToAllExcept", new[] { a2.Id, b2.Id }, it), a1, b1, b3);
        await Reaches("AllExcept of 101", it => a1.Do("ToAllExcept", Enumerable.Range(0, 100).Select(n => $"x{n}").Append(b1.Id).ToArray(), it), a1, a2, b2, b3);
        await Reaches("Caller", it => b1.Do("ToCaller", it), b1);
        await Reaches("Others", it => b1.Do("ToOthers", it), a1, a2, b2, b3);
        await Reaches("Client here", it => a1.Do("ToClient", a2.Id, it), a2);
        await Reaches("Client there", it => a1.Do("ToClient", b2.Id, it), b2);
        await Reaches("Client that does not exist", it => a1.Do("ToClient", "nobody", it));
        await Reaches("Clients", it => b1.Do("ToClients", new[] { a1.Id, b3.Id, "nobody" }, it), a1, b3);
    });

    await Test($"{mode}: groups, with members on both servers, joined from either", async () =>
    {
        await a1.Do("Join", "g");
        await b1.Do("Join", "g");
        await b2.Do("Join", "h");
        await Reaches("Group", it => a2.Do("ToGroup", "g", it), a1, b1);
        await Reaches("Group from the other server", it => b3.Do("ToGroup", "g", it), a1, b1);
        await Reaches("Group with one member there", it => a1.Do("ToGroup", "h", it), b2);
        await Reaches("Group without members", it => a1.Do("ToGroup", "none", it));
        await Reaches("Groups", it => a2.Do("ToGroups", new[] { "g", "h" }, it), a1, b1, b2);
        await Reaches("GroupExcept", it => a2.Do("ToGroupExcept", "g", new[] { b1.Id }, it), a1);
        await Reaches("OthersInGroup", it => a1.Do("ToOthersInGroup", "g", it), b1);
        await a1.Do("JoinOther", b3.Id, "far");
        await Reaches("joined by the other server", it => a2.Do("ToGroup", "far", it), b3);
        await a2.Do("JoinOther", b2.Id, "far");
        await b2.Do("JoinOther", a2.Id, "far");
        await Reaches("three members", it => b1.Do("ToGroup", "far", it), a2, b2, b3);
        await a1.Do("LeaveOther", b3.Id, "far");
        await Reaches("left by the other server", it => a1.Do("ToGroup", "far", it), a2, b2);
        await a1.Do("JoinOther", b2.Id, "far");
        await Reaches("joined twice", it => a1.Do("ToGroup", "far", it), a2, b2);
        await b1.Do("Leave", "g");
        await Reaches("Leave", it => a2.Do("ToGroup", "g", it), a1);
        await b1.Do("Leave", "g");
        await b1.Do("LeaveOther", a1.Id, "never");
    });

    await Test($"{mode}: users, with connections on both servers", async () =>
    {
        await Reaches("User on both", it => b2.Do("ToUser", "alice", it), a1, b1);
        await Reaches("User there", it => a1.Do("ToUser", "carol", it), b2);
        await Reaches("User without connections", it => a1.Do("ToUser", "dave", it));
        await Reaches("Users", it => b3.Do("ToUsers", new[] { "bob", "carol", "dave" }, it), a2, b2);
    });

    await Test($"{mode}: client results come back from either server; a client that does not exist is an error", async () =>
    {
        Equal("a2 answers 1", await a1.Ask(a2, "1"));
        Equal("b2 answers 2", await a1.Ask(b2, "2"));
        Equal("a1 answers 3", await b2.Ask(a1, "3"));
        Same(Enumerable.Range(0, 10).Select(n => $"b2 answers {n}"), await Task.WhenAll(Enumerable.Range(0, 10).Select(n => a1.Ask(b2, $"{n}"))));
        await Throws<HubException>(() => a1.Hub.InvokeAsync<string>("Ask", "nobody", "q"));
    });

    await Test($"{mode}: streams down and up", async () =>
    {
        var down = new List<int>();
        await foreach (var n in a1.Hub.StreamAsync<int>("Count", 500)) down.Add(n);
        Same(Enumerable.Range(0, 500), down);
        static async IAsyncEnumerable<int> Up()
        {
            for (var n = 1; n <= 50; n++)
            {
                await Task.Yield();
                yield return n;
            }
        }
        Equal(1275L, await b1.Hub.InvokeAsync<long>("Sum", Up()));
        IEnumerable<string> Steps(Browser browser) => browser.Got.Where(it => it.StartsWith("sum"));
        await Until(() => Steps(a2).Count() == 50 && Steps(b2).Count() == 50, "its steps arrive at both servers");
        Same(Enumerable.Range(1, 50).Select(n => $"sum {n * (n + 1) / 2}"), Steps(a2));
    });

    await Test($"{mode}: texts of every kind, objects and bytes arrive unchanged at the other server", async () =>
    {
        foreach (var text in new[] { "", "Ünïcödé 🚀 中文 ключ", "line\r\nbreak\0nul\t\"quoted\" \\ {json}", new string('x', 100_000), new string('я', 1_000_000) })
        {
            a1.Got.Clear();
            b2.Got.Clear();
            await a1.Do("ToAll", text);
            await Until(() => a1.Got.Count == 1 && b2.Got.Count == 1, $"{text.Length} letters arrive");
            Same([text, text], a1.Got.Concat(b2.Got), $"{text.Length} letters");
        }
        var (order, bytes) = (new Order(7, "büch", 12.5, ["a", "b"]), Bytes(200_000));
        await b2.Do("SendOrder", order);
        await a1.Do("SendBytes", bytes);
        await Until(() => a1.Orders.Count == 1 && b2.Blobs.Count == 1, "both arrive");
        Equal("7 büch 12.5 a,b", a1.Orders.Select(it => $"{it.Id} {it.Name} {it.Price} {string.Join(",", it.Tags)}").Single());
        Same(bytes, b2.Blobs.Single());
    });
}

await Test("WebSockets, Server-Sent Events and long polling beside each other, in order", async () =>
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    await using var sockets = await Browser.Open(one, "w");
    await using var events = await Browser.Open(two, "s", transport: HttpTransportType.ServerSentEvents);
    await using var polling = await Browser.Open(two, "l", pack: true, transport: HttpTransportType.LongPolling);
    Browser[] all = [sockets, events, polling];
    for (var n = 0; n < 30; n++)
        foreach (var from in all) await from.Do("ToAll", $"{from.Name}{n}");
    foreach (var browser in all)
    {
        await Until(() => browser.Got.Count == 90, $"all arrive at {browser.Name}");
        foreach (var from in all) Same(Enumerable.Range(0, 30).Select(n => $"{from.Name}{n}"), browser.Got.Where(it => it.StartsWith(from.Name)));
    }
    Equal("l answers q", await sockets.Ask(polling, "q"));
});

await Test("two hubs of one application do not hear each other", async () =>
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    await using var chatOne = await Browser.Open(one, "c1");
    await using var chatTwo = await Browser.Open(two, "c2");
    await using var newsOne = await Browser.Open(one, "n1", hub: "news");
    await using var newsTwo = await Browser.Open(two, "n2", hub: "news");
    await chatOne.Do("ToAll", "chat");
    await newsOne.Do("ToAll", "news");
    await Until(() => !chatTwo.Got.IsEmpty && !newsTwo.Got.IsEmpty, "both arrive");
    Same(["chat", "news"], chatTwo.Got.Concat(newsTwo.Got));
});

await Test("IHubContext sends from a server that has no clients at all", async () =>
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    await using var b1 = await Browser.Open(two, "b1", "u1");
    await using var b2 = await Browser.Open(two, "b2");
    var clients = one.Hub.Clients;
    await one.Hub.Groups.AddToGroupAsync(b2.Id, "g");
    await clients.All.SendAsync("text", "1 all");
    await clients.Group("g").SendAsync("text", "2 group");
    await clients.User("u1").SendAsync("text", "3 user");
    await clients.Client(b1.Id).SendAsync("text", "4 client");
    await clients.AllExcept(b1.Id).SendAsync("text", "5 except");
    await Until(() => b1.Got.Count == 3 && b2.Got.Count == 3, "all arrive");
    Same(["1 all", "3 user", "4 client"], b1.Got.Order());
    Same(["1 all", "2 group", "5 except"], b2.Got.Order());
    Equal("b2 answers q", await clients.Client(b2.Id).InvokeAsync<string>("answer", "q", default));
});

await Test("groups and users with names that look like patterns are names", async () =>
{
    var prefix = Fresh("app");
    await using var one = await Server(prefix);
    await using var two = await Server(prefix);
    await using var other = await Browser.Open(two, "other", "other");
    await other.Do("Join", "plain");
    foreach (var name in new[] { "*", "?", "[a-z]", "a b", "grüppe 🚀", "x:y:z", "\\", "\r\n", new string('n', 2000) })
    {
        await using var a = await Browser.Open(one, "a", name);
        await using var b = await Browser.Open(two, "b", name);
        other.Got.Clear();
        await b.Do("Join", name);
        await a.Do("ToGroup", name, "group");
        await a.Do("ToUser", name, "user");
        await a.Do("ToGroup", "plain", "plain");
        await Until(() => b.Got.Count >= 2 && a.Got.Count >= 1 && other.Got.Count >= 1, $"{name} is reached");
        Same(["group", "user"], b.Got.Order(), name);
        Same(["user", "plain"], a.Got.Concat(other.Got), name);
    }
});

return End();
