using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Configuration;

public sealed class ServerConfigurationFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keyreeve-conf-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "keyreeve.conf");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void ReadFile_PrivateFile_IsRead()
    {
        Write("[rest]\nport = 9443\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal(9443, OptionsReader.ReadFile(Path).Rest.Port);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [Trait("Attack", "61")]
    public void ReadFile_OpenToOthers_IsRefusedWithTheCommandThatMendsIt(UnixFileMode more)
    {
        Write("[rest]\nport = 9443\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        var refused = Assert.Throws<ConfigurationException>(() => OptionsReader.ReadFile(Path));

        Assert.Contains($"chmod 600 '{Path}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_Missing_IsAFault() =>
        Assert.Contains("cannot be read", Assert.Throws<ConfigurationException>(() => OptionsReader.ReadFile(Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadFile_NotUtf8_IsAFault()
    {
        File.WriteAllBytes(Path, [0x23, 0xFF, 0xFE]);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Contains("UTF-8", Assert.Throws<ConfigurationException>(() => OptionsReader.ReadFile(Path)).Message, StringComparison.Ordinal);
    }

    private void Write(string text, UnixFileMode mode)
    {
        File.WriteAllText(Path, text);
        File.SetUnixFileMode(Path, mode);
    }
}
