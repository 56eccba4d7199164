using System.Text.Json;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Which class runs which files, told by a file's schema and name, and which files nothing runs, and why.</summary>
internal static class WycheproofCatalog
{
    private const string NoVectors = "(no vectors)";

    private static readonly Family[] Families =
    [
        new(typeof(KeywrapTests), "keywrap_test_schema_v1.json"),
        new(typeof(BlockModeTests), "ind_cpa_test_schema_v1.json"),
        new(typeof(MacTests), "mac_test_schema_v1.json", "aes_cmac"),
        new(typeof(MacTests), "mac_with_iv_test_schema_v1.json"),
        new(typeof(EcdsaTests), "ecdsa_verify_schema_v1.json"),
        new(typeof(EcdsaTests), "ecdsa_p1363_verify_schema_v1.json"),
        new(typeof(EddsaTests), "eddsa_verify_schema_v1.json"),
        new(typeof(EcdhTests), "ecdh_test_schema_v1.json"),
        new(typeof(EcdhTests), "ecdh_ecpoint_test_schema_v1.json"),
        new(typeof(EcdhTests), "ecdh_pem_test_schema_v1.json"),
        new(typeof(EcdhTests), "ecdh_webcrypto_test_schema_v1.json"),
        new(typeof(XdhTests), "xdh_comp_schema_v1.json"),
        new(typeof(XdhTests), "xdh_asn_comp_schema_v1.json"),
        new(typeof(XdhTests), "xdh_pem_comp_schema_v1.json"),
        new(typeof(XdhTests), "xdh_jwk_comp_schema_v1.json"),
        new(typeof(RsaSignatureTests), "rsassa_pkcs1_verify_schema_v1.json"),
        new(typeof(RsaSignatureTests), "rsassa_pss_verify_schema_v1.json"),
        new(typeof(RsaSignatureTests), "rsassa_pss_with_parameters_verify_schema.json"),
        new(typeof(RsaEncryptionTests), "rsaes_oaep_decrypt_schema_v1.json"),
        new(typeof(RsaEncryptionTests), "rsaes_pkcs1_decrypt_schema_v1.json"),
        new(typeof(AeadTests), "aead_test_schema_v1.json"),
        new(typeof(HmacTests), "mac_test_schema_v1.json", "hmac_"),
        new(typeof(KeyDerivationTests), "hkdf_test_schema_v1.json"),
        new(typeof(KeyDerivationTests), "pbkdf_test_schema.json"),
        new(typeof(PrimalityTests), "primality_test_schema_v1.json"),
        new(typeof(ChunkedEncryptionTests), "c2sp_chunked_encryption_schema.json"),
        new(typeof(EcCurveTests), "ec_curve_test_schema.json"),
        new(typeof(MlKemTests), "mlkem_test_schema.json"),
        new(typeof(MlKemTests), "mlkem_encaps_test_schema.json"),
        new(typeof(MlKemTests), "mlkem_keygen_seed_test_schema.json"),
        new(typeof(MlKemTests), "mlkem_semi_expanded_decaps_test_schema.json"),
        new(typeof(MlDsaTests), "mldsa_verify_schema.json"),
        new(typeof(MlDsaTests), "mldsa_sign_seed_schema.json"),
        new(typeof(MlDsaTests), "mldsa_sign_noseed_schema.json"),
    ];

    private static readonly Lazy<Dictionary<string, string>> SchemaByFile = new(ReadSchemas);

    /// <summary>Files in the folder that no class runs.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotRun = WycheproofNotRun.Reasons;

    /// <summary>Files that COUNTS.tsv counts and the folder does not have.</summary>
    public static IReadOnlyCollection<string> CountedButAbsent => WycheproofNotRun.Absent;

    /// <summary>The classes that run files.</summary>
    public static IEnumerable<Type> Runners => Families.Select(f => f.Tests).Distinct();

    /// <summary>Every file in the folder.</summary>
    public static IReadOnlyCollection<string> Files => SchemaByFile.Value.Keys;

    /// <summary>The files that <typeparamref name="TTests"/> runs; one placeholder, whose test is skipped, without vectors.</summary>
    public static TheoryData<string> FilesOf<TTests>()
    {
        if (VectorFiles.FindCollection(WycheproofRunner.Collection) is null)
            return new TheoryData<string>(NoVectors);
        var mine = Files.Where(file => RunnersOf(file).Contains(typeof(TTests)));
        return new TheoryData<string>(mine.Order(StringComparer.Ordinal));
    }

    /// <summary>The classes that run a file: one, or none for a file in <see cref="NotRun"/>.</summary>
    public static IEnumerable<Type> RunnersOf(string file) =>
        NotRun.ContainsKey(file)
            ? []
            : Families.Where(f => f.Runs(file, SchemaByFile.Value[file])).Select(f => f.Tests);

    private static Dictionary<string, string> ReadSchemas()
    {
        var schemas = new Dictionary<string, string>(StringComparer.Ordinal);
        var folder = VectorFiles.RequireCollection(WycheproofRunner.Collection);
        foreach (var path in Directory.EnumerateFiles(folder, "*.json"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            schemas.Add(Path.GetFileName(path), document.RootElement.Text("schema"));
        }

        return schemas;
    }

    private sealed record Family(Type Tests, string Schema, string FilePrefix = "")
    {
        public bool Runs(string file, string schema) =>
            Schema.Equals(schema, StringComparison.Ordinal) && file.StartsWith(FilePrefix, StringComparison.Ordinal);
    }
}
