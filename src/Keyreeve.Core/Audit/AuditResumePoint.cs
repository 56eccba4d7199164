namespace Keyreeve.Core.Audit;

/// <summary>A state of the chain that a checkpoint was signed for, and where its last line ends.</summary>
internal sealed record AuditResumePoint(ChainState State, int Segment, long Offset);
