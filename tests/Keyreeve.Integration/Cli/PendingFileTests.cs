using Keyreeve.Crypto.Files;
using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class PendingFileTests
{
    [Fact]
    public void Commit_NewFile_AppearsThenAndForItsOwnerAlone()
    {
        using var scratch = new Scratch();
        using (var file = PendingFile.Create(scratch["out"]))
        {
            file.Stream.Write("contents"u8);
            Assert.False(Path.Exists(scratch["out"]));
            file.Commit(overwrite: false);
        }

        Assert.Equal("contents", File.ReadAllText(scratch["out"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch["out"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(scratch.Folder));
    }

    [Fact]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        using var scratch = new Scratch();
        using (var file = PendingFile.Create(scratch["out"]))
            file.Stream.Write("contents"u8);

        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commit_FileAppearedMeanwhile_IsReplacedOnlyWhenAllowed(bool overwrite)
    {
        using var scratch = new Scratch();
        using (var file = PendingFile.Create(scratch["out"]))
        {
            file.Stream.Write("new"u8);
            File.WriteAllText(scratch["out"], "old");
            if (overwrite)
                file.Commit(overwrite: true);
            else
                Assert.Throws<IOException>(() => file.Commit(overwrite: false));
        }

        Assert.Equal(overwrite ? "new" : "old", File.ReadAllText(scratch["out"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(scratch.Folder));
    }

    [Fact]
    public void Create_NotARegularFile_IsRefused()
    {
        using var scratch = new Scratch();

        Assert.Throws<IOException>(() => PendingFile.Create("/dev/null"));
        Assert.Throws<IOException>(() => PendingFile.Create(scratch.Folder));
        Assert.Throws<DirectoryNotFoundException>(() => PendingFile.Create(scratch["no/such/folder"]));
    }

    [Fact]
    public void Commit_ThroughASymbolicLink_ReplacesWhatItPointsTo()
    {
        using var scratch = new Scratch();
        File.WriteAllText(scratch["target"], "old");
        File.CreateSymbolicLink(scratch["link"], scratch["target"]);

        using (var file = PendingFile.Create(scratch["link"]))
        {
            file.Stream.Write("new"u8);
            file.Commit(overwrite: true);
        }

        Assert.Equal("new", File.ReadAllText(scratch["target"]));
        Assert.NotNull(File.ResolveLinkTarget(scratch["link"], returnFinalTarget: false));
    }
}
