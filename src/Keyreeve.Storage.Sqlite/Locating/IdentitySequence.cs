using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>Identities from the newest to the oldest, that can be told to skip.</summary>
internal abstract class IdentitySequence
{
    /// <summary>Where the sequence stands; valid after <see cref="MoveTo"/> returned true.</summary>
    public UInt128 Current { get; protected set; }

    /// <summary>Goes to the newest identity that is not newer than <paramref name="bound"/>; bounds never grow. False if there is none.</summary>
    public abstract bool MoveTo(UInt128 bound);
}

/// <summary>The identities one statement yields; its parameter 4 is the bound.</summary>
internal sealed class StatementSequence(SqliteStatement statement) : IdentitySequence
{
    // Neighbours are cheaper to step over than to jump past: a jump goes down the tree once more.
    private const int MaxSteps = 6;

    private bool _isStarted;
    private bool _isAtEnd;

    public override bool MoveTo(UInt128 bound)
    {
        if (_isStarted && !_isAtEnd && Current <= bound) return true;
        for (var i = 0; _isStarted && i < MaxSteps; i++)
        {
            if (!Next()) return false;
            if (Current <= bound) return true;
        }

        if (_isAtEnd) return false;
        _isStarted = true;
        statement.Reset();
        statement.BindIdentifier(4, bound);
        return Next();
    }

    private bool Next()
    {
        if (_isAtEnd) return false;
        _isAtEnd = !statement.Step();
        if (!_isAtEnd) Current = statement.IdentifierBits(0);
        return !_isAtEnd;
    }
}

/// <summary>What is in any of several sequences.</summary>
internal sealed class UnionSequence(IReadOnlyList<IdentitySequence> parts) : IdentitySequence
{
    public override bool MoveTo(UInt128 bound)
    {
        var found = false;
        foreach (var part in parts)
        {
            if (!part.MoveTo(bound)) continue;
            if (!found || part.Current > Current) Current = part.Current;
            found = true;
        }

        return found;
    }
}

/// <summary>What is in all of several sequences: each jumps to where the others stand.</summary>
internal sealed class IntersectionSequence(IReadOnlyList<IdentitySequence> parts) : IdentitySequence
{
    public override bool MoveTo(UInt128 bound)
    {
        Current = bound;
        for (var agreeing = 0; agreeing < parts.Count;)
        {
            agreeing = 0;
            foreach (var part in parts)
            {
                if (!part.MoveTo(Current)) return false;
                if (part.Current != Current) agreeing = 0;
                Current = part.Current;
                agreeing++;
            }
        }

        return true;
    }
}
