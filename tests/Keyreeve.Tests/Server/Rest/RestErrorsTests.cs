using Keyreeve.Core;
using Keyreeve.Server.Rest;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class RestErrorsTests
{
    public static TheoryData<KeyreeveError> All => [.. Enum.GetValues<KeyreeveError>()];

    [Theory]
    [MemberData(nameof(All))]
    public void For_EveryReason_IsARefusalWithATitle(KeyreeveError error)
    {
        var row = RestErrors.For(error);

        Assert.InRange(row.Status, 400, 599);
        Assert.NotEmpty(row.Title);
        Assert.Equal("urn:keyreeve:error:" + error, RestErrors.TypeOf(error));
    }

    [Fact]
    public void For_WhatIsHiddenAndWhatIsAbsent_IsOneStatus() => Assert.Equal(404, RestErrors.For(KeyreeveError.ItemNotFound).Status);
}
