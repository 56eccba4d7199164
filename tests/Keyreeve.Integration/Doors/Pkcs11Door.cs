using System.Globalization;
using System.Text;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Ttlv;
using Xunit;
using static Keyreeve.Integration.Kmip.Pkcs11Caller;

namespace Keyreeve.Integration.Doors;

/// <summary>PKCS#11 in KMIP messages.</summary>
internal sealed class Pkcs11Door : Door
{
    public override string Name => "pkcs11";

    public override string? Protocol => null;

    public override async Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who)
    {
        var client = new KmipClient(new KmipClientOptions { Host = "127.0.0.1", Port = server.KmipEndPoint.Port, Tls = KmipKeys.Tls(server, who) });
        try
        {
            return new Pkcs11DoorCaller(await Pkcs11Caller.OpenAsync(client), client);
        }
        catch (Exception refused)
        {
            await client.DisposeAsync();
            if (refused is KmipException or TtlvException) throw new IOException(refused.Message, refused);
            throw;
        }
    }

    public override Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group) => KmipKeys.MakeAsync(server, maker, name);
}

/// <summary>What the token is asked.</summary>
internal sealed class Pkcs11DoorCaller(Pkcs11Caller caller, KmipClient client) : DoorCaller
{
    private const uint EncryptInit = 30;
    private const uint GetAttributeValue = 25;
    private const ulong AesCbcPad = 0x1085;
    private const ulong Label = 3;
    private const ulong UniqueId = 4;
    private const ulong Value = 0x11;

    public Pkcs11Caller Caller => caller;

    public override Task<DoorAnswer> AskAsync() => TellAsync(() => caller.CallAsync(16, Numbers(caller.Session)));

    public override Task<DoorAnswer> UseAsync(string key) => WithAsync(key, handle => caller.UseAsync(
        EncryptInit, Mechanism(AesCbcPad, new byte[16]), handle, DataAndRoom(new byte[16], 64)));

    public override Task<DoorAnswer> SeeAsync(string key) => WithAsync(key, handle => caller.CallAsync(GetAttributeValue, [.. Numbers(caller.Session, handle), .. Count(1), .. Numbers(0x103), 0, 1]));

    public override Task<DoorAnswer> TakeAsync(string key) =>
        WithAsync(key, handle => caller.CallAsync(GetAttributeValue, [.. Numbers(caller.Session, handle), .. Count(1), .. Numbers(Value), 0, 1, .. Count(32)]));

    public override async Task<DoorAnswer> ListAsync(string? name = null)
    {
        var found = await FindAsync(name is null ? Count(0) : Template(Label, name));
        return DoorAnswer.Served with { Found = [.. await Task.WhenAll(found.Select(IdOfAsync))] };
    }

    public override async ValueTask DisposeAsync()
    {
        // A library takes up room until it is finalized. Who is not served any more cannot.
        try
        {
            await caller.CallAsync(2);
        }
        catch (Exception refused) when (refused is KmipException || IsRefusal(refused))
        {
            TestContext.Current.SendDiagnosticMessage($"C_Finalize: {refused.Message}");
        }

        await client.DisposeAsync();
    }

    private static byte[] Template(ulong attribute, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [.. Count(1), .. Attribute(attribute, [.. Count(utf8.Length), .. utf8])];
    }

    private async Task<string> IdOfAsync(ulong handle)
    {
        var shown = await caller.RequireAsync(GetAttributeValue, [.. Numbers(caller.Session, handle), .. Count(1), .. Numbers(UniqueId), 0, 1, .. Count(64)]);
        return Encoding.UTF8.GetString(shown.AsSpan(^36..));
    }

    private async Task<DoorAnswer> WithAsync(string key, Func<ulong, Task<(uint Code, byte[] Output)>> call)
    {
        var found = await FindAsync(Template(UniqueId, key));
        // A handle that names nothing is what is left to try.
        return await TellAsync(() => call(found.Length == 0 ? 4711UL : found.Single()));
    }

    private async Task<ulong[]> FindAsync(byte[] template)
    {
        try
        {
            return await caller.FindAsync(template);
        }
        catch (KmipException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    private static async Task<DoorAnswer> TellAsync(Func<Task<(uint Code, byte[] Output)>> call)
    {
        try
        {
            var (code, _) = await call();
            return code == 0 ? DoorAnswer.Served : new DoorAnswer(IsServed: false, code.ToString("X", CultureInfo.InvariantCulture));
        }
        catch (KmipException refused)
        {
            return new DoorAnswer(IsServed: false, refused.Message);
        }
    }
}
