namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>What a syslog header says of the message behind it.</summary>
/// <param name="Time">When it was.</param>
/// <param name="Severity">How serious, as syslog counts: 1 alert … 7 debug.</param>
/// <param name="Facility">13 for the audit trail, 3 for a daemon's own messages.</param>
/// <param name="MessageId">Its kind, one word.</param>
/// <param name="Serial">Its number.</param>
internal sealed record SyslogNote(DateTimeOffset Time, int Severity, int Facility, string MessageId, long Serial);
