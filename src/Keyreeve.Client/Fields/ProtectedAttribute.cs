using System.ComponentModel.DataAnnotations.Schema;

namespace Keyreeve.Client;

/// <summary>
/// Says to which data class a property belongs; a file of <see cref="DataClassRules"/> says how that class is protected.
/// </summary>
/// <remarks>
/// It is a <see cref="NotMappedAttribute"/> too: where the package that encrypts is not plugged in, an object-relational mapper leaves
/// the property out instead of storing it in clear.
/// </remarks>
/// <param name="dataClass">The class, such as <c>email</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ProtectedAttribute(string dataClass) : NotMappedAttribute
{
    /// <summary>The class, such as <c>email</c>.</summary>
    public string DataClass { get; } = dataClass;

    /// <summary>Whether equality can be searched for, by a blind index; the class has to allow it.</summary>
    public bool Searchable { get; init; }
}
