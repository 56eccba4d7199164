namespace Keyreeve.Core.Audit.Indexing;

/// <summary>From when to when the records of a block are, in microseconds since 1970.</summary>
/// <param name="Earliest">The earliest.</param>
/// <param name="Latest">The latest.</param>
internal sealed record BlockTimes(long Earliest, long Latest);
