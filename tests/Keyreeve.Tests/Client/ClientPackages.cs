using System.Reflection;
using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Client.Json;
using Keyreeve.Client.Pkcs11;
using Keyreeve.Crypto;

namespace Keyreeve.Tests.Client;

/// <summary>
/// The client and the packages by which it plugs into frameworks and tokens: whatever is public there is asked the same.
/// <c>Keyreeve.Kmip</c> is not asked: it says what KMIP says, where nonces and keys in clear are fields of messages; the client gives none
/// of it out.
/// </summary>
internal static class ClientPackages
{
    /// <summary>The engine below, whose types come with the client's packages.</summary>
    public static Assembly Engine => typeof(SecretBytes).Assembly;

    public static Assembly[] All { get; } =
    [
        typeof(KeyreeveClient).Assembly,
        typeof(TokenProvider).Assembly,
        typeof(EntityProtection).Assembly,
        typeof(KeyreeveXmlEncryptor).Assembly,
        typeof(EncryptedSettings).Assembly,
        typeof(KeyProviderHealthCheck).Assembly,
        typeof(KmipSigningKey).Assembly,
        typeof(ProtectedJson).Assembly,
    ];
}
