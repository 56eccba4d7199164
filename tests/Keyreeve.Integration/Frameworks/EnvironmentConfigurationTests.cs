using Keyreeve.Client;
using Keyreeve.Client.EncryptedConfiguration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Settings that are environment variables. Run alone: programs that other tests start would inherit them, and could not decrypt them.</summary>
[Collection(nameof(EnvironmentConfigurationTests))]
[CollectionDefinition(nameof(EnvironmentConfigurationTests), DisableParallelization = true)]
public sealed class EnvironmentConfigurationTests
{
    [Fact]
    public async Task Configuration_EnvironmentVariablesAndWhatComesAfter_AreAsEver()
    {
        await using var provider = new LocalKeyProvider();
        using var encryptor = new EnvelopeEncryptor(provider);
        var prefix = $"KEYREEVE_TEST_{Guid.NewGuid():N}_";
        var variable = prefix + "ConnectionStrings__Shop";
        Environment.SetEnvironmentVariable(variable, await encryptor.EncryptSettingAsync("orders", "ConnectionStrings:Shop", "Host=db"));
        try
        {
            var configuration = new ConfigurationBuilder().AddEnvironmentVariables(prefix).DecryptWithKeyreeve(encryptor).AddInMemoryCollection([new("Title", "Shop")]).Build();

            Assert.Equal(("Host=db", "Shop"), (configuration.GetConnectionString("Shop"), configuration["Title"]));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }
}
