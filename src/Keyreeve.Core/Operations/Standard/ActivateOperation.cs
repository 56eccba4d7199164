using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Makes an object Active.</summary>
/// <param name="Id">Which object.</param>
public sealed record ActivateRequest(UniqueIdentifier Id);

/// <summary>The activated object.</summary>
/// <param name="Id">The object.</param>
public sealed record ActivateResponse(UniqueIdentifier Id);
