using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>The statements that Locate needs, of one reading connection. Parameter 1 is always the tenant.</summary>
internal sealed class LocateStatements(SqliteConnection connection)
{
    // A query with many conditions may need more; they are not kept after it.
    private const int KeptFollowers = 64;

    private readonly List<SqliteStatement> _followers = [];
    private int _following;

    public SqliteStatement Begin { get; } = connection.Prepare("BEGIN");

    public SqliteStatement End { get; } = connection.Prepare("ROLLBACK");

    public SqliteStatement FindTerm { get; } = connection.Prepare("SELECT id FROM terms WHERE name = ?1");

    public SqliteStatement FindSearch { get; } = connection.Prepare("SELECT search FROM objects WHERE tenant = ?1 AND id = ?2");

    public SqliteStatement CountObjects { get; } = connection.Prepare("SELECT count(*) FROM objects WHERE tenant = ?1");

    public SqliteStatement CountValue { get; } =
        connection.Prepare("SELECT count(*) FROM object_index WHERE tenant = ?1 AND term = ?2 AND value = ?3");

    /// <summary>Counts entries of a range, up to parameter 5.</summary>
    public SqliteStatement CountRange { get; } = connection.Prepare(
        "SELECT count(*) FROM (SELECT 1 FROM object_index WHERE tenant = ?1 AND term = ?2 AND value BETWEEN ?3 AND ?4 LIMIT ?5)");

    /// <summary>Greatest values first: of dates, these are mostly the newest objects.</summary>
    public SqliteStatement ScanRange { get; } = connection.Prepare("""
        SELECT value, id FROM object_index WHERE tenant = ?1 AND term = ?2 AND value BETWEEN ?3 AND ?4 ORDER BY value DESC, id DESC
        """);

    private SqliteStatement FindFirstValue { get; } = connection.Prepare(
        "SELECT value FROM object_index WHERE tenant = ?1 AND term = ?2 AND value BETWEEN ?3 AND ?4 ORDER BY value LIMIT 1");

    private SqliteStatement AllObjects { get; } =
        connection.Prepare("SELECT id FROM objects WHERE tenant = ?1 AND id <= ?4 ORDER BY id DESC");

    /// <summary>The smallest value in a range, or null if there is none.</summary>
    public byte[]? FirstValue(int tenant, int term, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var find = FindFirstValue.Bind(1, tenant).Bind(2, term).Bind(3, from).Bind(4, to);
        var value = find.Step() ? find.Bytes(0).ToArray() : null;
        find.Reset();
        return value;
    }

    /// <summary>All objects of a tenant.</summary>
    public StatementSequence Follow(int tenant) => new(AllObjects.Bind(1, tenant));

    /// <summary>The objects with one value.</summary>
    public StatementSequence Follow(int tenant, int term, ReadOnlySpan<byte> value)
    {
        if (_following == _followers.Count)
            _followers.Add(connection.Prepare(
                "SELECT id FROM object_index WHERE tenant = ?1 AND term = ?2 AND value = ?3 AND id <= ?4 ORDER BY id DESC"));
        return new StatementSequence(_followers[_following++].Bind(1, tenant).Bind(2, term).Bind(3, value));
    }

    /// <summary>Ends what is being followed.</summary>
    public void EndFollowing()
    {
        for (var i = 0; i < _following; i++) _followers[i].Reset();
        _following = 0;
        AllObjects.Reset();
    }

    /// <summary>Ends all that a query began, and its snapshot.</summary>
    public void Finish()
    {
        EndFollowing();
        foreach (var follower in _followers.Skip(KeptFollowers)) connection.Release(follower);
        if (_followers.Count > KeptFollowers) _followers.RemoveRange(KeptFollowers, _followers.Count - KeptFollowers);
        FindSearch.Reset();
        ScanRange.Reset();
        End.Execute();
    }
}
