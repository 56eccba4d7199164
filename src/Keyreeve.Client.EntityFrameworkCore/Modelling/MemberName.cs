using System.Linq.Expressions;

namespace Keyreeve.Client.EntityFrameworkCore.Modelling;

/// <summary>The property that an expression such as <c>c =&gt; c.Email</c> names.</summary>
internal static class MemberName
{
    public static string Of(LambdaExpression property)
    {
        var body = property.Body is UnaryExpression { NodeType: ExpressionType.Convert } convert ? convert.Operand : property.Body;
        return body is MemberExpression { Expression: ParameterExpression } member
            ? member.Member.Name
            : throw new ArgumentException("The expression names no property; it looks like 'c => c.Email'.", nameof(property));
    }
}
