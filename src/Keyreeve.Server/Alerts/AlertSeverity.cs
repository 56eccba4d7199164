namespace Keyreeve.Server.Alerts;

/// <summary>How urgent an alert is.</summary>
public enum AlertSeverity
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>Worth a look.</summary>
    Notice,

    /// <summary>To be looked into today.</summary>
    Warning,

    /// <summary>To be looked into now.</summary>
    Critical,
}
