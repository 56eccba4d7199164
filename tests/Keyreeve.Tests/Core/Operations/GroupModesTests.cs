using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Core.Operations;

public sealed class GroupModesTests
{
    private static readonly GroupModes Modes = new(
    [
        KeyValuePair.Create(GroupName.Parse("old"), GroupMode.InsecureInterop), KeyValuePair.Create(GroupName.Parse("old/but/strict"), GroupMode.Strict),
    ]);

    [Theory]
    [InlineData("old", GroupMode.InsecureInterop)]
    [InlineData("old/tapes", GroupMode.InsecureInterop)]
    [InlineData("old/but", GroupMode.InsecureInterop)]
    [InlineData("old/but/strict", GroupMode.Strict)]
    [InlineData("old/but/strict/below", GroupMode.Strict)]
    [InlineData("older", GroupMode.Strict)]
    [InlineData("new/old", GroupMode.Strict)]
    [InlineData("default", GroupMode.Strict)]
    public void Of_ItsOwnOrTheNearestAbove(string group, GroupMode expected) => Assert.Equal(expected, Modes.Of(GroupName.Parse(group)));

    [Fact]
    public void AllStrict_IsStrict() => Assert.Equal(GroupMode.Strict, GroupModes.AllStrict.Of(GroupName.Parse("old")));

    [Fact]
    public void InteropGroups_AreSaid() => Assert.Equal(["old"], Modes.InteropGroups.Select(g => g.Value));
}
