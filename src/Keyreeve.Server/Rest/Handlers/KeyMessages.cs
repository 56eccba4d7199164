using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Tokens;
using Keyreeve.Server.Rest.Messages;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>Between what operations say of keys and what messages say.</summary>
internal static class KeyMessages
{
    public static KeyMessage Of(NamedKey key) => new()
    {
        Id = key.Id.ToString(),
        Name = key.Name,
        Group = key.Group.Value,
        Algorithm = key.Algorithm.ToString(),
        LengthInBits = key.LengthInBits,
        State = key.State.ToString(),
        Enabled = key.IsEnabled,
        CurrentVersion = key.CurrentVersion,
        CreatedAt = key.CreatedAt,
        DestructionDate = key.DestructionDate,
        Usage = WordsOf(key.Usage),
        Protection = key.Protection == KeyProtection.Hsm ? "hsm" : "software",
    };

    public static VersionListMessage Of(ImmutableArray<KeyVersion> versions) => new()
    {
        Versions =
        [
            .. versions.Select(version => new VersionMessage
            {
                Version = version.Number,
                Id = version.Id.ToString(),
                State = version.State.ToString(),
                CreatedAt = version.CreatedAt,
                ActivatedAt = version.ActivatedAt,
                IsCurrent = version.IsCurrent,
            }),
        ],
    };

    /// <summary>One of the standard's words: exactly as it is spelled there, and not its number.</summary>
    public static TEnum ParseWord<TEnum>(string text, string field)
        where TEnum : struct, Enum =>
        Enum.TryParse<TEnum>(text, ignoreCase: false, out var value) && string.Equals(value.ToString(), text, StringComparison.Ordinal) && !value.Equals(default(TEnum))
            ? value
            : throw new KeyreeveException(
                KeyreeveError.InvalidField,
                $"'{field}' is not one of the words that are known there: {string.Join(", ", Enum.GetValues<TEnum>().Where(static known => !known.Equals(default(TEnum))))}.");

    public static CryptographicUsageMask ParseUsage(ImmutableArray<string> words)
    {
        var mask = CryptographicUsageMask.NotSet;
        foreach (var word in words) mask |= ParseWord<CryptographicUsageMask>(word, "usage");
        return mask;
    }

    public static KeyProtection ParseProtection(string? word) => word switch
    {
        null => KeyProtection.Unstated,
        "software" => KeyProtection.Software,
        "hsm" => KeyProtection.Hsm,
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, "'protection' is 'software' or 'hsm'."),
    };

    private static ImmutableArray<string> WordsOf(CryptographicUsageMask mask)
    {
        // Nearly every key has this one.
        if (mask == CreateKeyRequest.DefaultUsage) return EncryptAndDecrypt;
        return [.. Enum.GetValues<CryptographicUsageMask>().Where(bit => bit != CryptographicUsageMask.NotSet && mask.HasFlag(bit)).Select(bit => bit.ToString())];
    }

    private static readonly ImmutableArray<string> EncryptAndDecrypt = ["Encrypt", "Decrypt"];
}
