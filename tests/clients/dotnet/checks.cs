// The helper of the programs in this folder: their arguments, named tests, waits on conditions, and a server that a test may kill.
// A program takes
//   HOST:PORT or !/path/of/a/socket     the server; 127.0.0.1:6379 if nothing is given
//   --options ',password=secret'        more of the connection string
//   --protocol 2                        RESP2 or RESP3; without it, what the client speaks by itself
//   --spawn 'cutaway --port {port}' --spawn-port 7001    how to start a server of its own, for tests that kill one
// The environment's ONLY chooses the tests whose name contains it. One line is printed for each test: ok, FAIL or skip.
using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using StackExchange.Redis;

static class Checks
{
    static readonly List<string> arguments = [];
    static string suite;
    static int passed, failed, skipped;

    /// <summary>Host and port of the server, or `!` and the path of its socket.</summary>
    public static string Address { get; private set; } = "127.0.0.1:6379";

    /// <summary>What follows the address in a connection string.</summary>
    public static string Options { get; private set; } = "";

    /// <summary>The connection string of the server under test.</summary>
    public static string Configuration => Address + Options;

    /// <summary>The protocol that was asked for; null if the client chooses.</summary>
    public static int? Protocol { get; private set; }

    public static string ClientVersion { get; } =
        typeof(ConnectionMultiplexer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    /// <summary>Whether connections speak RESP3.</summary>
    public static bool Resp3 => Protocol is { } asked ? asked == 3 : ClientVersion.StartsWith('3');

    /// <summary>Reads the arguments and sets a time limit for the whole program.</summary>
    public static void Begin(string name, string[] args, int seconds = 240)
    {
        arguments.AddRange(args);
        if (args.Length > 0 && !args[0].StartsWith('-')) Address = args[0];
        if (Option("--protocol") is { } protocol) Protocol = int.Parse(protocol);
        suite = $"{name} RESP{(Resp3 ? 3 : 2)}";
        Console.WriteLine($"# {suite}: StackExchange.Redis {ClientVersion}, server {Address}");
#if CLIENT_2_7
        if (Protocol is { } chosen) Options = $",protocol=resp{chosen}";
#else
        if (Protocol == 3)
        {
            Skip("the whole program", "RESP3 needs StackExchange.Redis 2.7 or newer");
            Environment.Exit(End());
        }
#endif
        Options += ",connectTimeout=10000,syncTimeout=20000" + Option("--options");
        Within(seconds);
    }

    /// <summary>The value after `name` among the arguments; null if it is not there.</summary>
    public static string Option(string name) =>
        arguments.IndexOf(name) is var at && at >= 0 && at + 1 < arguments.Count ? arguments[at + 1] : null;

    /// <summary>A connection to the server under test; `more` is added to its connection string.</summary>
    public static Task<ConnectionMultiplexer> Connect(string more = "") => ConnectTo(Address, more);

    public static async Task<ConnectionMultiplexer> ConnectTo(string address, string more = "")
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address + Options + more);
#if !CLIENT_2_6
        // Such a client reports a subscription as made before its second connection stands.
        if (connection.IsConnected) await Until(() => connection.GetStatus().Contains("sub: ConnectedEstablished"), "the subscription connection");
#endif
        return connection;
    }

    public static IServer ServerOf(IConnectionMultiplexer connection) => connection.GetServer(connection.GetEndPoints()[0]);

    public static RedisChannel Literal(string name) => new(name, RedisChannel.PatternMode.Literal);

    public static RedisChannel Pattern(string name) => new(name, RedisChannel.PatternMode.Pattern);

    /// <summary>A name that nothing else uses.</summary>
    public static string Fresh(string name) => $"{name}:{Guid.NewGuid().ToString("N")[..10]}";

    /// <summary>Random bytes, the same in each run.</summary>
    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Runs one test and prints its line.</summary>
    public static async Task Test(string says, Func<Task> body, int seconds = 60)
    {
        if (!says.Contains(Environment.GetEnvironmentVariable("ONLY") ?? "")) return;
        try
        {
            await Task.Run(body).WaitAsync(TimeSpan.FromSeconds(seconds));
            passed++;
            Console.WriteLine($"ok   {suite}: {says}");
        }
        catch (Exception error)
        {
            failed++;
            var cause = error.GetBaseException();
            var where = cause.StackTrace?.Split('\n').LastOrDefault(line => line.Contains(".cs:line") && !line.Contains("checks.cs"));
            Console.WriteLine($"FAIL {suite}: {says} ({cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")} {where?.Trim()})");
        }
    }

    public static void Skip(string says, string reason)
    {
        skipped++;
        Console.WriteLine($"skip {suite}: {says} ({reason})");
    }

    public static void That(bool condition, string what)
    {
        if (!condition) throw new Failed($"not so: {what}");
    }

    public static void Equal<T>(T wanted, T got, string what = "value") =>
        That(EqualityComparer<T>.Default.Equals(wanted, got), $"{what}: wanted <{wanted}>, got <{got}>");

    public static void Same<T>(IEnumerable<T> wanted, IEnumerable<T> got, string what = "sequence")
    {
        var (one, other) = (wanted.ToList(), got?.ToList() ?? throw new Failed($"{what} is null"));
        var place = one.Zip(other).TakeWhile(pair => EqualityComparer<T>.Default.Equals(pair.First, pair.Second)).Count();
        That(place == one.Count && place == other.Count,
            $"{what}: wanted {one.Count}, got {other.Count}; at {place} wanted <{one.ElementAtOrDefault(place)}>, got <{other.ElementAtOrDefault(place)}>");
    }

    public static void Between(double low, double high, double? got, string what) =>
        That(got >= low && got <= high, $"{what}: wanted {low} to {high}, got {got}");

    public static async Task<TException> Throws<TException>(Func<Task> body, string contains = "") where TException : Exception
    {
        try { await body(); }
        catch (TException error) when (error.ToString().Contains(contains)) { return error; }
        throw new Failed($"no {typeof(TException).Name} with <{contains}> was thrown");
    }

    /// <summary>Waits for what happens elsewhere: asks again until it is so, or the time is up.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            That(clock.Elapsed.TotalSeconds < seconds, $"{what}, after {seconds} s");
            await Task.Delay(5);
        }
    }

    public static Task Until(Func<bool> condition, string what, int seconds = 30) => Until(() => Task.FromResult(condition()), what, seconds);

    /// <summary>Asks again until the answer is the wanted one. Answers that cannot be had while a server is away are asked for again.</summary>
    public static async Task Soon<T>(T wanted, Func<Task<T>> ask, string what, int seconds = 30)
    {
        object last = null;
        try
        {
            await Until(async () =>
            {
                try { last = await ask(); }
                catch (Exception error) when (error is RedisException or TimeoutException) { last = error.Message; }
                return Equals(last, wanted);
            }, what, seconds);
        }
        catch (Failed) { throw new Failed($"{what}: wanted <{wanted}>, got <{last}> after {seconds} s"); }
    }

    /// <summary>Prints the closing line and returns the program's exit status.</summary>
    public static int End()
    {
        OwnServer.KillAll();
        Console.WriteLine($"# {suite}: {passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? 0 : 1;
    }

    static void Within(int seconds) => new Thread(() =>
    {
        Thread.Sleep(seconds * 1000);
        Console.WriteLine($"FAIL {suite}: the program ends within {seconds} s");
        failed++;
        Environment.Exit(End());
    })
    { IsBackground = true }.Start();

    sealed class Failed(string what) : Exception(what);
}

/// <summary>A server of the program's own, which it may kill and start again at the same port.</summary>
sealed class OwnServer(int number = 0)
{
    static readonly List<OwnServer> all = [];
    static readonly List<DirectoryInfo> directories = [];
    Process process;
    DirectoryInfo directory;

    /// <summary>Whether the arguments say how to start one.</summary>
    public static bool Possible => Checks.Option("--spawn") is not null;

    public int Port { get; } = int.Parse(Checks.Option("--spawn-port") ?? "0") + number;

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts the server, with more options if they are given, and returns when it answers.</summary>
    public async Task Start(string more = "")
    {
        var words = (Checks.Option("--spawn").Replace("{port}", Port.ToString()) + " " + more)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word is "''" or "\"\"" ? "" : word).ToArray();
        // A new directory each time: the server begins without what another one has saved.
        directory = Directory.CreateTempSubdirectory("cutaway-dotnet-");
        lock (all) directories.Add(directory);
        process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory.FullName,
        });
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        lock (all) all.Add(this);
        await Checks.Until(Answers, $"the server at port {Port} answers");
    }

    /// <summary>Ends the server as a power cut would, with SIGKILL.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public static void KillAll()
    {
        lock (all)
            foreach (var server in all)
                if (!server.process.HasExited) server.process.Kill();
        foreach (var directory in directories) directory.Delete(recursive: true);
    }

    async Task<bool> Answers()
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", Port);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
            var buffer = new byte[64]; // +PONG, or -NOAUTH from a server with a password
            return await client.GetStream().ReadAsync(buffer) > 0 && buffer[0] is (byte)'+' or (byte)'-';
        }
        catch (SocketException) { return false; }
    }
}
