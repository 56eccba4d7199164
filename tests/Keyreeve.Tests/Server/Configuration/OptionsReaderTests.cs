using System.Net;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Tests.Server.Configuration;

public sealed class OptionsReaderTests
{
    [Fact]
    public void Read_EmptyFile_GivesDefaults() => AssertDefaults(OptionsReader.Read("", "k.conf"));

    [Fact]
    public void Read_EveryKindOfValue_IsTaken()
    {
        var options = OptionsReader.Read(
            """
            # comment
            [server]
            data-directory = /srv/keyreeve
            names = kms.example.org, 10.0.0.1
            stop-time-limit = 500ms
            ; another comment
            [log]
            level = verbose
            kmip = debug
            [rest]
            listen = ::
            port = 443
            [kmip]
            enabled = no
            max-message-size = 2MiB
            idle-time-limit = 1h
            [groups]
            legacy/tapes = insecure-interop
            """,
            "k.conf");

        Assert.Equal("/srv/keyreeve", options.Server.DataDirectory);
        Assert.Equal(["kms.example.org", "10.0.0.1"], options.Server.Names);
        Assert.Equal(LogDetail.Verbose, options.Log.Detail);
        Assert.Equal(LogDetail.Debug, options.Log.Components["kmip"]);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.Server.StopTimeLimit);
        Assert.Equal(IPAddress.IPv6Any, options.Rest.Listen);
        Assert.Equal(443, options.Rest.Port);
        Assert.False(options.Kmip.Enabled);
        Assert.Equal(2 * 1024 * 1024, options.Kmip.MaxMessageSizeInBytes);
        Assert.Equal(TimeSpan.FromHours(1), options.Kmip.IdleTimeLimit);
        Assert.Equal(GroupMode.InsecureInterop, options.Groups[GroupName.Parse("legacy/tapes")]);
    }

    [Theory]
    [InlineData("tape-library.example:5697", "ttlv", null)]
    [InlineData("https://tape-library.example", "ttlv", "https://tape-library.example/kmip")]
    [InlineData("https://tape-library.example:8443/", "xml", "https://tape-library.example:8443/kmip")]
    [InlineData("https://[::1]:8443/keys", "json", "https://[::1]:8443/keys")]
    public void Read_NotifyEndpoint_IsAHostOrAnAddress(string endpoint, string encoding, string? address)
    {
        var notify = OptionsReader.Read($"[notify]\nendpoint = {endpoint}\nencoding = {encoding}\nprincipal = library", "k.conf").Notify;

        Assert.Equal(address, notify.Endpoint!.Address?.ToString());
        Assert.Equal(encoding, notify.Encoding.ToString(), ignoreCase: true);
        Assert.Equal(address ?? endpoint, notify.Endpoint.ToString());
    }

    [Theory]
    [InlineData("http://tape-library.example/kmip", "ttlv")]
    [InlineData("https://name:password@tape-library.example/kmip", "ttlv")]
    [InlineData("https://tape-library.example/kmip#part", "xml")]
    [InlineData("tape-library.example", "ttlv")]
    [InlineData("tape-library.example:5697", "xml")]
    [InlineData("https://tape-library.example/kmip", "yaml")]
    [InlineData("none", "json")]
    public void Read_NotifyEndpointThatCannotBe_IsRefused(string endpoint, string encoding) => Assert.Throws<ConfigurationException>(
        () => OptionsReader.Read($"[notify]\nendpoint = {endpoint}\nencoding = {encoding}{(endpoint == "none" ? "" : "\nprincipal = library")}", "k.conf"));

    [Fact]
    public void Read_ManyFaults_ReportsAllWithTheirLines()
    {
        var refused = Assert.Throws<ConfigurationException>(() => OptionsReader.Read(
            """
            port = 1
            [rest]
            port = 70000
            prot = 8443
            listen
            [nowhere]
            a = b
            [server
            [groups]
            Legacy = interop
            legacy = lax
            [kmip]
            idle-time-limit = 1 hour
            port = 1
            port = 2
            """,
            "k.conf"));

        Assert.Equal(
            ["k.conf:1", "k.conf:10", "k.conf:11", "k.conf:13", "k.conf:15", "k.conf:3", "k.conf:4", "k.conf:5", "k.conf:7", "k.conf:8"],
            refused.Faults.Select(fault => fault.Source).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("[rest]\nport=8443\n[kmip]\nport=8443", "both have port 8443")]
    [InlineData("[rest]\nenabled=no\n[kmip]\nenabled=no", "nothing would be served")]
    [InlineData("[server]\ndata-directory=/srv/k\n[seal]\npassphrase-file=/srv/k/pass", "lies in the data-directory")]
    [InlineData("[server]\ndata-directory=/srv/k\n[seal]\npassphrase-file=/srv/other/../k/pass", "lies in the data-directory")]
    [InlineData("[rest]\nmax-connections=10", "above max-connections")]
    [InlineData("[server]\ndata-directory=data", "is an absolute path")]
    [InlineData("[server]\nnames=a b", "host names")]
    public void Read_OptionsThatContradict_AreRefused(string text, string expected)
    {
        var refused = Assert.Throws<ConfigurationException>(() => OptionsReader.Read(text, "k.conf"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Overrides_StandAboveTheFile()
    {
        var options = OptionsReader.Read("[rest]\nport = 1", "k.conf", "rest.port=2", "groups.a/b.c=strict");

        Assert.Equal(2, options.Rest.Port);
        Assert.Equal(GroupMode.Strict, options.Groups[GroupName.Parse("a/b.c")]);
    }

    [Fact]
    public void Read_OverrideWithoutValue_IsRefused() =>
        Assert.Throws<ConfigurationException>(() => OptionsReader.Read("", "k.conf", "rest.port"));

    [Fact]
    public void Sample_WithEveryLineInForce_GivesTheDefaults()
    {
        var inForce = OptionTable.WriteSample().Replace("\n#", "\n", StringComparison.Ordinal).Replace("\n ", "\n# ", StringComparison.Ordinal);

        var options = OptionsReader.Read(inForce, "sample");

        // The lines of lists, which have no default, are examples.
        Assert.Single(options.Kmip.Attesters);
        AssertDefaults(options with { Kmip = options.Kmip with { Attesters = new KmipOptions().Attesters } });
        Assert.Single(options.Groups);
    }

    private static void AssertDefaults(KeyreeveOptions options)
    {
        var defaults = new KeyreeveOptions();
        Assert.Equal(defaults.Server.Names, options.Server.Names);
        Assert.Equal(defaults.Server, options.Server with { Names = defaults.Server.Names });
        Assert.Equal(defaults.Rest, options.Rest);
        Assert.Equal(defaults.Kmip, options.Kmip);
        Assert.Equal(defaults.Seal, options.Seal);
        Assert.Equal(defaults.Audit.FailClosed, options.Audit.FailClosed);
        Assert.Equal(defaults.Audit.AnswerEarly, options.Audit.AnswerEarly);
        Assert.Equal(defaults.Audit, options.Audit with { FailClosed = defaults.Audit.FailClosed, AnswerEarly = defaults.Audit.AnswerEarly });
    }
}
