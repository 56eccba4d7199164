using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.Envelopes;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Client;

/// <summary>What the public API must not let happen, asked of all of it.</summary>
public sealed class MisuseTests
{
    private static readonly Type[] Exported = [.. ClientPackages.All.SelectMany(static assembly => assembly.GetExportedTypes())];

    private static readonly Type[] ExportedWithEngine = [.. Exported, .. ClientPackages.Engine.GetExportedTypes()];

    private static readonly MethodBase[] Methods = [.. MembersOf(Exported).OfType<MethodBase>()];

    [Fact]
    [Trait("Attack", "36")]
    public void Api_NoParameter_IsANonceOrASalt()
    {
        Assert.NotEmpty(Methods);
        Assert.DoesNotContain(Methods.SelectMany(static method => method.GetParameters()), static parameter =>
            IsNamed(parameter.Name, "nonce", "iv", "salt", "counter", "tag"));
    }

    // What derives keys of passwords takes salts, and what checks a MAC takes tags: the engine may. What takes a nonce is the server's alone.
    [Fact]
    [Trait("Attack", "36")]
    public void Api_OfTheEngine_TakesNoNonce() =>
        Assert.DoesNotContain(MembersOf(ClientPackages.Engine.GetExportedTypes()).OfType<MethodBase>().SelectMany(static method => method.GetParameters()), static parameter =>
            IsNamed(parameter.Name, "nonce", "iv", "counter", "initialCounter", "tweak"));

    [Fact]
    public void Api_OfTheEngine_TakesKeysAsSecretsAlone() =>
        Assert.DoesNotContain(MembersOf(ClientPackages.Engine.GetExportedTypes()).OfType<MethodBase>().SelectMany(static method => method.GetParameters()), static parameter =>
            (IsBytes(parameter.ParameterType) && IsNamed(parameter.Name, "key", "datakey", "material", "kek", "dek"))
            || ((IsBytes(parameter.ParameterType) || parameter.ParameterType == typeof(string)) && IsNamed(parameter.Name, "secret", "password", "passphrase", "pin")));

    [Fact]
    public void Api_NoParameter_IsARawKey() =>
        Assert.DoesNotContain(Methods.SelectMany(static method => method.GetParameters()), static parameter =>
            IsBytes(parameter.ParameterType) && IsNamed(parameter.Name, "key", "datakey", "secret", "material", "password", "pin", "kek", "dek"));

    [Fact]
    public void Api_NoParameter_NamesAnAlgorithmBesideBytes() =>
        Assert.DoesNotContain(Methods, static method => method.GetParameters().Any(static p => IsNamed(p.Name, "algorithm", "cipher", "mode"))
            && method.GetParameters().Any(static p => IsBytes(p.ParameterType)));

    [Fact]
    public void Api_NothingThatIsAKey_ComesOutAsBytesOrText()
    {
        foreach (var member in MembersOf(ExportedWithEngine).Where(static member => !member.Name.Contains("Dangerous", StringComparison.Ordinal)))
        {
            var type = member switch
            {
                PropertyInfo property => property.PropertyType,
                FieldInfo field => field.FieldType,
                MethodInfo { IsSpecialName: false } method => Unwrapped(method.ReturnType),
                _ => typeof(void),
            };
            var isKey = member.Name.Contains("DataKey", StringComparison.Ordinal) || IsNamed(member.Name, "secret", "material", "password", "passphrase");
            Assert.False(isKey && (IsBytes(type) || type == typeof(string)), $"{member.DeclaringType}.{member.Name} gives a key away.");
        }
    }

    [Fact]
    public void Api_WhatEncryptsOrDecryptsAValue_DemandsAContext()
    {
        // What describes a model takes no value: the rows are the context there.
        foreach (var method in Methods.OfType<MethodInfo>().Where(static method => method.ReturnType != typeof(EncryptedPropertyBuilder) && method.Name is "EncryptAsync" or "DecryptAsync" or "Encrypt" or "Decrypt" or "EncryptTextAsync"
            or "DecryptTextAsync" or "EncryptFileAsync" or "DecryptFileAsync" or "OpenReadAsync" or "OpenWriteAsync"))
        {
            var context = Assert.Single(method.GetParameters(), static parameter => parameter.ParameterType == typeof(EncryptionContext));
            Assert.False(context.IsOptional, $"{method.DeclaringType}.{method.Name}: an empty context is written out.");
        }
    }

    [Fact]
    [Trait("Attack", "52")]
    public void WhatHoldsSecrets_ShownInAnyWay_ShowsNothing()
    {
        using var secret = SecretBytes.CopyFrom("PLANTED-MARKER-0123456789-ABCDEF"u8);
        var wrapped = new WrappedDataKey(Guid.NewGuid(), 1, [1, 2, 3]);
        var cached = new CachedDataKey(secret.Clone(), EnvelopeSuite.Aes256Gcm, wrapped, 0);
        object[] holders =
        [
            secret, new DataKey(secret.Clone(), wrapped), cached, SecretReference.DangerousFromText("PLANTED-MARKER"u8),
            new BoundValue("PLANTED-MARKER"u8.ToArray(), EncryptionContext.Of(("n", "PLANTED-MARKER"))),
            new KeyServer { Address = new Uri("https://a:1"), Password = SecretReference.DangerousFromText("PLANTED-MARKER"u8) },
        ];

        foreach (var holder in holders)
        {
            Assert.DoesNotContain("PLANTED", holder.ToString(), StringComparison.Ordinal);
            Assert.All(holder.GetType().GetCustomAttributes<DebuggerDisplayAttribute>(), static shown => Assert.Equal("{ToString(),nq}", shown.Value));
            foreach (var property in holder.GetType().GetProperties().Where(static p => p.GetIndexParameters().Length == 0 && p.PropertyType != typeof(ReadOnlyMemory<byte>) && p.PropertyType != typeof(EncryptionContext)))
                Assert.DoesNotContain("PLANTED", $"{property.GetValue(holder)}", StringComparison.Ordinal);
        }

        foreach (var holder in holders.Where(static holder => holder is not (BoundValue or CachedDataKey)))
            Assert.DoesNotContain("PLANTED", Serialized(holder), StringComparison.Ordinal);
    }

    [Fact]
    public void Records_OfThePublicApi_HoldNoSecrets()
    {
        // A record's generated ToString shows every property.
        var records = ExportedWithEngine.Where(static type => type.GetMethod("<Clone>$") is not null).ToArray();
        Assert.NotEmpty(records);
        Assert.All(records.SelectMany(static type => type.GetProperties()), static property => Assert.NotEqual(typeof(SecretBytes), property.PropertyType));
    }

    private static IEnumerable<MemberInfo> MembersOf(IEnumerable<Type> types) =>
        types.SelectMany(static type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly));

    private static string Serialized(object holder)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(holder, holder.GetType());
            return System.Text.Encoding.UTF8.GetString(json);
        }
        catch (Exception refused) when (refused is NotSupportedException or InvalidOperationException)
        {
            return refused.ToString();
        }
    }

    private static Type Unwrapped(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)) ? type.GetGenericArguments()[0] : type;

    private static bool IsBytes(Type type) =>
        type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) || type == typeof(Memory<byte>) || type == typeof(ReadOnlySpan<byte>) || type == typeof(Span<byte>);

    private static bool IsNamed(string? name, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (string.Equals(name, word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
