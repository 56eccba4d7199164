namespace Keyreeve.Integration.Sealing;

/// <summary>A server whose store is put back to a copy that was made before.</summary>
public sealed class RestorableServer : ServerFixture
{
    /// <summary>Why an older store is accepted at the next start; null: it is not.</summary>
    public string? Reason { get; set; }

    protected override IReadOnlyList<string> Settings => Reason is null ? [] : [$"server.accept-rollback={Reason}"];

    private string Yesterday => Path.Combine(Folder, "yesterday");

    /// <summary>Copies the store, while the server is stopped for it.</summary>
    public async Task KeepCopyAsync()
    {
        await Server.StopAsync();
        Directory.CreateDirectory(Yesterday);
        foreach (var file in Directory.GetFiles(DataDirectory, "keyreeve.db*")) File.Copy(file, Path.Combine(Yesterday, Path.GetFileName(file)));
        await RestartAsync();
    }

    /// <summary>Stops the server, and puts the copy in the store's place.</summary>
    public async Task PutBackAsync()
    {
        await Server.StopAsync();
        foreach (var file in Directory.GetFiles(DataDirectory, "keyreeve.db*")) File.Delete(file);
        foreach (var file in Directory.GetFiles(Yesterday)) File.Copy(file, Path.Combine(DataDirectory, Path.GetFileName(file)));
    }
}
