namespace Keyreeve.Benchmarks;

/// <summary>Asks for one thing over and over, at one door, and counts the answers.</summary>
internal interface ILoad : IAsyncDisposable
{
    /// <summary>How many answers have come since it was made.</summary>
    long Answered { get; }

    /// <summary>Asks until it is told to stop.</summary>
    /// <exception cref="InvalidOperationException">An answer was not what is measured.</exception>
    Task RunAsync(CancellationToken stop);
}
