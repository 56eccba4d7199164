using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Destroys an object's material; its attributes stay.</summary>
/// <param name="Id">Which object.</param>
public sealed record DestroyRequest(UniqueIdentifier Id);

/// <summary>The destroyed object.</summary>
/// <param name="Id">The object.</param>
public sealed record DestroyResponse(UniqueIdentifier Id);
