using System.Reflection;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class MemoryTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    /// <summary>The web server offers no way to ask which memory it uses, and replaces ours without a word if ours is registered too early.</summary>
    [Fact]
    [Trait("Attack", "52")]
    public void Connections_UseTheMemoryThatIsWiped()
    {
        var application = (WebApplication)Read(Read(server.Server, "_rest"), "_application");
        var transport = application.Services.GetRequiredService<IConnectionListenerFactory>();
        var options = Read(transport, "_options");
        var factory = options.GetType().GetProperty("MemoryPoolFactory", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(options);

        Assert.IsType<WipingMemoryPool.Factory>(factory);
    }

    private static object Read(object owner, string field) =>
        owner.GetType().GetField(field, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(owner)!;
}
