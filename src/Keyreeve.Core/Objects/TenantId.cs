namespace Keyreeve.Core.Objects;

/// <summary>An isolated owner: everything the server keeps belongs to exactly one. A small number, never reused.</summary>
/// <param name="Value">1 or more.</param>
public readonly record struct TenantId(int Value)
{
    /// <summary>The tenant that a new installation has.</summary>
    public static TenantId Default { get; } = new(1);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
