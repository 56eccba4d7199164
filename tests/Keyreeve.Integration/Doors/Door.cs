using System.Collections.Immutable;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Keyreeve.Integration.Doors;

/// <summary>One way into the product, as an attack sees it: where to knock, and what to ask there.</summary>
internal abstract class Door
{
    /// <summary>Every door there is. A new one is a row here, and then every attack of <see cref="AttackTable"/> wants to be told of it.</summary>
    public static ImmutableArray<Door> All { get; } =
    [
        new KmipTlsDoor(), new KmipHttpsDoor(), new RestHttpDoor("rest", System.Net.HttpVersion.Version11), new RestHttpDoor("rest-http2", System.Net.HttpVersion.Version20),
        new Pkcs11Door(), new AgentDoor(),
    ];

    public abstract string Name { get; }

    /// <summary>How the audit trail calls what comes by it; null if that is the door behind it.</summary>
    public abstract string? Protocol { get; }

    public static Door Find(string name) => All.Single(door => string.Equals(door.Name, name, StringComparison.Ordinal));

    /// <summary>Opens a connection of somebody's; of nobody's, without a certificate, if there is no principal.</summary>
    public abstract Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who);

    /// <summary>Makes a key that can be asked for here, and says by what; over KMIP it comes into the maker's home group.</summary>
    public abstract Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group);

    /// <summary>Whether somebody is served on a new connection.</summary>
    public async Task<bool> ServesAsync(ServerFixture server, TestPrincipal? who)
    {
        try
        {
            await using var caller = await OpenAsync(server, who);
            return (await caller.AskAsync()).IsServed;
        }
        catch (Exception refused) when (DoorCaller.IsRefusal(refused))
        {
            return false;
        }
    }
}

/// <summary>What a door says.</summary>
/// <param name="IsServed">Whether it did what was asked.</param>
/// <param name="Words">The refusal, as the caller sees it.</param>
internal sealed record DoorAnswer(bool IsServed, string Words)
{
    /// <summary>The names or identifiers that were listed.</summary>
    public ImmutableArray<string> Found { get; init; } = [];

    public static DoorAnswer Served { get; } = new(IsServed: true, "");
}

/// <summary>An open connection at a door. What a door does not have is <see cref="NotSupportedException"/>.</summary>
internal abstract class DoorCaller : IAsyncDisposable
{
    /// <summary>Something harmless, for whoever is let in.</summary>
    public abstract Task<DoorAnswer> AskAsync();

    /// <summary>Uses a key.</summary>
    public abstract Task<DoorAnswer> UseAsync(string key);

    /// <summary>Asks what is known of a key.</summary>
    public virtual Task<DoorAnswer> SeeAsync(string key) => throw new NotSupportedException();

    /// <summary>Asks for a key's material.</summary>
    public virtual Task<DoorAnswer> TakeAsync(string key) => throw new NotSupportedException();

    /// <summary>Destroys a key at once.</summary>
    public virtual Task<DoorAnswer> DestroyAsync(string key) => throw new NotSupportedException();

    /// <summary>Lists all keys, or those of a name.</summary>
    public virtual Task<DoorAnswer> ListAsync(string? name = null) => throw new NotSupportedException();

    /// <summary>Asks, and takes an ended connection for a refusal.</summary>
    public async Task<bool> IsServedAsync(Func<DoorCaller, Task<DoorAnswer>>? question = null)
    {
        try
        {
            return (await (question ?? (static caller => caller.AskAsync()))(this)).IsServed;
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            return false;
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Whether the connection was refused or ended.</summary>
    public static bool IsRefusal(Exception failure) =>
        failure is IOException or AuthenticationException or HttpRequestException or ObjectDisposedException or CryptographicException or System.Net.Sockets.SocketException;
}
