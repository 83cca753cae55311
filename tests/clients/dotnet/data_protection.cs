// ASP.NET Core's data protection keys in Redis: applications on several servers share one key ring, and with it their cookies.
//   dotnet run data_protection.cs -- localhost:6379
#:sdk Microsoft.NET.Sdk.Web
#:property ClientVersion=3.4.35
#:package StackExchange.Redis@$(ClientVersion)
#:package Microsoft.AspNetCore.DataProtection.StackExchangeRedis@10.0.15
#:property PublishAot=false
#:include checks.cs
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using StackExchange.Redis;
using static Checks;

Begin("data_protection.cs", args);
ThreadPool.SetMinThreads(64, 64); // the key ring reads synchronously: twenty of them at once would leave StackExchange.Redis no thread
using var redis = await Connect();
var (db, rings) = (redis.GetDatabase(), new List<RedisKey>());

string Ring()
{
    rings.Add(Fresh("ring"));
    return rings[^1];
}
ServiceProvider App(string ring, string name = "shop", IConnectionMultiplexer own = null)
{
    var services = new ServiceCollection();
    services.AddDataProtection().SetApplicationName(name).PersistKeysToStackExchangeRedis(own ?? redis, ring);
    return services.BuildServiceProvider();
}
static IDataProtector Protector(ServiceProvider app) => app.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies");

await Test("the first application makes a key, the second one reads it over a connection of its own", async () =>
{
    var ring = Ring();
    using var second = await Connect();
    using var a = App(ring);
    using var b = App(ring, own: second);
    Equal("hello, ключ", Protector(b).Unprotect(Protector(a).Protect("hello, ключ")));
    Equal(1L, await db.ListLengthAsync(ring), "keys in the ring");
    var text = (string)(await db.ListRangeAsync(ring))[0];
    Equal(text, XElement.Parse(text).ToString(SaveOptions.DisableFormatting), "the XML as it was written");
});

await Test("an application with another name cannot read it", async () =>
{
    var ring = Ring();
    using var a = App(ring);
    using var b = App(ring, "blog");
    await Throws<CryptographicException>(() => Task.Run(() => Protector(b).Unprotect(Protector(a).Protect("x"))));
});

await Test("a new key and a revocation are appended, and seen by others", async () =>
{
    var ring = Ring();
    using var a = App(ring);
    var old = Protector(a).Protect("x");
    var manager = a.GetRequiredService<IKeyManager>();
    var key = manager.CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(10));
    Equal(2L, await db.ListLengthAsync(ring));
    using var b = App(ring);
    Equal(2, b.GetRequiredService<IKeyManager>().GetAllKeys().Count);
    Equal("x", Protector(b).Unprotect(old));
    manager.RevokeKey(key.KeyId, "test");
    using var c = App(ring);
    That(c.GetRequiredService<IKeyManager>().GetAllKeys().Single(it => it.KeyId == key.KeyId).IsRevoked, "revoked");
    manager.RevokeAllKeys(DateTimeOffset.UtcNow, "all");
    using var d = App(ring);
    That(d.GetRequiredService<IKeyManager>().GetAllKeys().All(it => it.IsRevoked), "all are revoked");
});

await Test("twenty applications start at the same time", async () =>
{
    var ring = Ring();
    var apps = Enumerable.Range(0, 20).Select(_ => App(ring)).ToArray();
    var secrets = await Task.WhenAll(apps.Select(app => Task.Run(() => Protector(app).Protect("s"))));
    using var late = App(ring);
    foreach (var secret in secrets) Equal("s", Protector(late).Unprotect(secret));
    foreach (var app in apps) app.Dispose();
});

await Test("a key of another type is an error that says so", async () =>
{
    var ring = Ring();
    await db.StringSetAsync(ring, "v");
    using var app = App(ring);
    await Throws<Exception>(() => Task.Run(() => Protector(app).Protect("x")), "WRONGTYPE");
});

await db.KeyDeleteAsync([.. rings]);
return End();
