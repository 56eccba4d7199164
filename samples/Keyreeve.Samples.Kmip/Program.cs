// A key's life over KMIP, with any KMIP server:
//   dotnet run --project samples/Keyreeve.Samples.Kmip -- HOST PORT CERTIFICATE.pem KEY.pem AUTHORITY.pem
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;

if (args.Length != 5)
{
    Console.Error.WriteLine("usage: Keyreeve.Samples.Kmip HOST PORT CERTIFICATE.pem KEY.pem AUTHORITY.pem");
    return 2;
}

using var certificate = X509Certificate2.CreateFromPemFile(args[2], args[3]);
using var authority = X509CertificateLoader.LoadCertificateFromFile(args[4]);
var (host, port) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture));

await using var client = new KmipClient(new KmipClientOptions
{
    Host = host,
    Port = port,
    Tls = new()
    {
        ClientCertificates = [certificate],
        CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
    },
});
Console.WriteLine($"KMIP {await client.GetVersionAsync()}");

var key = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
    KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
    KmipAttribute.CryptographicLength(256),
    KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt),
    KmipAttribute.Name($"sample {Guid.NewGuid()}")));
await client.ActivateAsync(key);
Console.WriteLine($"key {key}");

var cbc = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CBC, PaddingMethod = PaddingMethod.PKCS5, RandomIV = true };
using (var encrypted = await client.EncryptAsync(new()
{
    UniqueIdentifier = key,
    CryptographicParameters = cbc,
    Data = DataReference.From("attack at dawn"u8.ToArray()),
}))
using (var decrypted = await client.DecryptAsync(new()
{
    UniqueIdentifier = key,
    CryptographicParameters = cbc,
    Data = DataReference.From(encrypted.Payload.Data!.Value),
    IVCounterNonce = encrypted.Payload.IVCounterNonce,
}))
{
    // Both are views of messages, which are wiped at the end of the block.
    Console.WriteLine($"decrypted: {Encoding.UTF8.GetString(decrypted.Payload.Data!.Value.Span)}");
}

// Several operations in one request; each result has the type of its operation.
var batch = new KmipBatch();
var attributes = batch.Add(new GetAttributesRequest { UniqueIdentifier = key, AttributeReferences = [Tag.State, Tag.CryptographicLength] });
var versions = batch.Add(new QueryRequest { QueryFunctions = [QueryFunction.QueryServerInformation] });
using (var results = await client.SendAsync(batch))
{
    var state = results.Get(attributes).Attributes!.Find(Tag.State)!.Value.AsEnumeration<State>();
    Console.WriteLine($"{state}, at {results.Get(versions).VendorIdentification}");
}

await client.RevokeAsync(key, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
await client.DestroyAsync(key);
try
{
    using var gone = await client.GetAsync(key);
}
catch (KmipException refused)
{
    Console.WriteLine($"refused: {refused.ResultReason}");
}

return 0;
