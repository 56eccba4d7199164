namespace Keyreeve.Core.Audit;

/// <summary>What was answered without a record, since its class of operation does not fail closed.</summary>
/// <param name="Count">How many answers.</param>
/// <param name="First">When the first was.</param>
/// <param name="Last">When the last was.</param>
internal sealed record UnrecordedAnswers(long Count, DateTimeOffset First, DateTimeOffset Last);
