using System.Buffers;
using System.Text;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>How records are written that come one after another.</summary>
/// <param name="ContentType">What all of it is.</param>
/// <param name="Head">What it begins with.</param>
/// <param name="Write">Writes a record, and the end of its line.</param>
internal sealed record AuditLines(string ContentType, string Head, Action<WipedBuffer, AuditRecord> Write)
{
    /// <summary>The messages of this API, one a line.</summary>
    public static AuditLines OfMessages(string contentType) => new(contentType, "", static (buffer, record) =>
    {
        JsonOutput.Write(buffer, AuditRoutes.MessageOf(record), RestJson.Default.AuditRecordMessage);
        buffer.Write("\n"u8);
    });

    /// <summary>One of the formats in which records leave the trail.</summary>
    public static AuditLines Of(RecordFormatName format, string contentType)
    {
        var source = new RecordSource("", "", ServerRoutes.Version.Version);
        var isTable = format == RecordFormatName.Csv;
        var end = isTable ? CsvFormat.RowEnd : "\n";
        return new AuditLines(contentType, isTable ? CsvFormat.ByteOrderMark + CsvFormat.Header + end : "", (buffer, record) =>
        {
            Encoding.UTF8.GetBytes(RecordFormat.Write(format, record, source), buffer);
            Encoding.UTF8.GetBytes(end, buffer);
        });
    }
}
