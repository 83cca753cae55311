// The application that signalr.cs and signalr_servers.cs play: two hubs, a server with the Redis backplane, a client that keeps what
// it receives.
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using StackExchange.Redis;

public class ChatHub : Hub
{
    public void Ready() { }
    public Task ToAll(string text) => Clients.All.SendAsync("text", text);
    public Task ToAllExcept(string[] ids, string text) => Clients.AllExcept(ids).SendAsync("text", text);
    public Task ToCaller(string text) => Clients.Caller.SendAsync("text", text);
    public Task ToOthers(string text) => Clients.Others.SendAsync("text", text);
    public Task ToClient(string id, string text) => Clients.Client(id).SendAsync("text", text);
    public Task ToClients(string[] ids, string text) => Clients.Clients(ids).SendAsync("text", text);
    public Task ToGroup(string group, string text) => Clients.Group(group).SendAsync("text", text);
    public Task ToGroups(string[] groups, string text) => Clients.Groups(groups).SendAsync("text", text);
    public Task ToGroupExcept(string group, string[] ids, string text) => Clients.GroupExcept(group, ids).SendAsync("text", text);
    public Task ToOthersInGroup(string group, string text) => Clients.OthersInGroup(group).SendAsync("text", text);
    public Task ToUser(string user, string text) => Clients.User(user).SendAsync("text", text);
    public Task ToUsers(string[] users, string text) => Clients.Users(users).SendAsync("text", text);
    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);
    public Task Leave(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
    public Task JoinOther(string id, string group) => Groups.AddToGroupAsync(id, group);
    public Task LeaveOther(string id, string group) => Groups.RemoveFromGroupAsync(id, group);
    public Task SendOrder(Order order) => Clients.All.SendAsync("order", order);
    public Task SendBytes(byte[] bytes) => Clients.All.SendAsync("bytes", bytes);

    public async Task<string> Ask(string id, string question)
    {
        using var limit = new CancellationTokenSource(10_000);
        return await Clients.Client(id).InvokeAsync<string>("answer", question, limit.Token);
    }

    public async IAsyncEnumerable<int> Count(int count)
    {
        for (var n = 0; n < count; n++)
        {
            await Task.Yield();
            yield return n;
        }
    }

    public async Task<long> Sum(IAsyncEnumerable<int> numbers)
    {
        var sum = 0L;
        await foreach (var number in numbers) await Clients.Others.SendAsync("text", $"sum {sum += number}");
        return sum;
    }
}

public class NewsHub : Hub
{
    public void Ready() { }
    public Task ToAll(string text) => Clients.All.SendAsync("text", text);
}

public record Order(int Id, string Name, double Price, string[] Tags);

public class UserByQuery : IUserIdProvider
{
    public string GetUserId(HubConnectionContext connection) => connection.GetHttpContext()?.Request.Query["user"];
}

/// <summary>One web server of the application.</summary>
sealed class WebServer(WebApplication app) : IAsyncDisposable
{
    public static readonly ConcurrentQueue<string> Warnings = new();

    public string Url => app.Urls.First();

    public IHubContext<ChatHub> Hub => app.Services.GetRequiredService<IHubContext<ChatHub>>();

    public static async Task<WebServer> Start(string redis, string prefix)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders().AddProvider(new Keep());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IUserIdProvider, UserByQuery>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        // ANCHOR: backplane
        builder.Services
            .AddSignalR(options => options.MaximumReceiveMessageSize = 4 << 20)
            .AddMessagePackProtocol()
            .AddStackExchangeRedis(options =>
            {
                options.Configuration = ConfigurationOptions.Parse(redis); // "localhost:6379,password=…,abortConnect=false"
                if (prefix != "") options.Configuration.ChannelPrefix = RedisChannel.Literal(prefix);
            });
        // ANCHOR_END: backplane
        var app = builder.Build();
        app.MapHub<ChatHub>("/chat", options =>
        {
            options.ApplicationMaxBufferSize = 8 << 20;
            options.TransportMaxBufferSize = 64 << 20;
        });
        app.MapHub<NewsHub>("/news");
        await app.StartAsync();
        return new WebServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    sealed class Keep : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string category) => this;
        public IDisposable BeginScope<T>(T state) => null;
        public bool IsEnabled(LogLevel level) => level >= LogLevel.Warning;
        public void Log<T>(LogLevel level, EventId id, T state, Exception error, Func<T, Exception, string> text)
        {
            if (IsEnabled(level)) Warnings.Enqueue($"{level} {id.Name}: {text(state, error)} {error?.Message}");
        }
        public void Dispose() { }
    }
}

/// <summary>A browser: it keeps what it receives, and answers when it is asked.</summary>
sealed class Browser(HubConnection hub, string name) : IAsyncDisposable
{
    public readonly ConcurrentQueue<string> Got = new();
    public readonly ConcurrentQueue<Order> Orders = new();
    public readonly ConcurrentQueue<byte[]> Blobs = new();

    public string Name => name;
    public string Id => hub.ConnectionId;
    public HubConnection Hub => hub;

    public static async Task<Browser> Open(WebServer server, string name, string user = null, bool pack = false, string hub = "chat",
        HttpTransportType transport = HttpTransportType.WebSockets, string url = null)
    {
        var address = $"{url ?? server.Url}/{hub}" + (user is null ? "" : "?user=" + Uri.EscapeDataString(user));
        var builder = new HubConnectionBuilder().WithUrl(address, transport);
        if (pack) builder.AddMessagePackProtocol();
        var browser = new Browser(builder.Build(), name);
        browser.Hub.On<string>("text", it => { browser.Got.Enqueue(it); });
        browser.Hub.On<Order>("order", it => { browser.Orders.Enqueue(it); });
        browser.Hub.On<byte[]>("bytes", it => { browser.Blobs.Enqueue(it); });
        browser.Hub.On<string, string>("answer", question => Task.FromResult($"{name} answers {question}"));
        await browser.Hub.StartAsync();
        await browser.Do("Ready"); // a connection that has started is registered with its server only when the server has answered
        return browser;
    }

    public Task Do(string method, params object[] arguments) => hub.InvokeCoreAsync(method, typeof(object), arguments);

    public Task<string> Ask(Browser other, string question) => hub.InvokeAsync<string>("Ask", other.Id, question);

    public ValueTask DisposeAsync() => hub.DisposeAsync();
}
