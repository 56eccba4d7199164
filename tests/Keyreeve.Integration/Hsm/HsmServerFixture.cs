using Keyreeve.Integration.Rest;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>A whole server with a token, which can be taken away.</summary>
internal sealed class HsmServerFixture(SoftHsm softHsm) : ServerFixture
{
    public HsmOptions Token { get; set; } = softHsm.MakeToken();

    /// <summary>Settings of a test's own.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    protected override IReadOnlyList<string> Settings =>
    [
        .. More,
        $"hsm.module={Token.ModulePath}", $"hsm.token-label={Token.TokenLabel}", $"hsm.pin-file={Token.PinFile}", "hsm.check-interval=200ms", "hsm.call-time-limit=2m", "seal.retry-interval=1s",
    ];

    public static async Task WaitForAsync(RestClient client, string state)
    {
        for (var i = 0; i < 600; i++)
        {
            var ready = (await client.GetAsync("/v1/ready")).Expect(200).Json;
            if (ready["hsm"]!.GetValue<string>() == state) return;
            await Task.Delay(100);
        }

        Assert.Fail($"The token did not become {state}.");
    }

    /// <summary>Does something while the token's directory is elsewhere.</summary>
    public async Task WithoutTokenAsync(Func<Task> work)
    {
        var away = softHsm.TokenDirectory + ".away";
        Directory.Move(softHsm.TokenDirectory, away);
        Directory.CreateDirectory(softHsm.TokenDirectory);
        try
        {
            LoseToken();
            await work();
        }
        finally
        {
            Directory.Delete(softHsm.TokenDirectory);
            Directory.Move(away, softHsm.TokenDirectory);
        }
    }

    // SoftHSM goes on with what it has read until it is begun anew.
    private void LoseToken()
    {
        using var module = CryptokiModule.Acquire(Token.ModulePath);
        Assert.True(module.TryRestart(module.Generation, TimeSpan.FromSeconds(60)));
    }
}
