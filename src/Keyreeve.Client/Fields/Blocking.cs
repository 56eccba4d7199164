namespace Keyreeve.Client.Fields;

/// <summary>
/// The one place that waits, for frameworks that ask in synchronous code. With the data key in the cache nothing waits; else the
/// thread does, for one question to the key provider, whose tasks need no thread of the caller's to go on.
/// </summary>
internal static class Blocking
{
#pragma warning disable VSTHRD002, CA1849 // See above: there is no asynchronous way in.
    public static T Wait<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();

    public static void Wait(Task task) => task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA1849
}
