using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>What must not work on the wire, tried on a real connection; the server answers others meanwhile and afterwards.</summary>
public sealed class KmipWireAttackTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    public static TheoryData<string, string> Malformed
    {
        get
        {
            var query = RawKmipClient.Query();
            return new()
            {
                { "length 0xFFFFFFFF", Hex(query, (4, [0xFF, 0xFF, 0xFF, 0xFF])) },
                { "child longer than its parent", Hex(query, (12, [0x00, 0x00, 0x7F, 0xF8])) },
                { "wrong type of the header", Hex(query, (11, [0x02])) },
                { "an Integer of length 8", Hex(query, (28, [0x00, 0x00, 0x00, 0x08])) },
                { "non-zero padding", Hex(query, (36, [0x01])) },
                { "another protocol", Convert.ToHexString("GET / HTTP/1.1\r\n\r\n"u8) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    [Trait("Attack", "1")]
    [Trait("Attack", "2")]
    [Trait("Attack", "4")]
    [Trait("Attack", "5")]
    public async Task Message_Malformed_IsRefusedAndTheConnectionClosed(string what, string hex)
    {
        using var certificate = door.Enrol("malformed");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(Convert.FromHexString(hex));

        var item = await client.ReceiveAsync();
        Assert.True(item is { ResultStatus: ResultStatus.OperationFailed, ResultReason: ResultReason.InvalidMessage }, what);
        Assert.True(await client.IsClosedAsync());
        await AssertServesAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "3")]
    public async Task Message_NestedTenThousandDeep_IsRefused()
    {
        using var certificate = door.Enrol("deep");
        const int Depth = 10_000;
        var bytes = new byte[Depth * 8];
        for (var i = 0; i < Depth; i++)
        {
            byte[] header = [0x42, 0x00, i == 0 ? (byte)0x78 : (byte)0x77, 0x01];
            header.CopyTo(bytes, i * 8);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan((i * 8) + 4), bytes.Length - ((i + 1) * 8));
        }

        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(bytes);
        Assert.Equal(ResultReason.InvalidMessage, (await client.ReceiveAsync())!.Value.ResultReason);
        await AssertServesAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "6")]
    public async Task Operation_Unknown_IsRefusedAndTheConnectionLives()
    {
        using var certificate = door.Enrol("unknown-operation");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Message(ProtocolVersion.Kmip14, null, ((Operation)0x7777, [])));
        Assert.Equal(ResultReason.OperationNotSupported, (await client.ReceiveAsync())!.Value.ResultReason);

        // A tag that does not belong into the payload.
        await client.SendAsync(RawKmipClient.Message(
            ProtocolVersion.Kmip14, null, (Operation.Activate, KmipValue.Structure(((Tag)0x42FFF0, KmipValue.Integer(1))).Encoded.ToArray())));
        Assert.Equal(ResultReason.InvalidField, (await client.ReceiveAsync())!.Value.ResultReason);

        await client.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await client.ReceiveAsync())!.Value.ResultStatus);
    }

    // spec: KMIP 1.4 §11.1 "unknown field … Invalid Field", "Message cannot be parsed … a Batch Item without Operation … Invalid Message";
    // 2.1 §11.46 Unknown Tag, "Invalid Message … the invalid use of a known tag".
    [Theory]
    [InlineData(1, 0, 0x42FFF0, ResultReason.InvalidField)]
    [InlineData(1, 4, 0x540001, ResultReason.InvalidField)]
    [InlineData(2, 1, 0x42FFF0, ResultReason.UnknownTag)]
    [InlineData(1, 4, (int)Tag.Username, ResultReason.InvalidMessage)]
    [InlineData(2, 1, (int)Tag.Username, ResultReason.InvalidMessage)]
    [Trait("Attack", "6")]
    public async Task Header_WithAFieldThatItHasNot_IsRefusedAndTheConnectionLives(int major, int minor, int tag, ResultReason reason)
    {
        using var certificate = door.Enrol("unknown-field");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.WithHeaderField(new ProtocolVersion(major, minor), (Tag)tag, KmipValue.Integer(1)));
        var item = (await client.ReceiveAsync())!.Value;
        Assert.Equal(reason, item.ResultReason);
        Assert.Null(item.Operation);

        await client.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await client.ReceiveAsync())!.Value.ResultStatus);
    }

    [Theory]
    [InlineData(1, 4, Tag.BatchErrorContinuationOption)]
    [InlineData(2, 1, Tag.BatchErrorContinuationOption)]
    [InlineData(2, 1, Tag.AsynchronousIndicator)]
    [Trait("Attack", "6")]
    public async Task Header_WithAnUnknownEnumeration_IsRefusedAndTheConnectionLives(int major, int minor, Tag tag)
    {
        using var certificate = door.Enrol("unknown-enumeration");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.WithHeaderField(new ProtocolVersion(major, minor), tag, KmipValue.Enumeration(0x77)));
        Assert.Equal(ResultReason.InvalidField, (await client.ReceiveAsync())!.Value.ResultReason);

        await client.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await client.ReceiveAsync())!.Value.ResultStatus);
    }

    [Fact]
    [Trait("Attack", "4")]
    public async Task Message_MalformedInAVersionThatHasAReason_IsACodecError()
    {
        using var certificate = door.Enrol("codec-error");
        var message = RawKmipClient.Message(ProtocolVersion.Kmip21, null, (Operation.Query, RawKmipClient.Payload(new QueryRequest(), ProtocolVersion.Kmip21)));
        message[^8] = 0x43;
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(message);
        Assert.Equal(ResultReason.CodecError, (await client.ReceiveAsync())!.Value.ResultReason);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    [Trait("Attack", "7")]
    public async Task Batch_CountThatDisagrees_IsRefused()
    {
        using var certificate = door.Enrol("batch-count");
        var query = RawKmipClient.Payload(new QueryRequest(), ProtocolVersion.Kmip14);
        var message = RawKmipClient.Message(ProtocolVersion.Kmip14, null, (Operation.Query, query), (Operation.Query, query));
        var count = message.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x42, 0x00, 0x0D, 0x02, 0x00, 0x00, 0x00, 0x04]);
        message[count + 11] = 3;
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(message);
        Assert.Equal(ResultReason.InvalidMessage, (await client.ReceiveAsync())!.Value.ResultReason);
    }

    [Theory]
    [InlineData(1, 0, 1, 0)]
    [InlineData(1, 4, 1, 4)]
    [InlineData(2, 1, 2, 1)]
    [InlineData(9, 7, 1, 0)]
    [Trait("Attack", "7")]
    public async Task Message_ThatCannotBeRead_IsAnsweredInItsVersionIfThatIsSpokenHere(int major, int minor, int answerMajor, int answerMinor)
    {
        using var certificate = door.Enrol("unreadable");
        var version = new ProtocolVersion(major, minor);
        var query = RawKmipClient.Payload(new QueryRequest(), ProtocolVersion.Kmip14);
        var message = RawKmipClient.Message(version, null, (Operation.Query, query));
        if (major < 3) message[message.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x42, 0x00, 0x0D, 0x02, 0x00, 0x00, 0x00, 0x04]) + 11] = 2;
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(message);
        var header = await client.ReceiveHeaderAsync();
        Assert.Equal(new ProtocolVersion(answerMajor, answerMinor), header!.Value.ProtocolVersion);
    }

    [Fact]
    [Trait("Attack", "7")]
    public async Task Batch_TooManyItems_IsRefused()
    {
        using var certificate = door.Enrol("batch-size");
        var query = RawKmipClient.Payload(new QueryRequest(), ProtocolVersion.Kmip14);
        var items = Enumerable.Repeat((Operation.Query, query), door.Options.MaxBatchItems + 1).ToArray();
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Message(ProtocolVersion.Kmip14, null, items));
        Assert.Equal(ResultReason.InvalidMessage, (await client.ReceiveAsync())!.Value.ResultReason);
    }

    [Fact]
    [Trait("Attack", "15")]
    public async Task Response_LongerThanTheMaximum_IsTheProtocolsError()
    {
        using var certificate = door.Enrol("maximum-response");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Query(maximumResponseSize: 256));
        var item = (await client.ReceiveAsync())!.Value;
        Assert.Equal(ResultReason.ResponseTooLarge, item.ResultReason);
        Assert.Null(item.ResponsePayload);
    }

    [Fact]
    public async Task Messages_SentWithoutWaiting_AreAnsweredInOrder()
    {
        using var certificate = door.Enrol("pipelined");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        var good = RawKmipClient.Query();
        var bad = RawKmipClient.Message(ProtocolVersion.Kmip14, null, ((Operation)0x7777, []));
        await client.SendAsync([.. good, .. bad, .. good, .. bad]);
        foreach (var expected in new[] { ResultStatus.Success, ResultStatus.OperationFailed, ResultStatus.Success, ResultStatus.OperationFailed })
            Assert.Equal(expected, (await client.ReceiveAsync())!.Value.ResultStatus);
    }

    private async Task AssertServesAsync(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await client.ReceiveAsync())!.Value.ResultStatus);
    }

    private static string Hex(byte[] message, (int Offset, byte[] Bytes) change)
    {
        var altered = (byte[])message.Clone();
        change.Bytes.CopyTo(altered, change.Offset);
        return Convert.ToHexString(altered);
    }
}

/// <summary>Clients that take their time, on a door with short deadlines and few places.</summary>
[Trait("Speed", "Slow")]
public sealed class KmipSlowClientTests : IAsyncLifetime
{
    private readonly KmipDoor _door = new()
    {
        Options = new KmipOptions
        {
            Port = 0,
            MaxConnectionsPerIdentity = 4,
            HandshakeTimeLimit = TimeSpan.FromSeconds(1),
            IdleTimeLimit = TimeSpan.FromSeconds(2),
            MessageTimeLimit = TimeSpan.FromSeconds(1),
            SendTimeLimit = TimeSpan.FromSeconds(1),
        },
    };

    public ValueTask InitializeAsync() => _door.InitializeAsync();

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    [Trait("Attack", "8")]
    public async Task Message_ByteByByte_IsCutOffAtItsDeadline()
    {
        using var certificate = _door.Enrol("slow");
        await using var client = await RawKmipClient.ConnectAsync(_door, certificate);
        var closed = client.IsClosedAsync();
        var query = RawKmipClient.Query();
        var sent = 0;
        while (!closed.IsCompleted && sent < query.Length)
        {
            try
            {
                await client.SendAsync(query[sent..(sent + 1)]);
            }
            catch (IOException)
            {
                break;
            }

            sent++;
            await Task.WhenAny(closed, Task.Delay(100));
        }

        Assert.True(sent < query.Length, "The whole message was accepted.");
        Assert.True(await closed.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task Connections_MoreThanAnIdentityMayHave_AreRefusedAndOthersServed()
    {
        using var greedy = _door.Enrol("greedy");
        using var other = _door.Enrol("other");
        var connections = new List<RawKmipClient>();
        for (var i = 0; i < 4; i++) connections.Add(await RawKmipClient.ConnectAsync(_door, greedy));
        await using var fifth = await RawKmipClient.ConnectAsync(_door, greedy);
        Assert.True(await fifth.IsClosedAsync());

        await using var served = await RawKmipClient.ConnectAsync(_door, other);
        await served.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await served.ReceiveAsync())!.Value.ResultStatus);
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task Connection_Idle_IsClosed()
    {
        using var certificate = _door.Enrol("idle");
        await using var client = await RawKmipClient.ConnectAsync(_door, certificate);
        Assert.True(await client.IsClosedAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task Client_ThatNeverReads_IsCutOff()
    {
        using var certificate = _door.Enrol("deaf");
        await using var client = await RawKmipClient.ConnectAsync(_door, certificate, receiveBufferInBytes: 4096);
        var query = RawKmipClient.Query();
        byte[] many = [.. Enumerable.Repeat(query, 200).SelectMany(q => q)];
        var refused = await Record.ExceptionAsync(async () =>
        {
            for (var i = 0; i < 1000; i++) await client.SendAsync(many).WaitAsync(TimeSpan.FromSeconds(10));
        });
        Assert.IsAssignableFrom<IOException>(refused);
    }
}

/// <summary>Certificates that do not identify anybody here.</summary>
public sealed class KmipCertificateTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_Absent_IsRefused() => await AssertRefusedAsync(null);

    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_Expired_IsRefused()
    {
        using var certificate = door.Authority.IssueExpiredClient("expired");
        await AssertRefusedAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_OfAServer_IsRefused()
    {
        using var certificate = door.Authority.IssueServer("localhost");
        await AssertRefusedAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_OfAnotherAuthorityOfThatName_IsRefused()
    {
        using var impostor = new TestAuthority(door.Authority.Certificate.Subject);
        using var certificate = impostor.IssueClient("app");
        await AssertRefusedAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_IssuedByALeaf_IsRefused()
    {
        using var leaf = door.Enrol("leaf");
        using var certificate = TestAuthority.IssueByLeaf(leaf, "below");
        await AssertRefusedAsync(certificate);
    }

    [Fact]
    [Trait("Attack", "16")]
    [Trait("Attack", "26")]
    public async Task Certificate_OfADisabledPrincipal_IsRefusedOnAnOpenConnection()
    {
        using var certificate = door.Enrol("soon-disabled");
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await client.ReceiveAsync())!.Value.ResultStatus);

        door.Disable(certificate);
        // It is told so, unless the server was faster and has ended the connection.
        var refused = await Record.ExceptionAsync(async () =>
        {
            await client.SendAsync(RawKmipClient.Query());
            if (await client.ReceiveAsync() is { } answer) Assert.Equal(ResultReason.AuthenticationNotSuccessful, answer.ResultReason);
        });
        Assert.True(refused is null or IOException, $"{refused}");
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Batch_WhoseSenderIsDisabledMeanwhile_IsDoneNoFurther()
    {
        using var certificate = door.Enrol("soon-disabled-in-a-batch", "halfway");
        using var witness = door.Enrol("halfway-witness", "halfway");
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        await using var client = door.Client(witness, ProtocolVersion.Kmip21);
        var create = RawKmipClient.Payload(new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(
                KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)),
        }, ProtocolVersion.Kmip21);
        // What the first item makes is the moment at which its maker is disabled.
        using (door.Services.Changes.Subscribe(_ => door.Disable(certificate)))
        {
            await raw.SendAsync(RawKmipClient.Message(ProtocolVersion.Kmip21, null, (Operation.Create, create), (Operation.Create, create), (Operation.Create, create)));
            await UntilClosedAsync(raw);
        }

        Assert.Single(await client.LocateAsync(AttributeList.Empty));

        // The answer may be cut off, since the connection is ended; what counts is what was done.
        static async Task UntilClosedAsync(RawKmipClient raw)
        {
            while (!await raw.IsClosedAsync()) await Task.Yield();
        }
    }

    private async Task AssertRefusedAsync(System.Security.Cryptography.X509Certificates.X509Certificate2? certificate)
    {
        // Under TLS 1.3 a client learns of a refusal at its first read.
        var failure = await Record.ExceptionAsync(async () =>
        {
            await using var client = await RawKmipClient.ConnectAsync(door, certificate);
            await client.SendAsync(RawKmipClient.Query());
            if (await client.ReceiveAsync() is not null) throw new InvalidOperationException("The server answered.");
            throw new IOException("Closed without an answer.");
        });
        Assert.True(failure is IOException or System.Security.Authentication.AuthenticationException, failure?.ToString());
    }
}
