namespace Keyreeve.Core.Audit;

/// <summary>An event as canonical JSON (RFC 8785): the form in which it is chained.</summary>
public static class AuditJson
{
    /// <summary>Encodes an event.</summary>
    public static byte[] Encode(AuditEvent auditEvent) => throw new InvalidOperationException("to be written: " + auditEvent?.Id);
}
