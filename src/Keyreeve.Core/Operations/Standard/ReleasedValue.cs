using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>An object's value on its way out, whichever operation asks: checked, in the form asked for, wrapped as asked.</summary>
internal static class ReleasedValue
{
    /// <summary>Gives the value; who calls disposes of it.</summary>
    /// <exception cref="KeyreeveException">The value does not leave, or not so.</exception>
    public static async ValueTask<ObjectValue> OfAsync(
        OperationScope scope, ManagedObject found, GetRequest request, CancellationToken cancellationToken)
    {
        RequireRelease(found, request);
        if (found.ObjectType == ObjectType.Template) return new ObjectValue { ObjectType = ObjectType.Template, TemplateAttributes = TemplateContents.In(found) };
        if (found.Material is null || IsPad(found)) return Elsewhere(found, request);
        var wanted = request.KeyFormatType == KeyFormatType.NotSet ? ObjectContent.FormatOf(found.Attributes, found.Material.KeyFormatType) : request.KeyFormatType;
        if (wanted == KeyFormatType.PKCS12) return await Pkcs12Release.OfAsync(scope, found, request, cancellationToken);
        return await ReadAsync(scope, found, request, cancellationToken);
    }

    private static async ValueTask<ObjectValue> ReadAsync(OperationScope scope, ManagedObject found, GetRequest request, CancellationToken cancellationToken)
    {
        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        if (!GivenValue.HasKeyBlock(found.ObjectType))
        {
            if (request.KeyWrappingSpecification is not null)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Objects of type {found.ObjectType} are not wrapped.");
            return GivenValue.Of(found, null, key.Material.Clone());
        }

        var block = GivenValue.KeyBlockOf(found, key.Material, request);
        try
        {
            return GivenValue.Of(found, await WrappedAsAskedAsync(scope, found, block, request, cancellationToken), null);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private static async ValueTask<KeyBlock> WrappedAsAskedAsync(
        OperationScope scope, ManagedObject found, KeyBlock block, GetRequest request, CancellationToken cancellationToken)
    {
        var wrapper = new KeyWrapper(scope, request.KeyValueEncoding);
        // A key that came with its wrapped bytes inside a Key Value leaves so too.
        var isStructure = block.Wrapping is { KeyValueIsStructure: true };
        var specification = request.KeyWrappingSpecification;
        if (block.Wrapping is not null && (specification is not null || request.KeyWrapType == KeyWrapType.NotWrapped))
        {
            var unwrapped = await wrapper.UnwrapAsync(block, cancellationToken);
            block.Dispose();
            block = unwrapped;
        }

        if (specification is null) return block;
        var withAttributes = new KeyBlock
        {
            KeyFormatType = block.KeyFormatType,
            KeyCompressionType = block.KeyCompressionType,
            Material = block.Material,
            Transparent = block.Transparent,
            CryptographicAlgorithm = found.CryptographicAlgorithm,
            CryptographicLength = block.CryptographicLength,
            Attributes = specification.AttributeNames.IsDefaultOrEmpty
                ? AttributeSet.Empty
                : VisibleAttributes.Of(found, mayGet: true).Split(specification.AttributeNames.Contains).Chosen,
        };
        using (block) return await wrapper.WrapAsync(withAttributes, specification, isStructure, cancellationToken);
    }

    // A key whose value the client kept elsewhere: the Key Block without a Key Value.
    private static ObjectValue Elsewhere(ManagedObject found, GetRequest request)
    {
        if (!found.Attributes.Has(AttributeName.KeyValuePresent) && !IsPad(found))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} has nothing to get but its attributes.");
        return request.KeyWrappingSpecification is null
            ? GivenValue.Of(found, GivenValue.KeyBlockOf(found, null, request), null)
            : throw new KeyreeveException(KeyreeveError.InvalidField, "The key's value is not here, so it cannot be wrapped.");
    }

    // A pad that is used here stays here, as OASIS' cases have it: who has it reads every message there ever was under it.
    private static bool IsPad(ManagedObject found) => found.CryptographicAlgorithm == CryptographicAlgorithm.OneTimePad
        && (found.CryptographicUsageMask & (CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)) != CryptographicUsageMask.NotSet;

    /// <summary>Refuses what does not leave, whoever agrees.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.NotExtractable"/>, <see cref="KeyreeveError.Sensitive"/>.</exception>
    public static void RequireRelease(ManagedObject found, GetRequest request)
    {
        if (found.IsInToken) throw new KeyreeveException(KeyreeveError.NotExtractable, "The key lives in the token, and never leaves it.");

        // spec: KMIP 2.1 §4.23 "If False then the server SHALL prevent the object value being retrieved."
        if (found.Attributes.Find(AttributeName.Extractable) is BooleanValue { Value: false })
            throw new KeyreeveException(KeyreeveError.NotExtractable, "The object's value never leaves the server.");

        // spec: KMIP 2.1 §4.55 "If True then the server SHALL prevent the object value being retrieved (via the Get operation)
        // unless it is wrapped by another key."
        var leavesWrapped = request.KeyWrappingSpecification is { } specification
            ? specification.WrappingMethod != WrappingMethod.MACSign
            : request.KeyWrapType != KeyWrapType.NotWrapped && KeptExtras.WrappingOf(found) is { WrappingMethod: not WrappingMethod.MACSign };
        if (!leavesWrapped && found.Attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: true })
            throw new KeyreeveException(KeyreeveError.Sensitive, "The object's value leaves the server wrapped by another key alone.");
    }
}
