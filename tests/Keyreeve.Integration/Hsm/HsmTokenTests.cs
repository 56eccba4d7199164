using System.Runtime.CompilerServices;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Xunit;

namespace Keyreeve.Integration.Hsm;

public sealed class HsmTokenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-token-").FullName;

    public HsmTokenTests()
    {
        FakeModule.Reset();
        WritePin("1234");
    }

    private string PinFile => Path.Combine(_folder, "pin");

    public void Dispose()
    {
        FakeModule.Answers.Set();
        FakeModule.Closes.Set();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Structures_AsAnUnixCompilerLaysThemOut()
    {
        // spec: PKCS#11 2.40 §3: checked against the standard's header compiled by gcc for x86-64.
        Assert.Equal(
            (24, 32, 48, 24, 48, 88, 208, 552),
            (Unsafe.SizeOf<CkAttribute>(), Unsafe.SizeOf<CkSessionInfo>(), Unsafe.SizeOf<CkGcmParameters>(), Unsafe.SizeOf<CkPssParameters>(),
                Unsafe.SizeOf<CkInitializeArguments>(), Unsafe.SizeOf<CkInfo>(), Unsafe.SizeOf<CkTokenInfo>(), Unsafe.SizeOf<CryptokiFunctions>()));
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Run_ModuleHangs_IsRefusedInTimeAndServesAgainWhenItAnswers()
    {
        using var token = Token(TimeSpan.FromMilliseconds(500));
        FakeModule.Answers.Reset();

        var hanging = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<HsmException>(() => RandomAsync(token))));
        Assert.All(hanging, refusal => Assert.Equal(HsmState.Hanging, refusal.State));
        Assert.Equal(HsmState.Hanging, token.Health.State);
        // Those who serve, and those who took their place.
        Assert.InRange(token.Health.HangingCalls, 2, 4);

        // No more threads are lost to it: the next caller is refused without a wait.
        var refused = await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token));
        Assert.Contains("hang", refused.Message, StringComparison.Ordinal);

        FakeModule.Answers.Set();
        SpinWait.SpinUntil(() => token.Health.HangingCalls == 0, TimeSpan.FromSeconds(60));
        // A machine that stands still may make a call look as if it hung.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Assert.True(await RandomAsync(token));
                break;
            }
            catch (HsmException slow) when (slow.State == HsmState.Hanging && attempt < 100)
            {
                SpinWait.SpinUntil(() => token.Health.HangingCalls == 0, TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal(HsmState.Ready, token.Health.State);
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Run_SessionLostInItsMidst_IsDoneAgainOnANewOne()
    {
        using var token = Token();
        FakeModule.RandomReturns.Enqueue(ReturnValue.SessionHandleInvalid);

        Assert.True(await RandomAsync(token));
        Assert.Equal(2, FakeModule.Logins);
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Run_LostInTheMidstOfWhatMakesSomething_IsNotDoneTwice()
    {
        using var token = Token();
        FakeModule.RandomReturns.Enqueue(ReturnValue.DeviceRemoved);

        var refusal = await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token, isRepeatable: false));

        Assert.Equal(HsmState.NoToken, refusal.State);
        Assert.True(await RandomAsync(token, isRepeatable: false));
    }

    [Theory]
    [Trait("Attack", "57")]
    [InlineData(0xA0u)]
    [InlineData(0xA2u)]
    [InlineData(0xA3u)]
    [InlineData(0xA4u)]
    public async Task Run_PinRefused_IsShownOnce(uint returned)
    {
        FakeModule.LoginReturns = (ReturnValue)returned;
        using (var token = Token())
        {
            for (var i = 0; i < 20; i++) Assert.Equal(HsmState.PinRefused, (await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token))).State);
        }

        // A service manager that starts the server again and again must not use up the tries either.
        for (var i = 0; i < 3; i++)
        {
            using var restarted = Token();
            await Assert.ThrowsAsync<HsmException>(() => RandomAsync(restarted));
        }

        Assert.Equal(1, FakeModule.Logins);

        FakeModule.LoginReturns = ReturnValue.Ok;
        WritePin("5678");
        using var mended = Token();
        Assert.True(await RandomAsync(mended));
    }

    [Theory]
    [Trait("Attack", "57")]
    [InlineData(0x20000)]
    [InlineData(0x40000)]
    public async Task Run_TokenLockedOrOneTryFromIt_IsLeftAlone(int flag)
    {
        FakeModule.Flags |= (nuint)flag;
        using var token = Token();

        Assert.Equal(HsmState.PinRefused, (await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token))).State);
        Assert.Equal(0, FakeModule.Logins);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("keys keys")]
    public async Task Run_NoTokenOrTwoOfThatName_IsRefused(string labels)
    {
        FakeModule.Labels = labels.Split(' ');
        using var token = Token();

        Assert.Equal(HsmState.NoToken, (await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token))).State);
        Assert.Equal(0, FakeModule.Logins);
    }

    [Theory]
    [Trait("Attack", "61")]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Run_PinFileThatOthersMayRead_IsRefusedWithTheCommand(UnixFileMode others)
    {
        File.SetUnixFileMode(PinFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        using var token = Token();

        var refusal = await Assert.ThrowsAsync<HsmException>(() => RandomAsync(token));

        Assert.Contains("chmod 600", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, FakeModule.Logins);
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Dispose_ModuleHangsInTheLogout_EndsAllTheSameAndSaysSo()
    {
        var said = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var token = Token(TimeSpan.FromSeconds(2), said.Enqueue);
        Assert.True(await RandomAsync(token));
        FakeModule.Closes.Reset();

        var ending = Task.Run(token.Dispose, TestContext.Current.CancellationToken);
        await ending.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Contains("not logged out", Assert.Single(said), StringComparison.Ordinal);
    }

    private static Task<bool> RandomAsync(HsmToken token, bool isRepeatable = true) => token.RunAsync(
        static session =>
        {
            session.GenerateRandom(new byte[8]);
            return true;
        },
        isRepeatable, default);

    private void WritePin(string pin)
    {
        File.WriteAllText(PinFile, pin);
        File.SetUnixFileMode(PinFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private HsmToken Token(TimeSpan? limit = null, Action<string>? log = null) => new(
        new HsmOptions
        {
            ModulePath = "/fake", TokenLabel = "keys", PinFile = PinFile, RefusedPinFile = Path.Combine(_folder, "refused"),
            Sessions = 2, CallTimeLimit = limit ?? TimeSpan.FromMinutes(2), RetryInterval = TimeSpan.Zero,
        },
        TimeProvider.System, log ?? (static _ => { }), FakeModule.Module);
}
