namespace Keyreeve.Client;

/// <summary>How it stands with a server, as far as this client knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Serves">Whether its last answer was one; true before it was ever asked.</param>
/// <param name="LastFailure">Why it does not serve; null if it does.</param>
public sealed record KeyServerCondition(string Name, bool Serves, string? LastFailure);
