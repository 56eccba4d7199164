namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>
/// The one place that waits: Entity Framework makes objects of rows in synchronous code, and <c>SaveChanges</c> is synchronous. With the
/// data key in the cache nothing waits; else the thread does, for one question to the key provider, whose tasks need no other thread
/// of the caller's.
/// </summary>
internal static class Blocking
{
#pragma warning disable VSTHRD002, CA1849 // See above: there is no asynchronous way in.
    public static T Wait<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();

    public static void Wait(Task task) => task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA1849
}
