using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Xunit;
using static Keyreeve.Tests.Access.Questions;

namespace Keyreeve.Tests.Access;

public sealed partial class ApiTokenTests
{
    private static readonly AccessPolicy Everything = Compile(
        Allow("ann", "KeyUser"), Allow("ann", "KeyAdministrator"), Allow("ann", "SecurityOfficer"), Allow("ann", "Auditor"));

    [GeneratedRegex("^kr_[0-9a-f]{88}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AsAScannerSeesIt { get; }

    [Fact]
    public void Generate_Token_HasTheFormThatIsDocumentedAndIsReadAgain()
    {
        var token = ApiToken.Generate(out var identity, out var secretHash);

        Assert.Matches(AsAScannerSeesIt, token);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token[..83])))[..8], token[83..]);
        Assert.Equal("token-" + token[3..19], identity);
        var hash = new byte[32];
        Assert.True(ApiToken.TryRead(token, out var read, hash));
        Assert.Equal((identity, secretHash), (read, Convert.ToHexStringLower(hash)));
        Assert.Equal(secretHash, Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(token[19..83]))));
        Assert.NotEqual(token, ApiToken.Generate(out _, out _));
    }

    [Fact]
    [Trait("Attack", "24")]
    public void TryRead_AnotherSpelling_IsNone()
    {
        var token = ApiToken.Generate(out _, out _);
        var hash = new byte[32];

        foreach (var other in (string[])[token.ToUpperInvariant(), "KR_" + token[3..], token + " ", " " + token, token + "\n", token[..^1], token + "0", token.Replace('0', 'o'), "", "kr_"])
            if (!string.Equals(other, token, StringComparison.Ordinal)) Assert.False(ApiToken.TryRead(other, out _, hash), other);
        for (var i = 3; i < token.Length; i++)
            Assert.False(ApiToken.TryRead($"{token[..i]}{(token[i] == '0' ? '1' : '0')}{token[(i + 1)..]}", out _, hash), $"digit {i}");
    }

    [Theory]
    [InlineData(OperationName.Encrypt, "payments/cards", true)]
    [InlineData(OperationName.GetAttributes, "payments", true)]
    [InlineData(OperationName.Encrypt, "payments2", false)]
    [InlineData(OperationName.Encrypt, null, false)]
    [InlineData(OperationName.Decrypt, "payments", false)]
    [InlineData(OperationName.Rotate, "payments", false)]
    [InlineData(OperationName.ReadAudit, null, false)]
    [InlineData(OperationName.Locate, null, true)]
    [InlineData(OperationName.CreateOwnToken, null, false)]
    [InlineData(OperationName.CreateToken, null, false)]
    [InlineData(OperationName.RevokeOwnToken, null, false)]
    [InlineData(OperationName.ReProvision, null, false)]
    public void Decide_CallerWithAToken_MayWhatBothMay(OperationName operation, string? group, bool isAllowed)
    {
        var ann = With(Terms(Role.Encrypter, groups: "payments"));

        var decision = Everything.Decide(Ask(ann, operation, group));

        Assert.Equal(isAllowed, decision.IsAllowed);
        if (!isAllowed) Assert.Equal("token-1", decision.Rule);
    }

    [Fact]
    [Trait("Attack", "31")]
    public void Decide_TokenWithMoreThanItsPrincipal_GivesNothing()
    {
        var ann = With(Terms(Role.KeyExporter));

        Assert.Equal("default-deny", Everything.Decide(Ask(ann, OperationName.Get, "payments")).Rule);
    }

    [Fact]
    public void Decide_TokenForAKey_IsForNoOther()
    {
        var ann = With(Terms(Role.KeyUser, keys: KeyOne.ToString()));

        Assert.True(Everything.Decide(Ask(ann, OperationName.Decrypt, "payments", KeyOne)).IsAllowed);
        Assert.False(Everything.Decide(Ask(ann, OperationName.Decrypt, "payments", KeyTwo)).IsAllowed);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("10.2.2.3", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("", false)]
    public void Decide_TokenForANetwork_HoldsOnlyThere(string address, bool isAllowed)
    {
        var ann = With(Terms(Role.KeyUser, networks: "10.1.0.0/16")) with { SourceAddress = address };

        Assert.Equal(isAllowed, Everything.Decide(Ask(ann, OperationName.Decrypt, "payments")).IsAllowed);
        Assert.Equal(isAllowed, Everything.Decide(Ask(ann, OperationName.Locate)).IsAllowed);
    }

    [Fact]
    public void Decide_TokenThatHasEnded_GivesNothing()
    {
        var ann = With(Terms(Role.KeyUser));

        Assert.True(Everything.Decide(Ask(ann with { Time = Noon.AddMinutes(59) }, OperationName.Decrypt, "payments")).IsAllowed);
        Assert.False(Everything.Decide(Ask(ann with { Time = Noon.AddMinutes(60) }, OperationName.Decrypt, "payments")).IsAllowed);
    }

    [Fact]
    public void Decide_TokenOfADisabledPrincipal_GivesNothing()
    {
        var ann = With(Terms(Role.KeyUser));

        Assert.Equal("principal-disabled", Everything.Decide(Ask(ann with { Principal = ann.Principal with { IsDisabled = true } }, OperationName.Decrypt, "payments")).Rule);
    }

    [Fact]
    public void Decide_OwnTokens_UnlessABindingTakesItAway()
    {
        var ann = Call(Principal("ann"));
        var none = new TenantPolicy
        {
            Roles = [new CustomRole("token-making", OperationSet.Of(OperationName.CreateOwnToken))],
            Bindings = [new AccessBinding { IsDeny = true, IsForEveryone = true, Role = "token-making" }],
        };

        Assert.True(Compile().Decide(Ask(ann, OperationName.CreateOwnToken)).IsAllowed);
        Assert.False(Compile(none).Decide(Ask(ann, OperationName.CreateOwnToken)).IsAllowed);
        Assert.True(Compile(none).Decide(Ask(ann, OperationName.ListOwnTokens)).IsAllowed);
        Assert.False(Compile().Decide(Ask(ann, OperationName.CreateToken, "payments")).IsAllowed);
    }

    [Fact]
    public void ReadNetwork_WhatIsNone_IsRefused() =>
        Assert.Equal(KeyreeveError.InvalidField, Assert.Throws<KeyreeveException>(() => TokenRights.ReadNetwork("10.1.2.3/16")).Error);

    private static Call With(TokenTerms terms) => Call(Principal("ann") with { Token = new TokenRights("token-1", terms) }) with { Protocol = Protocol.Rest };

    private static TokenTerms Terms(Role role, string? groups = null, string? keys = null, string? networks = null) => new()
    {
        SecretHash = new string('0', 64),
        Label = "test",
        CreatedAt = Noon,
        CreatedBy = "ann",
        ExpiresAt = Noon.AddHours(1),
        Roles = [role],
        Groups = groups is null ? [] : [groups],
        Keys = keys is null ? [] : [keys],
        Networks = networks is null ? [] : [networks],
    };
}
