using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class SealTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Cheap, since what is tested is not the cost.
    private static readonly ScryptParameters Cost = new(16, 1, 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-seal-").FullName;

    private string Data => Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;

    private string Passphrase => Path.Combine(_folder, "passphrase");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("correct horse battery staple", "correct horse battery staple\n")]
    [InlineData("correct horse battery staple\r\n", "correct horse battery staple")]
    public async Task Open_PassphraseThatSealed_GivesTheRootKey(string written, string read)
    {
        Write(Passphrase, written);
        using var made = await new SealFile(Data).CreateAsync(Slot(), default);
        Write(Passphrase, read);

        using var opened = await new SealFile(Data).OpenAsync([Slot()], default);

        Assert.Equal(made, opened);
        Assert.Equal(Private, File.GetUnixFileMode(Path.Combine(Data, SealFile.FileName)));
    }

    [Fact]
    public async Task Open_AnotherPassphrase_IsRefused()
    {
        await MakeAsync();
        Write(Passphrase, "correct horse battery staplE");

        Assert.Contains("does not open", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AnySlot_GivesTheRootKey()
    {
        using var made = await MakeAsync();
        var second = Path.Combine(_folder, "second");
        Write(second, "another passphrase altogether");
        await new SealFile(Data).AddSlotAsync(new PassphraseFileSlot(second, Data, Cost), made, default);
        File.Delete(Passphrase);

        using var opened = await new SealFile(Data).OpenAsync([Slot(), new PassphraseFileSlot(second, Data, Cost)], default);

        Assert.Equal(made, opened);
    }

    [Fact]
    public async Task Create_Twice_IsRefused()
    {
        using var made = await MakeAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await new SealFile(Data).CreateAsync(Slot(), default));
    }

    [Theory]
    [Trait("Attack", "61")]
    [InlineData(Private | UnixFileMode.GroupRead)]
    [InlineData(Private | UnixFileMode.OtherRead)]
    [InlineData(Private | UnixFileMode.OtherWrite)]
    public async Task Open_PassphraseThatOthersMayRead_IsRefusedWithTheCommand(UnixFileMode mode)
    {
        await MakeAsync();
        File.SetUnixFileMode(Passphrase, mode);

        Assert.Contains($"chmod 600 '{Passphrase}'", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Open_SealFileThatOthersMayRead_IsRefused()
    {
        await MakeAsync();
        File.SetUnixFileMode(Path.Combine(Data, SealFile.FileName), Private | UnixFileMode.OtherRead);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await new SealFile(Data).OpenAsync([Slot()], default));

        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        Assert.IsType<Crypto.Files.PrivateFileException>(refusal.InnerException);
        Assert.Contains("chmod 600", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seal_PassphraseInsideTheData_IsRefused()
    {
        var inside = Path.Combine(Data, "passphrase");
        Write(inside, "correct horse battery staple");
        File.CreateSymbolicLink(Passphrase, inside);

        foreach (var path in new[] { inside, Passphrase, Path.Combine(_folder, "data", "..", "data", "passphrase") })
        {
            var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await new SealFile(Data).CreateAsync(new PassphraseFileSlot(path, Data, Cost), default));
            Assert.Contains("inside the data directory", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n\n\n\n\n\n\n\n\n\n\n\n")]
    [InlineData("short")]
    public async Task Seal_PassphraseTooShort_IsRefused(string passphrase)
    {
        Write(Passphrase, passphrase);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await new SealFile(Data).CreateAsync(Slot(), default));

        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
    }

    [Theory]
    [InlineData("/slots/0/wrapped", "AAAA")]
    [InlineData("/slots/0/id", "00000000")]
    [InlineData("/slots/0/parameters/salt", "AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("/slots/0/parameters/n", 32)]
    [InlineData("/slots/0/parameters/n", 1 << 30)]
    [InlineData("/slots/0/parameters/n", -1)]
    [InlineData("/slots/0/parameters/kdf", "none")]
    [InlineData("/slots/0/wrapped", "not base64")]
    [InlineData("/version", 2)]
    [InlineData("/version", "1")]
    [InlineData("/slots", "none")]
    public async Task Open_SealFileAltered_IsRefused(string pointer, object value)
    {
        await MakeAsync();
        var path = Path.Combine(Data, SealFile.FileName);
        var file = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        var steps = pointer[1..].Split('/');
        var parent = steps[..^1].Aggregate(file, static (node, step) => int.TryParse(step, System.Globalization.CultureInfo.InvariantCulture, out var index) ? node[index]! : node[step]!);
        parent[steps[^1]] = JsonValue.Create(value);
        Write(path, file.ToJsonString());

        Assert.NotEmpty(await RefusalAsync());
    }

    private static void Write(string path, string content)
    {
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, Private);
    }

    private PassphraseFileSlot Slot() => new(Passphrase, Data, Cost);

    private async Task<SecretBytes> MakeAsync()
    {
        Write(Passphrase, "correct horse battery staple");
        return await new SealFile(Data).CreateAsync(Slot(), default);
    }

    private async Task<string> RefusalAsync()
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await new SealFile(Data).OpenAsync([Slot()], default));
        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        return refusal.Message;
    }
}
