namespace Keyreeve.Core.Audit;

/// <summary>Which server a record comes from.</summary>
/// <param name="Node">The node of a cluster, as configured.</param>
/// <param name="Server">The key server's name.</param>
/// <param name="Address">The address at which it is reached.</param>
public sealed record AuditOrigin(string Node, string Server, string Address);
