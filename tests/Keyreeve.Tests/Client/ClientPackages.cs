using System.Reflection;
using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;

namespace Keyreeve.Tests.Client;

/// <summary>The client and the packages by which it plugs into frameworks: whatever is public there is asked the same.</summary>
internal static class ClientPackages
{
    public static Assembly[] All { get; } =
    [
        typeof(KeyreeveClient).Assembly,
        typeof(EntityProtection).Assembly,
    ];
}
