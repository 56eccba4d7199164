namespace Keyreeve.Core.Operations;

/// <summary>
/// A change of something that is not in the store, such as the seal file: prepared while the operation runs, made when its audit record is
/// durable, and undone as far as it was prepared if that never happens.
/// </summary>
public interface IRecordedChange : IAsyncDisposable
{
    /// <summary>Makes the change. Its record stands in the trail already.</summary>
    /// <exception cref="KeyreeveException">It cannot be made, which is recorded too.</exception>
    ValueTask MakeAsync();
}
