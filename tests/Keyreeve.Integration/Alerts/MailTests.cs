using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Delivery;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Alerts;

/// <summary>Alerts as mail, to a real mail server.</summary>
public sealed class MailTests : IDisposable
{
    private readonly string _password = Path.Combine(Directory.CreateTempSubdirectory("keyreeve-").FullName, "password");

    public MailTests()
    {
        File.WriteAllText(_password, "mail-password\n");
        File.SetUnixFileMode(_password, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_password)!, recursive: true);

    [Theory]
    [InlineData("starttls", "smtp")]
    [InlineData("tls", "smtps")]
    public async Task Send_OverTlsWithAPassword_ArrivesWhole(string mode, string scheme)
    {
        Assert.SkipWhen(MailServer.Absence is not null, MailServer.Absence ?? "");
        await using var server = await MailServer.StartAsync(mode);
        var alert = Sample("Grüße an \"shop\"\r\nBcc: victim@example.com\n.\r\nQUIT", "käse/keys\r\n.\r\n");

        await MailTo(server, scheme, $"user=keyreeve password-file={_password}").SendAsync(alert, TestContext.Current.CancellationToken);

        await Audit.TrailFixture.UntilAsync(() => server.Mails.Count > 0, "the mail");
        var mail = Assert.Single(server.Mails);
        Assert.Equal("keyreeve@example.com", mail["from"]!.GetValue<string>());
        Assert.Equal(["oncall@example.com", "second@example.com"], mail["to"]!.AsArray().Select(static to => to!.GetValue<string>()));
        Assert.StartsWith("[Keyreeve kms-1] Critical: unusual-rate-principal käse/keys", mail["subject"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Grüße an \"shop\"", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("keyreeve alerts list", mail["text"]!.GetValue<string>(), StringComparison.Ordinal);
        // What a name brings with it has become no header and no command.
        Assert.DoesNotContain("Bcc", mail["headers"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.True(mail["tls"]!.GetValue<bool>() || mode == "tls");
        Assert.True(mail["user"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Send_ServerThatHidesStartTls_SendsNothingInClear()
    {
        Assert.SkipWhen(MailServer.Absence is not null, MailServer.Absence ?? "");
        await using var server = await MailServer.StartAsync("plain");

        var refused = await Assert.ThrowsAsync<IOException>(() => MailTo(server, "smtp", "").SendAsync(Sample("x", "y"), TestContext.Current.CancellationToken));

        Assert.Contains("STARTTLS", refused.Message, StringComparison.Ordinal);
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task Send_ServerOfAnotherAuthority_IsRefused()
    {
        Assert.SkipWhen(MailServer.Absence is not null, MailServer.Absence ?? "");
        await using var server = await MailServer.StartAsync("starttls");
        using var other = new TestAuthority();
        var authorityFile = Path.Combine(Path.GetDirectoryName(_password)!, "other.pem");
        await File.WriteAllTextAsync(authorityFile, other.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => MailTo(server, "smtp", "", authorityFile).SendAsync(Sample("x", "y"), TestContext.Current.CancellationToken));

        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task Send_WrongPassword_SaysWhatTheServerSays()
    {
        Assert.SkipWhen(MailServer.Absence is not null, MailServer.Absence ?? "");
        await using var server = await MailServer.StartAsync("tls");
        await File.WriteAllTextAsync(_password, "wrong-password", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<IOException>(
            () => MailTo(server, "smtps", $"user=keyreeve password-file={_password}").SendAsync(Sample("x", "y"), TestContext.Current.CancellationToken));

        Assert.Contains("535", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", refused.Message, StringComparison.Ordinal);
    }

    internal static Alert Sample(string text, string about) => new()
    {
        Id = Guid.CreateVersion7(), Rule = AlertRuleName.UnusualRatePrincipal, Severity = AlertSeverity.Critical, About = about, Text = text, Tenant = 1, Principal = about,
        First = DateTimeOffset.UnixEpoch, Last = DateTimeOffset.UnixEpoch, Told = DateTimeOffset.UnixEpoch, Count = 1,
    };

    private static Mail MailTo(MailServer server, string scheme, string settings, string? authorityFile = null) => new(
        AlertDestinationOptions.Parse($"{scheme}://localhost:{server.Port} from=keyreeve@example.com to=oncall@example.com,second@example.com ca={authorityFile ?? server.AuthorityFile} {settings}"),
        "kms-1", TimeProvider.System);
}
