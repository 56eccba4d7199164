using System.Reflection;
using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Client.Json;

namespace Keyreeve.Tests.Client;

/// <summary>The client and the packages by which it plugs into frameworks: whatever is public there is asked the same.</summary>
internal static class ClientPackages
{
    public static Assembly[] All { get; } =
    [
        typeof(KeyreeveClient).Assembly,
        typeof(EntityProtection).Assembly,
        typeof(KeyreeveXmlEncryptor).Assembly,
        typeof(EncryptedSettings).Assembly,
        typeof(KeyProviderHealthCheck).Assembly,
        typeof(KmipSigningKey).Assembly,
        typeof(ProtectedJson).Assembly,
    ];
}
