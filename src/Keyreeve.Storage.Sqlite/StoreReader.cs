using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite.Interop;
using Keyreeve.Storage.Sqlite.Locating;

namespace Keyreeve.Storage.Sqlite;

/// <summary>One reading connection. Every read sees one state of the store, and never waits for the writer.</summary>
internal sealed class StoreReader : IDisposable
{
    private const string ObjectColumns = "tenant, id, row_version, object_type, key_id, key_version, attributes, material, seal";

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _timeProvider;
    private readonly Locator _locator;
    private readonly SqliteStatement _find;
    private readonly SqliteStatement _findVersions;
    private readonly SqliteStatement _findByName;
    private readonly SqliteStatement _findAnswer;
    private readonly SqliteStatement _findDocument;
    private readonly SqliteStatement _listDocuments;
    private readonly SqliteStatement _listPendingAudit;

    public StoreReader(SqliteConnection connection, TermTable terms, TimeProvider timeProvider)
    {
        _connection = connection;
        _timeProvider = timeProvider;
        _locator = new Locator(connection, terms);
        _find = connection.Prepare($"SELECT {ObjectColumns} FROM objects WHERE tenant = ?1 AND id = ?2");
        _findVersions = connection.Prepare($"SELECT {ObjectColumns} FROM objects WHERE tenant = ?1 AND key_id = ?2 ORDER BY key_version");
        _findByName = connection.Prepare("SELECT id FROM names WHERE tenant = ?1 AND name = ?2");
        _findAnswer = connection.Prepare(
            "SELECT request_hash, body, expires_at FROM answers WHERE tenant = ?1 AND principal = ?2 AND idempotency_key = ?3 AND expires_at > ?4");
        _findDocument = connection.Prepare("SELECT key, row_version, body FROM documents WHERE kind = ?1 AND key = ?2");
        _listDocuments = connection.Prepare("SELECT key, row_version, body FROM documents WHERE kind = ?1");
        _listPendingAudit = connection.Prepare("SELECT sequence, id, record FROM pending_audit");
    }

    public StoredObject? Find(TenantId tenant, UniqueIdentifier id) =>
        ReadFirst(_find.Bind(1, tenant.Value).Bind(2, id), ReadObject);

    public List<StoredObject> FindVersions(TenantId tenant, UniqueIdentifier keyIdentifier) =>
        ReadAll(_findVersions.Bind(1, tenant.Value).Bind(2, keyIdentifier), ReadObject);

    public UniqueIdentifier? FindByName(TenantId tenant, string name)
    {
        _findByName.Bind(1, tenant.Value).BindText(2, Utf8.Encode(name));
        UniqueIdentifier? id = _findByName.Step() ? _findByName.Identifier(0) : null;
        _findByName.Reset();
        return id;
    }

    public LocateResult Locate(ObjectQuery query, CancellationToken cancellationToken) => _locator.Locate(query, cancellationToken);

    public StoredAnswer? FindAnswer(TenantId tenant, string principal, string idempotencyKey)
    {
        _findAnswer
            .Bind(1, tenant.Value).BindText(2, Utf8.Encode(principal)).BindText(3, Utf8.Encode(idempotencyKey))
            .Bind(4, _timeProvider.GetUtcNow().UtcTicks);
        return ReadFirst(_findAnswer, row => new StoredAnswer(
            tenant, principal, idempotencyKey, row.Bytes(0).ToArray(), row.Bytes(1).ToArray(), new DateTimeOffset(row.Int64(2), TimeSpan.Zero)));
    }

    public StoredDocument? FindDocument(string kind, string key) =>
        ReadFirst(_findDocument.BindText(1, Utf8.Encode(kind)).BindText(2, Utf8.Encode(key)), row => ReadDocument(kind, row));

    public List<StoredDocument> ListDocuments(string kind)
    {
        var documents = ReadAll(_listDocuments.BindText(1, Utf8.Encode(kind)), row => ReadDocument(kind, row));
        documents.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key)); // not the order of UTF-8 beyond U+FFFF
        return documents;
    }

    public List<PendingAudit> ListPendingAudit()
    {
        var records = ReadAll(_listPendingAudit, static row => (Sequence: row.Int64(0), Audit: new PendingAudit(row.Identifier(1), row.Bytes(2).ToArray())));
        records.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return records.ConvertAll(static record => record.Audit);
    }

    public void Dispose() => _connection.Dispose();

    private static T? ReadFirst<T>(SqliteStatement statement, Func<SqliteStatement, T> read)
        where T : class
    {
        try
        {
            return statement.Step() ? read(statement) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static List<T> ReadAll<T>(SqliteStatement statement, Func<SqliteStatement, T> read)
    {
        var rows = new List<T>();
        try
        {
            while (statement.Step()) rows.Add(read(statement));
            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static StoredObject ReadObject(SqliteStatement row) => new()
    {
        Tenant = new TenantId(checked((int)row.Int64(0))),
        Id = row.Identifier(1),
        RowVersion = row.Int64(2),
        ObjectType = (ObjectType)row.Int64(3),
        KeyIdentifier = row.Identifier(4),
        KeyVersion = checked((int)row.Int64(5)),
        Attributes = row.Bytes(6).ToArray(),
        Material = row.Bytes(7).ToArray(),
        Seal = row.Bytes(8).ToArray(),
    };

    private static StoredDocument ReadDocument(string kind, SqliteStatement row) =>
        new(kind, Utf8.Decode(row.Bytes(0)), row.Int64(1), row.Bytes(2).ToArray());
}
