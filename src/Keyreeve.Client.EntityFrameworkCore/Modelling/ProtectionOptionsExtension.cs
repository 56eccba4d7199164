using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace Keyreeve.Client.EntityFrameworkCore.Modelling;

/// <summary>Carries the protection into the services of a context, and its convention into the model.</summary>
internal sealed class ProtectionOptionsExtension(EntityProtection protection) : IDbContextOptionsExtension
{
    private ExtensionDescription? _description;

    public EntityProtection Protection { get; } = protection;

    public DbContextOptionsExtensionInfo Info => _description ??= new ExtensionDescription(this);

    // Models are shared by all contexts that have the same rules: nothing else of the protection is kept in a model.
    public void ApplyServices(IServiceCollection services)
    {
        var (rules, hasIndexKey) = (Protection.DataClasses, Protection.IndexKey is not null);
        services.AddScoped<IConventionSetPlugin>(_ => new ProtectionConventionPlugin(rules, hasIndexKey));
    }

    public void Validate(IDbContextOptions options)
    {
        // Nothing here depends on other options.
    }

    private sealed class ExtensionDescription(ProtectionOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
    {
        private readonly EntityProtection _protection = extension.Protection;

        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "using Keyreeve ";

        public override int GetServiceProviderHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(_protection.DataClasses), _protection.IndexKey is null);

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) =>
            other is ExtensionDescription description && ReferenceEquals(description._protection.DataClasses, _protection.DataClasses)
            && description._protection.IndexKey is null == _protection.IndexKey is null;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["Keyreeve"] = "1";
    }

    private sealed class ProtectionConventionPlugin(DataClassRules? rules, bool hasIndexKey) : IConventionSetPlugin
    {
        public ConventionSet ModifyConventions(ConventionSet conventionSet)
        {
            conventionSet.ModelFinalizingConventions.Add(new ProtectionConvention(rules, hasIndexKey));
            return conventionSet;
        }
    }
}
