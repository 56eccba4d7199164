using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;
using static Keyreeve.Integration.Kmip.KmipOneTimePasswords;

namespace Keyreeve.Integration.Kmip;

/// <summary>Users behind a certificate, and what they prove themselves by.</summary>
public sealed class KmipCredentialTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly AttributeList Aes = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt));

    [Fact]
    [Trait("Attack", "23")]
    public async Task Password_WrongOrOfNobody_IsRefusedInTheSameWords()
    {
        await using var people = new KmipPeople(door, "pw-officer");
        await people.UserAsync("pw-fred", "right");
        using var certificate = door.Enrol("pw-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip14);
        await KmipPeople.As(client, "pw-fred", "right").QueryAsync([QueryFunction.QueryObjects]);

        var refusals = new List<(ResultReason?, string)>();
        foreach (var (name, password) in new[] { ("pw-fred", "wrong"), ("pw-nobody", "right"), ("pw-fred", null), ("pw-FRED", "right"), ("pw-fred ", "right") })
            refusals.Add(await RefusalAsync(KmipPeople.As(client, name, password)));
        Assert.Equal(ResultReason.AuthenticationNotSuccessful, refusals[0].Item1);
        Assert.Single(refusals.Distinct());
    }

    [Fact]
    [Trait("Attack", "24")]
    public async Task Password_AfterTenWrongOnesUnderAnyName_IsNotTakenForFiveMinutes()
    {
        await using var people = new KmipPeople(door, "lock-officer");
        await people.UserAsync("lock-fred", "right");
        using var certificate = door.Enrol("lock-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip14);
        var wrong = await RefusalAsync(KmipPeople.As(client, "lock-fred", "wrong"));
        foreach (var name in new[] { "LOCK-FRED", " lock-fred", "lock-fred ", "lock-frеd", "x", "y", "z", "u", "v" })
            Assert.Equal(wrong, await RefusalAsync(KmipPeople.As(client, name, "right")));
        Assert.Equal(wrong, await RefusalAsync(KmipPeople.As(client, "lock-fred", "right")));

        // Others are not concerned, nor is the principal without its users.
        await client.QueryAsync([QueryFunction.QueryObjects]);
        using var other = door.Enrol("lock-other");
        await using var elsewhere = door.Client(other, ProtocolVersion.Kmip14);
        await KmipPeople.As(elsewhere, "lock-fred", "right").QueryAsync([QueryFunction.QueryObjects]);

        door.Time.Jump(TimeSpan.FromMinutes(6));
        await KmipPeople.As(client, "lock-fred", "right").QueryAsync([QueryFunction.QueryObjects]);
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task OneTimePassword_Counted_HoldsOnceAndWithTheOtherPassword()
    {
        await using var people = new KmipPeople(door, "otp-officer");
        var seed = RandomNumberGenerator.GetBytes(20);
        var token = await people.CredentialAsync(CredentialType.OneTimePassword, Token(seed, OTPAlgorithm.HOTP));
        var password = await people.CredentialAsync(CredentialType.Password, KmipPeople.Password("right"));
        await people.UserAsync("otp-both", token, password);
        await people.UserAsync("otp-token", token);
        using var certificate = door.Enrol("otp-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        KmipClient With(string name, string? other, string code) => KmipPeople.As(client, new OneTimePasswordCredential
        {
            Username = name,
            Password = other is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(other),
            OneTimePassword = Encoding.ASCII.GetBytes(code),
        });

        var refused = await RefusalAsync(With("otp-both", "wrong", Hotp(seed, 0)));
        Assert.Equal(ResultReason.AuthenticationNotSuccessful, refused.Reason);
        // It was not used up by who did not know the password.
        await With("otp-both", "right", Hotp(seed, 0)).QueryAsync([QueryFunction.QueryObjects]);
        Assert.Equal(refused, await RefusalAsync(With("otp-both", "right", Hotp(seed, 0))));
        Assert.Equal(refused, await RefusalAsync(With("otp-both", null, Hotp(seed, 1))));
        Assert.Equal(refused, await RefusalAsync(KmipPeople.As(client, "otp-both", "right")));
        await With("otp-token", null, Hotp(seed, 4)).QueryAsync([QueryFunction.QueryObjects]);
        Assert.Equal(refused, await RefusalAsync(With("otp-token", null, Hotp(seed, 3))));
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task OneTimePassword_OfTwoAtOnce_HoldsForOne()
    {
        await using var people = new KmipPeople(door, "race-officer");
        var seed = RandomNumberGenerator.GetBytes(20);
        await people.UserAsync("race-token", await people.CredentialAsync(CredentialType.OneTimePassword, Token(seed, OTPAlgorithm.HOTP)));
        var credential = new OneTimePasswordCredential { Username = "race-token", OneTimePassword = Encoding.ASCII.GetBytes(Hotp(seed, 0)) };
        using var certificate = door.Enrol("race-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await client.QueryAsync([QueryFunction.QueryObjects]);
        var tries = Enumerable.Range(0, 8).Select(_ => Record.ExceptionAsync(() => KmipPeople.As(client, credential).QueryAsync([QueryFunction.QueryObjects])).AsTask());
        Assert.Single(await Task.WhenAll(tries), static outcome => outcome is null);
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task HashedPassword_OfANewTime_ProvesBothSides_AndIsNotTakenAgain()
    {
        await using var people = new KmipPeople(door, "hash-officer");
        byte[] first = SHA256.HashData("hash-fredsesame"u8), second = SHA256.HashData("sesamehash-fred"u8);
        var value = ManagedObject.FromFields(ObjectType.HashedPasswordCredential, KmipValue.Structure(
            new KmipField(Tag.HashedUsernamePassword, KmipValue.Bytes(first)), new KmipField(Tag.HashedPasswordUsername, KmipValue.Bytes(second))));
        await people.UserAsync("hash-fred", await people.CredentialAsync(CredentialType.HashedPassword, value));
        using var certificate = door.Enrol("hash-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        KmipClient At(long time) => KmipPeople.As(client, new HashedPasswordCredential
        {
            Username = "hash-fred",
            Timestamp = KmipValue.DateTimeExtended(time),
            HashedPassword = new([.. SHA256.HashData([.. first, .. Bytes(time)]), .. second]),
        });

        var now = (door.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        using (var answer = await At(now).SendAsync(new QueryRequest { QueryFunctions = [QueryFunction.QueryObjects] }))
            Assert.Equal(SHA256.HashData([.. Bytes(now), .. first, .. SHA256.HashData(second)]), answer.Header.ServerHashedPassword!.Value.ToArray());
        var replayed = await RefusalAsync(At(now));
        Assert.Equal(ResultReason.AuthenticationNotSuccessful, replayed.Reason);
        Assert.Equal(replayed, await RefusalAsync(At(now - 1)));
        Assert.Equal(replayed, await RefusalAsync(At(now - TimeSpan.FromHours(1).Ticks)));
        Assert.Equal(replayed, await RefusalAsync(At(now + (TimeSpan.FromHours(1).Ticks / 10))));
        await At(now + 1).QueryAsync([QueryFunction.QueryObjects]);
        // Nor does the password's own proof serve as a password.
        Assert.Equal(replayed, await RefusalAsync(KmipPeople.As(client, "hash-fred", "sesame")));
    }

    [Fact]
    public async Task Certificate_ThatIsAUsersCredential_MakesItTheUser()
    {
        await using var people = new KmipPeople(door, "cert-officer");
        using var certificate = door.Enrol("cert-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var before = await client.CreateAsync(ObjectType.SymmetricKey, Aes);

        var credential = await people.CredentialAsync(CredentialType.Certificate, ManagedObject.FromCertificate(CertificateType.X_509, certificate.RawData));
        var user = await people.UserAsync("cert-fred", credential);
        door.Time.Jump(TimeSpan.FromSeconds(2));
        var own = await client.CreateAsync(ObjectType.SymmetricKey, Aes);

        // What is the user's is not everybody's in the group, and not the certificate's without the user.
        using var other = door.Enrol("cert-other");
        await using var stranger = door.Client(other, ProtocolVersion.Kmip21);
        await stranger.GetAttributesAsync(before, [Tag.State]);
        await Assert.ThrowsAsync<KmipException>(() => stranger.GetAttributesAsync(own, [Tag.State]));
        await client.GetAttributesAsync(own, [Tag.State]);
        await people.Officer.DestroyAsync(user);
        door.Time.Jump(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<KmipException>(() => client.GetAttributesAsync(own, [Tag.State]));
    }

    [Fact]
    public async Task CreateUser_WithACertificateThatIsNoCredential_IsRefused()
    {
        await using var people = new KmipPeople(door, "reg-officer");
        using var certificate = door.Authority.IssueClient("reg-somebody");
        var registered = await people.Officer.RegisterAsync(ManagedObject.FromCertificate(CertificateType.X_509, certificate.RawData), AttributeList.Empty);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => people.UserAsync("reg-fred", registered));
        Assert.Equal(ResultReason.InvalidObjectType, refusal.ResultReason);
    }

    [Fact]
    public async Task CredentialLink_ThatChanges_IsCheckedAsAtFirst()
    {
        await using var people = new KmipPeople(door, "change-officer");
        var (user, _) = await people.UserAsync("change-fred", "old");
        var renewed = await people.CredentialAsync(CredentialType.Password, KmipPeople.Password("new"));
        static KmipAttribute Link(UniqueIdentifier id) => new(Tag.CredentialLink, KmipValue.Text(TtlvType.Reference, Encoding.UTF8.GetBytes(id.ToString())));

        using var stranger = door.Enrol("change-other-officer", "elsewhere", Role.SecurityOfficer, Role.KeyAdministrator);
        await using var elsewhere = door.Client(stranger, ProtocolVersion.Kmip30);
        using var made = await elsewhere.CreateCredentialAsync(new() { CredentialType = CredentialType.Password, Object = KmipPeople.Password("theirs") });
        using var foreign = await elsewhere.CreateUserAsync(new() { Attributes = new AttributeList(new KmipAttribute(Tag.Name, KmipValue.Text("change-barney"))) });
        await Assert.ThrowsAsync<KmipException>(() => elsewhere.ModifyAttributeAsync(foreign.Payload.UniqueIdentifier, Link(renewed)));
        await Assert.ThrowsAsync<KmipException>(() => elsewhere.AddAttributeAsync(foreign.Payload.UniqueIdentifier, Link(renewed)));
        await Assert.ThrowsAsync<KmipException>(() => elsewhere.AddAttributeAsync(foreign.Payload.UniqueIdentifier, Link(foreign.Payload.UniqueIdentifier)));
        await elsewhere.AddAttributeAsync(foreign.Payload.UniqueIdentifier, Link(made.Payload.UniqueIdentifier));

        await people.Officer.ModifyAttributeAsync(user, Link(renewed));
        using var certificate = door.Enrol("change-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip14);
        await KmipPeople.As(client, "change-fred", "new").QueryAsync([QueryFunction.QueryObjects]);
        await RefusalAsync(KmipPeople.As(client, "change-fred", "old"));
    }

    [Fact]
    public async Task PasswordLink_ToSecretDataThatOneMayHave_IsThePassword()
    {
        await using var people = new KmipPeople(door, "link-officer");
        var secret = await people.Officer.RegisterAsync(
            KmipObjects.Password("open sesame"u8.ToArray()), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        static ManagedObject Linked(UniqueIdentifier id) => ManagedObject.FromFields(
            ObjectType.PasswordCredential,
            KmipValue.Structure(new KmipField(Tag.PasswordLink, KmipValue.Text(TtlvType.Reference, Encoding.UTF8.GetBytes(id.ToString())))));
        await people.UserAsync("link-fred", await people.CredentialAsync(CredentialType.Password, Linked(secret)));
        using var certificate = door.Enrol("link-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip14);
        await KmipPeople.As(client, "link-fred", "open sesame").QueryAsync([QueryFunction.QueryObjects]);
        await RefusalAsync(KmipPeople.As(client, "link-fred", "open"));

        // Whoever may not have the secret could find it out by trying.
        using var plain = door.Enrol("link-plain-officer", "default", Role.SecurityOfficer, Role.KeyUser);
        await using var officer = door.Client(plain, ProtocolVersion.Kmip30);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => officer.CreateCredentialAsync(new() { CredentialType = CredentialType.Password, Object = Linked(secret) }));
        Assert.Equal(ResultReason.ItemNotFound, refusal.ResultReason);
    }

    [Fact]
    public async Task Attestation_WhichNobodyDemands_IsRefusedAsSuch()
    {
        using var certificate = door.Enrol("attesting");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var (reason, _) = await RefusalAsync(KmipPeople.As(client, new AttestationCredential
        {
            Nonce = new() { NonceId = new byte[] { 1 }, NonceValue = new byte[] { 2 } },
            AttestationType = AttestationType.TPMQuote,
            AttestationMeasurement = new byte[] { 3 },
        }));
        Assert.Equal(ResultReason.AttestationFailed, reason);
        Assert.Empty((await client.QueryAsync([QueryFunction.QueryAttestationTypes])).AttestationTypes);
    }

    [Fact]
    public async Task Query_OfCredentials_NamesThoseThatAreTaken()
    {
        using var certificate = door.Enrol("asking");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip30);
        var answer = await client.QueryAsync([QueryFunction.QueryCredentialInformation, QueryFunction.QueryObjects]);
        var types = new List<CredentialType>();
        foreach (var field in Assert.Single(answer.CredentialInformation).Fields) types.Add(field.Value.AsEnumeration<CredentialType>());
        Assert.Contains(CredentialType.HashedPassword, types);
        Assert.DoesNotContain(CredentialType.Attestation, types);
        Assert.Contains(ObjectType.OneTimePasswordCredential, answer.ObjectTypes);
    }

    private static byte[] Bytes(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    private static async Task<(ResultReason? Reason, string Message)> RefusalAsync(KmipClient client)
    {
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.QueryAsync([QueryFunction.QueryObjects]));
        return (refusal.ResultReason, refusal.Message);
    }
}
