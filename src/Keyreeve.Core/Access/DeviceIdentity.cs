using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Core.Access;

/// <summary>What a device says of itself: at least one of these. Two devices that differ in one are two.</summary>
/// <param name="SerialNumber">Device Serial Number.</param>
/// <param name="DeviceIdentifier">Device Identifier.</param>
/// <param name="NetworkIdentifier">Network Identifier.</param>
/// <param name="MachineIdentifier">Machine Identifier.</param>
/// <param name="MediaIdentifier">Media Identifier.</param>
public sealed record DeviceIdentity(
    string? SerialNumber, string? DeviceIdentifier, string? NetworkIdentifier, string? MachineIdentifier, string? MediaIdentifier)
{
    /// <summary>The Name under which its credential is kept, which makes it unique.</summary>
    public string Name
    {
        get
        {
            var fields = new[] { SerialNumber, DeviceIdentifier, NetworkIdentifier, MachineIdentifier, MediaIdentifier };
            // Each with its length, so that no two devices read alike; -1 for what is absent.
            var text = string.Join('|', fields.Select(static f => $"{f?.Length ?? -1}:{f}"));
            return $"device:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
        }
    }

    /// <summary>The name for people.</summary>
    public string Label => SerialNumber ?? DeviceIdentifier ?? MachineIdentifier ?? NetworkIdentifier ?? MediaIdentifier
        ?? throw new KeyreeveException(KeyreeveError.MissingField, "A Device credential states at least one of its fields.");
}
