using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Client.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Keyreeve.Client.EntityFrameworkCore;

/// <summary>What encrypts the columns of models, given to each context by <c>UseKeyreeve</c>. It lives as long as the program.</summary>
/// <remarks>Thread safe. It disposes nothing: encryptor and index key belong to whoever made them.</remarks>
public sealed class EntityProtection
{
    /// <summary>Encrypts by <paramref name="encryptor"/>.</summary>
    public EntityProtection(EnvelopeEncryptor encryptor)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        Encryptor = encryptor;
    }

    /// <summary>Encrypts and decrypts.</summary>
    public EnvelopeEncryptor Encryptor { get; }

    /// <summary>How data classes are protected; needed where properties are marked <see cref="ProtectedAttribute"/>.</summary>
    public DataClassRules? DataClasses { get; init; }

    /// <summary>The key of blind indexes; needed where columns are searchable.</summary>
    public BlindIndexKey? IndexKey { get; init; }

    /// <summary>
    /// Whether what is no envelope is read as it stands, for the time in which a column is being encrypted. Insecure: whoever can write
    /// to the database can put values there that the program takes for authentic. Default: no.
    /// </summary>
    public bool InsecureReadPlaintext { get; init; }

    internal static EntityProtection Of(DbContext context) =>
        context.GetService<IDbContextOptions>().FindExtension<ProtectionOptionsExtension>()?.Protection
        ?? throw new KeyreeveClientException(ClientError.InvalidOptions, $"UseKeyreeve is missing in the options of {context.GetType().Name}.", null);

    internal BlindIndexKey RequiredIndexKey => IndexKey
        ?? throw new KeyreeveClientException(ClientError.InvalidOptions, "A column is searchable, and EntityProtection has no IndexKey.", null);
}

/// <summary>Plugs the encryption of columns into a context.</summary>
public static class KeyreeveDbContextOptionsExtensions
{
    /// <summary>Encrypts and decrypts the columns that the model marks, by attribute or by <c>Encrypt</c>.</summary>
    /// <param name="builder">The context's options.</param>
    /// <param name="protection">
    /// The same for all contexts of the program, or one for each of its tenants. Those of one program have the same
    /// <see cref="EntityProtection.DataClasses"/>: Entity Framework keeps a model for each.
    /// </param>
    /// <exception cref="InvalidOperationException">It was called already for these options.</exception>
    public static DbContextOptionsBuilder UseKeyreeve(this DbContextOptionsBuilder builder, EntityProtection protection)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(protection);
        if (builder.Options.FindExtension<ProtectionOptionsExtension>() is { } existing)
            return ReferenceEquals(existing.Protection, protection) ? builder : throw new InvalidOperationException("UseKeyreeve was called already, with another EntityProtection.");
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(new ProtectionOptionsExtension(protection));
        return builder.AddInterceptors(EncryptionInterceptor.Instance);
    }

    /// <inheritdoc cref="UseKeyreeve(DbContextOptionsBuilder, EntityProtection)"/>
    public static DbContextOptionsBuilder<TContext> UseKeyreeve<TContext>(this DbContextOptionsBuilder<TContext> builder, EntityProtection protection)
        where TContext : DbContext
    {
        UseKeyreeve((DbContextOptionsBuilder)builder, protection);
        return builder;
    }
}
