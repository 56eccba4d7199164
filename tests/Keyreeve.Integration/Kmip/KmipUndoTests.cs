using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Batches that happen as a whole or not at all.</summary>
public sealed class KmipUndoTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly AttributeReference Note = AttributeReference.Vendor("x", "note");

    [Fact]
    public async Task Batch_WhoseLastItemFails_LeavesNothingAndSaysSo()
    {
        using var certificate = door.Enrol("undo-app", "undo");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var kept = await client.CreateAsync(ObjectType.SymmetricKey, Aes("undo-kept"));
        await client.AddAttributeAsync(kept, new KmipAttribute(Note, KmipValue.Text("before")));

        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
        var create = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes("undo-made") });
        batch.Add(new ModifyAttributeRequest { UniqueIdentifier = kept, NewAttribute = new KmipAttribute(Note, KmipValue.Text("after")) });
        batch.Add(new DestroyRequest { UniqueIdentifier = kept });
        batch.Add(new ActivateRequest { UniqueIdentifier = UniqueIdentifier.From(Guid.CreateVersion7().ToString()) });
        using (var answer = await client.SendAsync(batch))
        {
            var undone = Assert.Throws<KmipException>(() => answer.Get(create));
            Assert.Equal(ResultStatus.OperationUndone, undone.ResultStatus);
        }

        Assert.Empty(await client.LocateAsync(new AttributeList(KmipAttribute.Name("undo-made"))));
        Assert.Equal([kept], await client.LocateAsync(AttributeList.Empty));
        Assert.Equal("before", (await client.GetAttributesAsync(kept, [Note])).Single().Value.AsText());
        // The name is free, as if it had never been taken.
        await client.CreateAsync(ObjectType.SymmetricKey, Aes("undo-made"));
    }

    [Fact]
    public async Task Batch_Locates_WhatItHasMade_AndNobodyElseDoes()
    {
        using var certificate = door.Enrol("within-app", "within");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var name = new AttributeList(KmipAttribute.Name("within-made"));
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
        var create = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes("within-made") });
        var locate = batch.Add(new LocateRequest { Attributes = name });
        var destroy = batch.Add(new DestroyRequest());
        var gone = batch.Add(new LocateRequest { Attributes = name });
        using var answer = await client.SendAsync(batch);
        var made = answer.Get(create).UniqueIdentifier;
        Assert.Equal([made], answer.Get(locate).UniqueIdentifiers);
        Assert.Equal(made, answer.Get(destroy).UniqueIdentifier);
        Assert.Empty(answer.Get(gone).UniqueIdentifiers);
        Assert.Empty(await client.LocateAsync(name));
    }

    [Fact]
    public async Task Batches_ThatChangeTheSameObjects_AllHappenWhole()
    {
        using var certificate = door.Enrol("race-app", "race");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var (one, other) = (await client.CreateAsync(ObjectType.SymmetricKey, Aes("race-one")), await client.CreateAsync(ObjectType.SymmetricKey, Aes("race-other")));
        foreach (var id in new[] { one, other }) await client.AddAttributeAsync(id, new KmipAttribute(Note, KmipValue.Text("0")));

        async Task<bool> ChangeAsync(int number)
        {
            var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
            var value = new KmipAttribute(Note, KmipValue.Text($"{number}"));
            var first = batch.Add(new ModifyAttributeRequest { UniqueIdentifier = number % 2 == 0 ? one : other, NewAttribute = value });
            var second = batch.Add(new ModifyAttributeRequest { UniqueIdentifier = number % 2 == 0 ? other : one, NewAttribute = value });
            using var answer = await client.SendAsync(batch);
            try
            {
                answer.Get(first);
                answer.Get(second);
                return true;
            }
            catch (KmipException refused)
            {
                // Who has lost eight times to others is told so, and nothing of it has happened.
                Assert.True(refused.ResultStatus is ResultStatus.OperationUndone or ResultStatus.OperationFailed, refused.Message);
                return false;
            }
        }

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 12).Select(ChangeAsync));
        Assert.Contains(true, outcomes);
        var values = new List<string>();
        foreach (var id in new[] { one, other }) values.Add((await client.GetAttributesAsync(id, [Note])).Single().Value.AsText());
        Assert.Equal(values[0], values[1]);
        Assert.True(outcomes[int.Parse(values[0], System.Globalization.CultureInfo.InvariantCulture) - 1]);
    }

    [Fact]
    public async Task Batch_WithWhatCannotBeTakenBack_IsRefusedBeforeItBegins()
    {
        using var certificate = door.Enrol("never-app", "never");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
        var create = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes("never-made") });
        batch.Add(new LoginRequest());
        using var answer = await client.SendAsync(batch);
        Assert.Equal(ResultReason.FeatureNotSupported, Assert.Throws<KmipException>(() => answer.Get(create)).ResultReason);
        Assert.Empty(await client.LocateAsync(AttributeList.Empty));
    }

    private static AttributeList Aes(string name) => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt), KmipAttribute.Name(name));
}
